"""A training of the Keras floor that keeps itself: what it must go on with is known, and all else is refused."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, StoreError, listed
from tidycnn.core.seeds import DrawnSeed
from tidycnn.core.settings import name_differences
from tidycnn.core.store import hash_arrays, hash_bytes
from tidycnn.core.types import is_flow
from tidycnn.keras_floor._arrays import ArraysFlow
from tidycnn.train.backup import BackupAndRestore
from tidycnn.train.checkpoints import Checkpoint, Checkpoints, check_epochs
from tidycnn.train.plan import Plan

# What decides which pictures a step sees, and how they look.
_DECIDING = ("target_size", "color_mode", "class_mode", "batch_size", "shuffle", "interpolation", "keep_aspect_ratio")


class Backup:
    """What is kept of a training, and what an earlier call has kept of it. Without a callback nothing is kept."""

    def __init__(self, callback: BackupAndRestore | None) -> None:
        self._callback = callback
        self._found: Checkpoint | None = None if callback is None else callback.checkpoints.latest()

    @property
    def checkpoints(self) -> Checkpoints | None:
        """Where the runner writes."""
        return None if self._callback is None else self._callback.checkpoints

    def seed(self, seed: int) -> int:
        """Give the seed of the training: that with which it was begun."""
        return seed if self._found is None else int(self._facts["seed"])

    def go_on_with(self, **flows: Any) -> None:
        """Let flows whose seed nobody gave have that with which the training was begun."""
        for name, seed in self._facts.get("seeds", {}).items():
            flow = flows.get(name)
            if is_flow(flow) and isinstance(flow.seed, DrawnSeed):
                flow.seed = DrawnSeed(seed)

    def begin(self, plan: Plan, names: Mapping[str, str], **data: Any) -> None:
        """Know what is trained on what; refuse to go on otherwise than was begun, by the names of the user's data."""
        if self._callback is None:
            return
        flows = {name: each for name, each in data.items() if is_flow(each)}
        facts = {
            "seed": plan.seed,
            "seeds": {name: int(flow.seed) for name, flow in flows.items()},
            "asked": {
                "steps": plan.steps,
                "class_weight": plan.class_weight,
                **{name: _settings_of(flow) for name, flow in flows.items()},
            },
            "given": {name: _hash_of(each) for name, each in data.items()},
        }
        self._callback.checkpoints.facts = facts
        if self._found is not None:
            self._check_same(facts, names)
            check_epochs(self._found, plan.epochs)

    def spell_way_on(self) -> str:
        """Say how a training that was ended early goes on."""
        return "" if self._callback is None else " The same call goes on from there."

    def finish(self) -> None:
        """Remove what is kept of a training that has come to its end."""
        if self._callback is not None:
            self._callback.finish()

    @property
    def _facts(self) -> Mapping[str, Any]:
        facts = {} if self._found is None else self._found.facts
        if self._found is not None and "asked" not in facts:
            raise StoreError(
                "`backup_dir` has a training of another kind.", hint="Name another folder, or remove this one."
            )
        return facts

    def _check_same(self, facts: Mapping[str, Any], names: Mapping[str, str]) -> None:
        known = self._facts
        here, there = ({names.get(name, name): each for name, each in of["asked"].items()} for of in (facts, known))
        found = name_differences(here, there)
        here, there = ({names[name]: {"seed": each} for name, each in of["seeds"].items()} for of in (facts, known))
        found += name_differences(here, there)
        found += [
            f"other data as `{names[name]}`"
            for name, each in facts["given"].items()
            if known["given"].get(name) != each
        ]
        if found:
            raise InputError(
                f"`backup_dir` has a training that was begun otherwise: {listed(found, most=5)}.",
                hint="Ask for what was asked then, name another folder, or remove this one.",
            )


@contextlib.contextmanager
def backing_up(callback: BackupAndRestore | None) -> Iterator[Backup]:
    """Keep a training inside the block where there is a callback for that."""
    with contextlib.nullcontext() if callback is None else callback.alone():
        yield Backup(callback)


def _settings_of(flow: Any) -> dict[str, Any]:
    options = flow.options.to_dict()
    return {**flow.generator.to_dict(), **{name: options[name] for name in _DECIDING}}


def _hash_of(data: Any) -> str | None:
    """Name what is trained on by its content, files by their names and labels; of a function nothing is known."""
    if is_flow(data):
        told = [*data.filenames, *map(str, data.levels), *map(str, data.classes), data.given_hash()]
        return hash_bytes("\0".join(map(str, told)).encode())
    arrays = data.arrays if isinstance(data, ArraysFlow) else data
    known = [each for each in keras.tree.flatten(arrays) if isinstance(each, np.ndarray)]
    return hash_arrays(known)

"""How long stages will take, told from a few batches before any of them begins.

Concerns kept apart: what is cut off and kept is told by `train/frozen`; here it is tried on a copy, and learns nothing.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tidycnn.core.engine import keras
from tidycnn.core.errors import counted
from tidycnn.core.progress import spell_seconds
from tidycnn.fit._checks_cost import seconds_of, time_making
from tidycnn.fit._flows import FitFlows
from tidycnn.train.compilation import compile_alike
from tidycnn.train.frozen import cut_of, outputs_before
from tidycnn.train.mirrored import devices_of
from tidycnn.train.outputs import time_missing
from tidycnn.train.plan import Plan
from tidycnn.train.timing import time_steps

_STEPS = 3


@dataclass(frozen=True)
class Foretold:
    """How long a stage is likely to take: once, before it learns, and in each of its epochs; in seconds."""

    once: float
    epoch: float
    epochs: int

    @property
    def seconds(self) -> float:
        """All of it."""
        return self.once + self.epochs * self.epoch


def foretell(plan: Plan, model: Any, flows: FitFlows, *, done: int = 0) -> Foretold | None:
    """Tell how long a compiled model takes to learn by a plan, of which so many epochs are done.

    None where there is not even memory to try it in, beside what is there already.
    """
    import tensorflow as tf

    try:
        return _tried(plan, model, flows, done)
    except tf.errors.ResourceExhaustedError:
        return None


def _tried(plan: Plan, model: Any, flows: FitFlows, done: int) -> Foretold:
    cut = cut_of(plan, model, flows.train, flows.validation)
    once, making = 0.0, 0.0
    if cut is None:
        learner = model
        making, batch = time_making(flows.train)
    else:
        learner = cut.behind
        compile_alike(learner, model)
        once, given = time_missing(outputs_before(cut, plan, flows.train, flows.validation))
        batch = _batch_of(flows.train, given)
    begun = time.perf_counter()
    # Of several devices, which work at the same time, each has its share.
    share = -(-len(batch[0]) // max(1, len(devices_of(plan.strategy))))
    targeted = flows.train.with_targets(*keras.tree.map_structure(lambda each: each[:share], batch))
    step = time_steps(learner, targeted, (plan.precision,), steps=_STEPS)[plan.precision]
    compiling = max(0.0, time.perf_counter() - begun - _STEPS * step)
    _, epoch = seconds_of(plan, flows, making, step)
    return Foretold(once + compiling, epoch, max(0, plan.epochs - done))


def _batch_of(flow: Any, outputs: Sequence[Any]) -> tuple[Any, Any]:
    """Give the rows of a batch, and in the place of pictures what the frozen layers gave for some of them."""
    rows = flow.batch_rows(0, 0)
    places = np.arange(len(rows)) % len(outputs[0])
    x = tuple(np.asarray(each, dtype=np.float32)[places] for each in outputs)
    return rows, x if len(x) > 1 else x[0]


def spell_foretold(stages: Sequence[tuple[str, Foretold | None]]) -> str:
    """Say how long stages, each of which has a name, take, and when that is over."""
    known = [each for _, each in stages if each is not None]
    lines = [
        f"{title} takes a time that is not known: there is no memory to try it in."
        if each is None
        else f"{title} takes about {_spell(each)}."
        for title, each in stages
    ]
    if len(known) < len(stages):
        return "\n".join(lines)
    whole = sum(each.seconds for each in known)
    end = dt.datetime.now().astimezone() + dt.timedelta(seconds=whole)
    together = (
        f"Together about {spell_seconds(whole)}, until {end:%H:%M}." if len(stages) > 1 else f"Until {end:%H:%M}."
    )
    return "\n".join([*lines, together])


def _spell(stage: Foretold) -> str:
    if not stage.epochs:
        return f"{spell_seconds(0)}: it has ended already"
    epochs = f"{counted(stage.epochs, 'epoch')} of {spell_seconds(stage.epoch)}"
    if stage.once < stage.seconds / 100:
        return f"{spell_seconds(stage.seconds)}: {epochs}"
    return f"{spell_seconds(stage.seconds)}: {spell_seconds(stage.once)} before it learns, then {epochs}"

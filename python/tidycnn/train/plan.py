"""What a fit does, as plain data, and how the user's shorter words become it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from tidycnn.core.checks import check_count, check_known, check_positive, coerce
from tidycnn.core.errors import InputError, described
from tidycnn.train.head import Outputs

_PLATEAU = ("factor", "patience", "min_delta", "cooldown", "min_lr")


@dataclass(frozen=True)
class FitSpecification:
    """What a fit does, as plain data that can be written down.

    Parameters
    ----------
    levels
        The labels in the order of the model's units.
    epochs, steps
        How many epochs, of how many batches each.
    seed
        The seed of the layers that draw numbers.
    outputs
        What the model gives: `probability` or `logit`.
    patience
        Stop after that many epochs without a lower loss, and keep the best weights.
    reduce_lr
        Arguments of the reduction of the learning rate on a plateau.
    stop_at
        Thresholds by metric; the fit stops when all are reached.
    class_weight
        Weights by position of the level.
    settings
        What else should be remembered, such as optimizer and loss.
    """

    levels: list[str]
    epochs: int
    steps: int
    seed: int
    outputs: Outputs = "probability"
    patience: int | None = None
    reduce_lr: dict[str, float] | None = None
    stop_at: dict[str, float] | None = None
    class_weight: dict[int, float] | None = None
    settings: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Give plain data for a JSON file, without the levels."""
        data: dict[str, Any] = {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}
        levels, settings, weights = data.pop("levels"), data.pop("settings"), data["class_weight"]
        if weights:
            data["class_weight"] = {levels[i]: weight for i, weight in weights.items()}
        return {**settings, **data}


def count_steps(steps: float | None, batches: int, argument: str = "steps_per_epoch") -> int:
    """Give the batches of an epoch: rounded down, never below one."""
    if steps is None:
        return batches
    check_positive(steps, argument)
    return max(1, math.floor(steps))


def plateau_settings(reduce_lr: int | Mapping[str, float] | None) -> dict[str, float] | None:
    """Give the arguments of Keras's reduction of the learning rate."""
    if reduce_lr is None:
        return None
    given: dict[str, float] = {"patience": reduce_lr} if isinstance(reduce_lr, int) else dict(reduce_lr)
    check_known(given, "reduce_lr", _PLATEAU, noun="settings")
    if "patience" not in given:
        raise InputError("`reduce_lr` must say after how many epochs: its `patience`.")
    for name in given.keys() & {"patience", "cooldown"}:
        given[name] = coerce(given[name], int, f"reduce_lr${name}")
    check_count(int(given["patience"]), "reduce_lr$patience")
    if not 0 < given.get("factor", 0.1) < 1:
        raise InputError(f"`reduce_lr` must have a factor between 0 and 1, not {described(given['factor'])}.")
    return given


def class_weights(
    wanted: str | Mapping[str, float] | None, labels: pd.Series[Any], levels: Sequence[str]
) -> dict[int, float] | None:
    """Give weights by position of the level."""
    if wanted is None:
        return None
    if isinstance(wanted, Mapping):
        check_known(wanted, "class_weight", levels, noun="labels")
        wrong = {label: weight for label, weight in wanted.items() if not 0 <= weight < math.inf}
        if wrong:
            raise InputError(f"`class_weight` must be numbers of at least 0, not {described(wrong)}.")
        return {i: float(wanted.get(level, 1.0)) for i, level in enumerate(levels)}
    counts = labels.value_counts().reindex(list(levels)).fillna(0)
    present = int((counts > 0).sum())
    return {i: len(labels) / (present * n) if n else 1.0 for i, n in enumerate(counts)}

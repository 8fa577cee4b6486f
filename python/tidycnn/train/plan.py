"""All that is asked of a training, as plain data, and how the user's shorter words become it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from tidycnn.core.checks import check_count, check_known, check_positive, coerce
from tidycnn.core.errors import InputError, described, listed, spell_column
from tidycnn.core.frames import label_text
from tidycnn.core.settings import Settings
from tidycnn.core.types import ClassMode, Label
from tidycnn.train.head import Outputs
from tidycnn.train.mirrored import Strategy
from tidycnn.train.precision import Precision

_PLATEAU = ("factor", "patience", "min_delta", "cooldown", "min_lr")


@dataclass(frozen=True)
class Plan(Settings):
    """All that is asked of a training, as plain data that can be written down and compared.

    Parameters
    ----------
    epochs, steps
        How many epochs, of how many batches each.
    seed
        The seed of everything that is drawn.
    levels
        The labels in the order of the model's units.
    class_mode, outputs
        How labels are coded, and what the model gives: `probability` or `logit`.
    generator
        The parameters of augmentation and normalisation.
    flow
        The options of the flow: `target_size`, `batch_size` and others.
    optimizer
        The `name` of the optimizer and its parameters.
    loss, metrics
        Their names.
    patience
        Stop after that many epochs without a lower loss, and keep the best weights.
    reduce_lr
        Arguments of the reduction of the learning rate on a plateau.
    schedule
        The `name` of the schedule of the learning rate and its settings.
    stop_at
        Thresholds by metric; the training stops when all are reached.
    class_weight
        Weights by label, or by position from 0 where there are no levels.
    precision
        What layers compute in.
    strategy
        How the training is divided among several devices, None for one.
    stage
        Which of several stages it is.
    augment_passes
        How many passes are kept of what the frozen layers give, computed once; None where they run at each step.
    rate_decay
        What the learning rate is multiplied by from each block of the model to the one before it.
    """

    epochs: int
    steps: int
    seed: int
    levels: list[str] = field(default_factory=list)
    class_mode: ClassMode = "categorical"
    outputs: Outputs = "probability"
    generator: dict[str, Any] = field(default_factory=dict)
    flow: dict[str, Any] = field(default_factory=dict)
    optimizer: dict[str, Any] = field(default_factory=dict)
    loss: str | None = None
    metrics: list[str] = field(default_factory=list)
    patience: int | None = None
    reduce_lr: dict[str, float] | None = None
    schedule: dict[str, Any] | None = None
    stop_at: dict[str, float] | None = None
    class_weight: dict[str, float] | None = None
    precision: Precision = "float32"
    strategy: Strategy | None = None
    stage: int = 1
    epochs_before: tuple[int, ...] = ()  # Those of the stages before it.
    augment_passes: int | None = None
    rate_decay: float = 1.0

    def __post_init__(self) -> None:
        self._coerce()


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
        given[name] = coerce(given[name], int, spell_column("reduce_lr", name))
    check_count(int(given["patience"]), spell_column("reduce_lr", "patience"))
    if not 0 < given.get("factor", 0.1) < 1:
        raise InputError(f"`reduce_lr` must have a factor between 0 and 1, not {described(given['factor'])}.")
    return given


def class_weights(
    wanted: str | Mapping[Label, float] | None, labels: pd.Series[Any], levels: Sequence[str]
) -> dict[str, float] | None:
    """Give the weight of every label."""
    if wanted is None:
        return None
    if isinstance(wanted, Mapping):
        names = label_text(pd.Series(list(wanted), dtype=object), levels)
        if names.duplicated().any():
            raise InputError(f"`class_weight` must name each label once, not {listed(names)}.")
        named = dict(zip(names, wanted.values(), strict=True))
        check_known(named, "class_weight", levels, noun="labels")
        wrong = {label: weight for label, weight in named.items() if not 0 <= weight < math.inf}
        if wrong:
            raise InputError(f"`class_weight` must be numbers of at least 0, not {described(wrong)}.")
        return {level: float(named.get(level, 1.0)) for level in levels}
    counts = labels.value_counts().reindex(list(levels)).fillna(0)
    present = int((counts > 0).sum())
    return {level: len(labels) / (present * n) if n else 1.0 for level, n in zip(levels, counts, strict=True)}


def class_weight_by_position(weights: Mapping[str, float] | None, levels: Sequence[str]) -> dict[int, float] | None:
    """Give class weights as Keras takes them; without levels they are named by position already."""
    if weights is None:
        return None
    return {levels.index(level) if levels else int(level): weight for level, weight in weights.items()}

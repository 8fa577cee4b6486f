"""How much labels count: named by label, or by position from 0, and never by what could be either."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.errors import InputError, described, listed
from tidycnn.core.types import is_flow
from tidycnn.flow.options import LABELLED
from tidycnn.keras_floor._arrays import ArraysFlow
from tidycnn.train.plan import class_weights


def weights_of(wanted: Any, data: Any, n: int | None) -> dict[str, float] | None:
    """Give class weights by position for a flow, a function or arrays whose labels the model knows `n` of, as text."""
    levels = list(data.levels) if is_flow(data) else []
    if wanted != "balanced":
        return weights_by_position(wanted, levels, len(levels) or n)
    codes = _codes_of(data)
    if codes is None:
        raise InputError(
            "`class_weight` 'balanced' needs labels, which the data do not tell.",
            hint="It goes with flows that have labels, and with arrays: columns of `to_categorical()`, or positions.",
        )
    labels = pd.Series(codes.astype(int)).astype(str)
    return class_weights("balanced", labels, [str(code) for code in range(len(levels) or n or int(codes.max()) + 1)])


def _codes_of(data: Any) -> NDArray[Any] | None:
    """Give the positions of the labels that train, None where that is not known."""
    if is_flow(data) and data.class_mode in LABELLED:
        return np.asarray(data.classes)
    targets = data.arrays[1] if isinstance(data, ArraysFlow) else getattr(data, "labels", None)
    if not isinstance(targets, np.ndarray) or targets.dtype.kind not in "biuf":
        return None
    if targets.ndim == 2 and targets.shape[1] > 1:
        codes: NDArray[Any] = targets.argmax(axis=1)
        return codes
    is_whole = bool((targets == np.rint(targets)).all()) and bool((targets >= 0).all())
    return np.rint(targets).reshape(-1) if is_whole else None


def weights_by_position(weights: Any, levels: Sequence[str], n: int | None) -> dict[str, float] | None:
    """Give class weights by position, as text.

    `levels` are the labels as far as they are known, `n` is how many there are.
    """
    if weights is None:
        return None
    if not isinstance(weights, Mapping):
        raise InputError(
            f"`class_weight` must be 'balanced', or named by label or by position, not {described(weights)}."
        )
    for name, weight in weights.items():
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < math.inf:
            raise InputError(
                f"`class_weight` must be numbers of at least 0, but that of {name!r} is {described(weight)}."
            )
    named = {str(name): float(weight) for name, weight in weights.items()}
    by_label = {str(list(levels).index(name)): weight for name, weight in named.items() if name in levels}
    by_position = {str(int(name)): weight for name, weight in named.items() if _is_position(name, n)}
    are_labels, are_positions = len(by_label) == len(named), len(by_position) == len(named)
    if are_labels and are_positions and by_label != by_position:
        raise InputError(
            f"`class_weight` names {listed(named)}, which are labels as well as positions from 0.",
            hint=f"Name all labels ({listed(levels)}) to mean labels, or all positions from 0 to {len(levels) - 1}.",
        )
    if not are_labels and not are_positions:
        _refuse(named, levels, n)
    return by_label if are_labels else by_position


def _is_position(name: str, n: int | None) -> bool:
    return name.isdecimal() and (n is None or int(name) < n)


def _refuse(named: Mapping[str, float], levels: Sequence[str], n: int | None) -> None:
    """Say which name is neither a label nor a position, or that both are mixed."""
    wrong = [name for name in named if name not in levels and not _is_position(name, n)]
    known = f"the labels are {listed(levels, most=30)}" if levels else "the labels have no names here"
    positions = "count from 0" if n is None else f"go from 0 to {n - 1}"
    if wrong:
        raise InputError(f"`class_weight` names {listed(wrong)}, but {known}, and positions {positions}.")
    raise InputError(
        f"`class_weight` names labels and positions: {listed(named)}.",
        hint="Name all by label or all by position.",
    )

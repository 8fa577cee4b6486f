"""What a network learns from pictures: labels, numbers as they are, and how much each picture counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from tidycnn.core.checks import check_no_missing
from tidycnn.core.errors import InputError, InputTypeError, Missing, constant, counted, described
from tidycnn.core.frames import array_names, as_labels
from tidycnn.core.preprocessing import CHANNELS
from tidycnn.core.types import ClassMode, DataFormat

# Whole numbers from here on are measurements, not labels.
_LABELS_MAX = 2**16
_LISTS = (list, tuple, set, frozenset, np.ndarray)


def raw_targets(
    dataframe: pd.DataFrame, columns: Sequence[str], class_mode: ClassMode
) -> NDArray[Any] | tuple[NDArray[Any], ...]:
    """Give the numbers of columns: one array, or one for each output."""
    found = [_numbers_in(dataframe, column, "y_col") for column in columns]
    if class_mode == "multi_output":
        return tuple(found)
    sizes = [math.prod(numbers.shape[1:]) for numbers in found]
    if len(set(sizes)) > 1:
        spelled = ", ".join(f"{column!r} has {n}" for column, n in zip(columns, sizes, strict=True))
        raise InputError(
            f"`y_col` must name columns with equally many numbers for each image, but {spelled}.",
            hint="Use `class_mode = 'multi_output'` where a network has several outputs.",
        )
    return found[0] if len(found) == 1 else np.stack([each.reshape(found[0].shape) for each in found], axis=1)


def weights_in(dataframe: pd.DataFrame, column: str) -> NDArray[np.float32]:
    """Give how much each image counts, from a column."""
    return _checked_weights(_numbers_in(dataframe, column, "weight_col").astype(np.float32), "weight_col")


def _checked_weights(weights: NDArray[np.float32], argument: str) -> NDArray[np.float32]:
    if weights.ndim != 1 or not np.isfinite(weights).all() or (weights < 0).any():
        raise InputError(f"`{argument}` must be finite numbers of at least 0, one for each image.")
    return weights


def _numbers_in(dataframe: pd.DataFrame, column: str, argument: str) -> NDArray[Any]:
    """Give the numbers of a column as they are; each row may have an array of its own."""
    values = dataframe[column]
    numbers = _as_numbers(values.tolist())
    if numbers is None:
        raise InputTypeError(
            f"`{argument}` must name columns of numbers, but {column!r} holds {described(values.iloc[0])}.",
            hint="Use `class_mode = 'categorical'` for labels.",
        )
    if numbers.dtype.kind == "f" and np.isnan(numbers).any():
        raise InputError(f"`{argument}` names {column!r}, which has missing values.", hint="Drop those rows.")
    return numbers


def _as_numbers(rows: list[Any]) -> NDArray[Any] | None:
    """Give rows as an array of numbers, None where they are none: text that reads like a number is text."""
    try:
        numbers = np.asarray(rows)
        if numbers.dtype.kind == "O" and not any(isinstance(row, str) for row in rows):
            numbers = numbers.astype(np.float64)
    except (TypeError, ValueError):
        return None
    if numbers.dtype.kind == "b":
        return numbers.astype(np.float32)
    return numbers if numbers.dtype.kind in "fiu" else None


def has_lists(labels: pd.Series) -> bool:
    """Whether some image has several labels."""
    return any(isinstance(value, _LISTS) for value in labels)


def several_labels(
    labels: pd.Series, classes: Sequence[str] | None, name: str
) -> tuple[NDArray[np.intp], list[str], NDArray[np.float32]]:
    """Give the rows that are used, the levels, and what is learned: a column for each level, 1 where an image has it.

    With `classes` all other labels are left out, and the images that have none of these.
    """
    found = [list(value) if isinstance(value, _LISTS) else [value] for value in labels]
    flat = as_labels([label for row in found for label in row], argument=name)
    if flat.isna().any():
        raise InputError(
            f"`{name}` has missing labels.", hint="Drop those rows; an image without any has an empty list."
        )
    levels = list(flat.categories) if classes is None else list(classes)
    owners = np.repeat(np.arange(len(found)), [len(row) for row in found])
    columns = pd.Index(levels).get_indexer(pd.Index(flat.astype(object)))
    learned = np.zeros((len(found), len(levels)), dtype=np.float32)
    learned[owners[columns >= 0], columns[columns >= 0]] = 1
    rows = np.flatnonzero(learned.any(axis=1)) if classes is not None else np.arange(len(found))
    return rows, levels, learned[rows]


def apart(x: Any) -> tuple[Any, list[Any]]:
    """Take apart pictures and what a network takes beside them: one array, or a list of arrays."""
    if not (isinstance(x, list | tuple) and len(x) == 2 and np.ndim(x[0]) == 4):
        return x, []
    pictures, others = x
    are_several = isinstance(others, list | tuple) and all(
        hasattr(each, "shape") or (isinstance(each, list | tuple) and len(each) == len(pictures)) for each in others
    )
    return pictures, list(others) if are_several else [others]


def beside_of(values: Any, n: int) -> NDArray[Any]:
    """Check what a network takes beside each picture of an array."""
    try:
        array = np.asarray(values)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "fiub" or not array.ndim:
        raise InputTypeError(f"What `x` has beside the pictures must be arrays of numbers, not {described(values)}.")
    if len(array) != n:
        raise InputError(
            f"All arrays of `x` must be equally long: there are {n:,} pictures, and {len(array):,} beside them."
        )
    return array


def pictures_of(x: ArrayLike, data_format: DataFormat) -> NDArray[Any]:
    """Give the pictures of an array, of shape (n, height, width, channels), in 8 bits or as float32."""
    pictures = np.asarray(x)
    if data_format == "channels_first" and pictures.ndim == 4:
        pictures = np.moveaxis(pictures, 1, 3)
    if pictures.ndim != 4 or pictures.shape[3] not in CHANNELS.values() or pictures.dtype.kind not in "fiub":
        raise InputError(
            "`x` must be an array of numbers of shape (n, height, width, channels) with 1, 3 or 4 channels, "
            f"not {described(x if hasattr(x, 'shape') else pictures)}.",
            hint="Grey pictures need a fourth dimension of length 1.",
        )
    if not pictures.size:
        raise InputError(f"`x` must hold at least one pixel, not {described(pictures)}.")
    return pictures if pictures.dtype in (np.uint8, np.float32) else pictures.astype(np.float32)


def targets_of(y: Any, n: int) -> tuple[pd.DataFrame, NDArray[Any] | None, ClassMode]:
    """Give the images frame of an array's pictures, what the network learns, and how that is coded."""
    images = pd.DataFrame({"path": array_names(n), "status": "ok"})
    if y is None:
        return images, None, "none"
    _check_length(y, "y", n)
    if isinstance(getattr(y, "dtype", None), pd.CategoricalDtype) or np.asarray(y).dtype.kind in "OUS":
        return images.assign(label=_known_labels(y)), None, "categorical"
    targets = np.asarray(y)
    check_no_missing(targets, "y")
    if targets.ndim == 2 and targets.shape[1] > 1 and np.isin(targets, (0, 1)).all() and (targets.sum(1) == 1).all():
        return images.assign(label=_labels_at(targets.argmax(1), targets.shape[1])), _as_given(targets), "categorical"
    if targets.ndim == 1 and targets.dtype.kind == "b":
        labels = pd.Categorical.from_codes(targets.astype(np.intp), pd.Index([constant(False), constant(True)]))
        return images.assign(label=labels), _as_given(targets), "sparse"
    if targets.ndim == 1 and _are_positions(targets):
        return images.assign(label=_labels_at(targets, int(targets.max()) + 1)), _as_given(targets), "sparse"
    return images, _as_given(targets), "sparse"


def _known_labels(y: Any) -> pd.Categorical[str]:
    is_missing = np.array([isinstance(value, Missing) for value in y], dtype=bool)
    labels = as_labels(pd.Series(y).mask(is_missing), argument="y")
    missing = int(labels.isna().sum())
    if missing:
        raise InputError(
            f"`y` must have a label for every picture, not {counted(missing, 'missing label')}.",
            hint="Leave those pictures out.",
        )
    return labels


def _are_positions(targets: NDArray[Any]) -> bool:
    """Whether numbers can be positions of labels among the outputs of a network; R writes them as doubles."""
    is_whole = targets.dtype.kind in "iub" or (targets.dtype.kind == "f" and (targets == np.floor(targets)).all())
    return bool(is_whole and targets.min() >= 0 and targets.max() < _LABELS_MAX)


def _labels_at(positions: NDArray[Any], n: int) -> pd.Categorical[str]:
    """Name labels by their positions: a label that no picture has keeps its place, as among the outputs."""
    return pd.Categorical.from_codes(positions.astype(np.intp), pd.Index([str(position) for position in range(n)]))


def _as_given(targets: NDArray[Any]) -> NDArray[Any]:
    is_kept = targets.dtype.kind == "f" or (targets.ndim == 1 and targets.dtype.kind in "iub")
    return targets if is_kept else targets.astype(np.float32)


def weights_of(sample_weight: Any, n: int, y: Any) -> NDArray[np.float32] | None:
    """Give how much each picture of an array counts."""
    if sample_weight is None:
        return None
    if y is None:
        raise InputError(f"`sample_weight` needs `y`, which is {constant(None)}.")
    try:
        weights = np.asarray(sample_weight, dtype=np.float32)
    except (TypeError, ValueError):
        raise InputError(f"`sample_weight` must be numbers, not {described(sample_weight)}.") from None
    _check_length(weights, "sample_weight", n)
    return _checked_weights(weights, "sample_weight")


def _check_length(values: Any, argument: str, n: int) -> None:
    if len(values) != n:
        raise InputError(
            f"`{argument}` must have one value for each of the {n:,} pictures of `x`, not {len(values):,}."
        )

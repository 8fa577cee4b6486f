"""Whether what is to be learned fits the last layer and the loss: told before TensorFlow says so in other words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidycnn.core.checks import check_no_missing
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, counted
from tidycnn.flow.options import LABELLED
from tidycnn.model.graph import outputs_of
from tidycnn.train.compilation import loss_name

_SPARSE = "sparse_categorical_crossentropy"
_ONE_HOT = ("categorical_crossentropy", "categorical_focal_crossentropy")
_SHARES = ("binary_crossentropy", "binary_focal_crossentropy")
_ALIKE = ("mean_squared_error", "mse", "mean_absolute_error", "mae", "huber", "log_cosh", "hinge", "squared_hinge")


def check_targets(model: Any, targets: Any, argument: str) -> None:
    """Refuse targets, of one output or of all in the order of the model, that its losses cannot take."""
    shapes = [tuple(output.shape) for output in getattr(model, "outputs", None) or []]
    losses = _losses_of(model)
    arrays = keras.tree.flatten(targets)
    if not len(shapes) == len(losses) == len(arrays):
        return
    for shape, loss, values in zip(shapes, losses, arrays, strict=True):
        if len(shape) == 2 and shape[1] is not None and isinstance(values, np.ndarray) and len(values):
            _check(values, int(shape[1]), loss_name(loss), argument)


def check_flow_targets(model: Any, flow: Any, argument: str) -> None:
    """Refuse a flow whose targets the loss of a model cannot take."""
    if flow.class_mode not in (*LABELLED, "raw"):
        return
    targets = np.asarray(flow.labels)
    if flow.class_mode == "categorical" and targets.ndim == 1:  # Labels, whose number is another question.
        targets = np.zeros((1, model.output_shape[-1]))
    check_targets(model, targets, argument)


def _losses_of(model: Any) -> Sequence[Any]:
    """Give the loss of each output as far as that is told plainly."""
    names = outputs_of(model).names
    if isinstance(model.loss, dict):
        return [model.loss.get(name) for name in names]
    return model.loss if isinstance(model.loss, list | tuple) else [model.loss] * max(1, len(names))


def _check(values: NDArray[Any], units: int, loss: str, argument: str) -> None:
    columns = int(np.prod(values.shape[1:]))
    if loss in (_SPARSE, *_ONE_HOT, *_SHARES, *_ALIKE):
        check_no_missing(values, argument)
    if loss == _SPARSE:
        if columns != 1:
            raise InputError(
                f"`{argument}` must be one column of positions for the loss {loss!r}, but has {columns}.",
                hint="One column for each label goes with the loss 'categorical_crossentropy'; a flow has a "
                "`class_mode`.",
            )
        _check_positions(values, units, argument)
    elif loss in (*_ONE_HOT, *_SHARES, *_ALIKE) and (columns != units or (values.ndim == 1 and units != 1)):
        raise InputError(
            f"`{argument}` must have {counted(units, 'column')} for the loss {loss!r}, one for each unit of the last "
            f"layer, but has {columns}.",
            hint=_hint(loss, units, columns),
        )
    elif loss in _SHARES and not ((values >= 0) & (values <= 1)).all():
        raise InputError(
            f"`{argument}` must be 0 or 1 (or between) for the loss {loss!r}, but goes from {values.min():g} to "
            f"{values.max():g}.",
            hint="The first of two labels is 0, the second 1.",
        )


def _check_positions(values: NDArray[Any], units: int, argument: str) -> None:
    least, most = values.min(), values.max()
    is_whole = bool((values == np.floor(values)).all())
    if is_whole and least >= 0 and most < units:
        return
    found = f"go from {least:g} to {most:g}" if is_whole else "are not whole"
    raise InputError(
        f"`{argument}` must be positions from 0 to {units - 1}, as the last layer has {counted(units, 'unit')}, but "
        f"they {found}.",
        hint="Positions count from 0: subtract 1." if is_whole and (least, most) == (1, units) else None,
    )


def _hint(loss: str, units: int, columns: int) -> str:
    if units == 1:
        return "One unit learns one column of 0 and 1; two columns go with two units."
    if loss in _ONE_HOT and columns == 1:
        return (
            "`to_categorical()` makes them of positions from 0, which themselves go with the loss "
            f"{_SPARSE!r}; a flow has a `class_mode`."
        )
    return "Give the last layer a unit for each column."

"""Targets in the shape of what a model gives.

One value an image is a column where the model gives a column: a metric or loss of the user's own that compares a row
with a column would silently compare every target with every prediction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from tidycnn.core.engine import keras

Shapes = Sequence[tuple[int | None, ...]]


def output_shapes(model: Any) -> Shapes:
    """Give the shape of each output of a model; none where it is not built yet."""
    return [tuple(output.shape) for output in getattr(model, "outputs", None) or []]


def shaped_targets(targets: Any, shapes: Shapes) -> Any:
    """Give the targets of one output, or of all in their order, as columns where the outputs are columns."""
    arrays = keras.tree.flatten(targets)
    if len(arrays) != len(shapes):
        return targets
    return keras.tree.pack_sequence_as(targets, list(map(_shaped, arrays, shapes)))


def _shaped(values: NDArray[Any], shape: tuple[int | None, ...]) -> NDArray[Any]:
    if len(shape) != 2 or values.shape[1:] not in ((), (1,)):
        return values
    return values.reshape(-1, 1) if shape[1] == 1 else values.reshape(-1)

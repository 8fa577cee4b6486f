"""What the builders share: the last layer, the checks of shape and classes, and seeds for the weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

from tidycnn.core.checks import check_count
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, described
from tidycnn.core.seeds import draw_seed, stream

HeadName: TypeAlias = Literal["softmax", "sigmoid"]


def check_input_shape(input_shape: tuple[int, int, int]) -> None:
    """Refuse an image without pixels or channels."""
    if min(input_shape) < 1:
        raise InputError(
            f"`input_shape` must be height, width and channels, each at least 1, not {described(input_shape)}."
        )


def check_classes(classes: int, head: HeadName) -> None:
    """Refuse fewer than two classes, and one sigmoid unit for more than two."""
    check_count(classes, "classes", at_least=2)
    if head == "sigmoid" and classes != 2:
        raise InputError(
            f"`head` 'sigmoid' is one unit that tells two classes apart, but `classes` is {classes}.",
            hint="Use the head 'softmax' for more than two classes.",
        )


def prediction_layer(classes: int, head: HeadName, initializer: Any) -> Any:
    """Make the last layer: one softmax unit a class, or one sigmoid unit for the second of two."""
    units = 1 if head == "sigmoid" else classes
    return keras.layers.Dense(units, activation=head, kernel_initializer=initializer, name="prediction")


def seed_stream(seed: int | None) -> Iterator[int]:
    """Give a seed for each layer in turn, so that no layer draws from global random state."""
    return stream("weights", draw_seed(seed)).seeds()

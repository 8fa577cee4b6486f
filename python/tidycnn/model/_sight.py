"""Which pixels a unit of a layer sees: through windows, branches and nested models.

A unit at position i of an axis sees the pixels from `start + i * jump` on, `size` of them. Pixels that padding adds are
counted too, so that a unit may see more than the image has. Where all units see the same, `jump` is 0.
Source of the recurrence: Araujo, Norris and Sim (2019), https://doi.org/10.23915/distill.00021.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, TypeAlias

from tidycnn.core.engine import keras
from tidycnn.model.graph import Step, graph_of

# fmt: off
_ELEMENTWISE = (
    "InputLayer", "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "Dense", "Masking", "Identity",
    "Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout", "ActivityRegularization",
    "BatchNormalization", "LayerNormalization", "GroupNormalization", "UnitNormalization", "Rescaling", "Normalization",
    "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate",
    # Operations without a layer, as operators and functions of `keras.ops` make them.
    "Divide", "TrueDivide", "Negative", "Relu", "Relu6", "Sigmoid", "Silu", "Gelu", "Tanh", "HardSigmoid", "HardSwish",
    "Clip", "Cast",
)
# fmt: on
_WINDOWS = ("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "MaxPooling2D", "AveragePooling2D")
_WHOLE = ("Flatten", "GlobalAveragePooling2D", "GlobalMaxPooling2D")


@dataclass(frozen=True)
class Axis:
    """What the units along one axis of a tensor see of the image."""

    start: int = 0
    size: int = 1
    jump: int = 1
    length: int | None = None

    def through_window(self, window: int, stride: int, before: int, length: int | None) -> Axis:
        """Look through a window that moves in strides, with `before` cells of padding in front."""
        return Axis(self.start - before * self.jump, self.size + (window - 1) * self.jump, self.jump * stride, length)

    def whole(self) -> Axis | None:
        """See what all units together see; None where nobody knows how many there are."""
        if self.jump == 0:
            return self
        if self.length is None:
            return None
        return Axis(self.start, self.size + (self.length - 1) * self.jump, 0, 1)


# Both axes of a tensor; None where it is not known what its units see.
Sight: TypeAlias = tuple[Axis, Axis] | None


def sights_of(model: Any) -> dict[str, tuple[list[Any], Sight]]:
    """Give for each layer, by its path, the shapes of its outputs and what its units see when it is called last."""
    graph = graph_of(model)
    seen: dict[Step, Sight] = {}
    for step in graph.steps if graph else ():
        sources = [seen[source.step] for source in step.sources]
        seen[step] = _through(step, sources) if sources else _image_sight(step.tensors_out[0].shape)
    return {step.path: ([tensor.shape for tensor in step.tensors_out], sight) for step, sight in seen.items()}


def _through(step: Step, given: Sequence[Sight]) -> Sight:
    together = reduce(_join, given)
    if together is None:
        return None
    rule = _RULES.get(type(step.layer).__name__)
    if rule is not None:
        return rule(step, together)
    # Whatever else a layer does, it cannot see more than everything.
    return together if all(axis.jump == 0 for axis in together) else None


def _keep(step: Step, sight: tuple[Axis, Axis]) -> Sight:
    layer = step.layer
    if type(layer).__name__ == "Concatenate" and len(step.tensors_out[0].shape) == 4:
        channels = 3 if _is_channels_last(layer) else 1
        return sight if getattr(layer, "axis", -1) % 4 == channels else None
    return sight


def _look_through_window(step: Step, sight: tuple[Axis, Axis]) -> Sight:
    layer = step.layer
    windows = getattr(layer, "kernel_size", None) or layer.pool_size
    dilations = getattr(layer, "dilation_rate", (1, 1))
    before = _spatial(step.tensors_in[0].shape, layer)
    after = _spatial(step.tensors_out[0].shape, layer)
    axes = []
    for i, axis in enumerate(sight):
        window, stride = (windows[i] - 1) * dilations[i] + 1, layer.strides[i]
        padding = _padding_before(window, stride, before[i], after[i]) if layer.padding == "same" else 0
        axes.append(axis.through_window(window, stride, padding, after[i]))
    return axes[0], axes[1]


def _shift(step: Step, sight: tuple[Axis, Axis]) -> Sight:
    layer = step.layer
    after = _spatial(step.tensors_out[0].shape, layer)
    borders = [layer.padding[i][0] for i in (0, 1)] if hasattr(layer, "padding") else [-c[0] for c in layer.cropping]
    vertical, horizontal = (axis.through_window(1, 1, borders[i], after[i]) for i, axis in enumerate(sight))
    return vertical, horizontal


def _see_whole(step: Step, sight: tuple[Axis, Axis]) -> Sight:
    vertical, horizontal = (axis.whole() for axis in sight)
    return None if vertical is None or horizontal is None else (vertical, horizontal)


_RULES: dict[str, Callable[[Step, tuple[Axis, Axis]], Sight]] = {
    **dict.fromkeys(_ELEMENTWISE, _keep),
    **dict.fromkeys(_WINDOWS, _look_through_window),
    **dict.fromkeys(_WHOLE, _see_whole),
    "ZeroPadding2D": _shift,
    "Cropping2D": _shift,
}


def _join(a: Sight, b: Sight) -> Sight:
    if a is None or b is None:
        return None
    vertical, horizontal = _join_axes(a[0], b[0]), _join_axes(a[1], b[1])
    return None if vertical is None or horizontal is None else (vertical, horizontal)


def _join_axes(a: Axis, b: Axis) -> Axis | None:
    if a.jump != b.jump:
        if a.jump and b.jump:
            return None
        whole_a, whole_b = a.whole(), b.whole()
        return None if whole_a is None or whole_b is None else _join_axes(whole_a, whole_b)
    start, stop = min(a.start, b.start), max(a.start + a.size, b.start + b.size)
    return Axis(start, stop - start, a.jump, a.length if b.length is None else b.length)


def _image_sight(shape: Sequence[int | None]) -> Sight:
    if len(shape) != 4:
        return None
    vertical, horizontal = shape[1:3] if keras.config.image_data_format() == "channels_last" else shape[2:4]
    return Axis(length=vertical), Axis(length=horizontal)


def _spatial(shape: Sequence[int | None], layer: Any) -> Sequence[int | None]:
    return shape[1:3] if _is_channels_last(layer) else shape[2:4]


def _is_channels_last(layer: Any) -> bool:
    return bool(getattr(layer, "data_format", None) != "channels_first")


def _padding_before(window: int, stride: int, before: int | None, after: int | None) -> int:
    """Tell how many cells TensorFlow puts in front where it pads to keep the size."""
    if before is None or after is None:
        return (window - 1) // 2
    return max((after - 1) * stride + window - before, 0) // 2

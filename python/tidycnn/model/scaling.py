"""What the first layers of a network do to pixels, and so whether it takes grey levels or pixels that are scaled."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from tidycnn.core.engine import keras
from tidycnn.model.applications import Application, Scaling, application_of
from tidycnn.model.blocks import base_of
from tidycnn.model.graph import Output, Place, Step, graph_of, walk

# Layers before the first weights that leave the size of values as it is.
_PASSING = ("InputLayer", "ZeroPadding2D", "Identity", "Resizing", "CenterCrop", "Permute", "Dropout", "GaussianNoise")
# Operations that do so too; what others do to pixels is tried.
_PASSING_OPERATIONS = ("Flip", "Cast")
# Of networks that take images of any size.
_TRIED_SIZE = 64
_SCALING = ("Rescaling", "Normalization")


class Span(NamedTuple):
    """From where to where pixels lie."""

    low: float
    high: float

    @property
    def width(self) -> float:
        """How far apart they lie."""
        return self.high - self.low

    def spelled(self, after: str = "") -> dict[str, str]:
        """Give both ends as they stand in messages."""
        return {f"low{after}": f"{self.low:.4g}", f"high{after}": f"{self.high:.4g}"}

    def is_near(self, other: Span) -> bool:
        """Whether both ends are those of another span, as near as matters."""
        return max(abs(self.low - other.low), abs(self.high - other.high)) <= 0.25 * other.width


GREY, _UNIT = Span(0.0, 255.0), Span(0.0, 1.0)
# Grey levels that no layer has scaled; what is smaller was scaled already.
UNSCALED = 20.0
_SPANS: dict[Scaling, Span] = {"caffe": Span(-124, 151), "torch": Span(-2.1, 2.6), "tf": Span(-1, 1)}


def span_of(network: Application | None) -> Span | None:
    """Give the pixels that a known network was made for; None for one that scales them itself."""
    return None if network is None else _SPANS.get(network.scaling)


def first_layers(model: Any) -> Iterator[Place]:
    """Give the layers that scale pixels before the first weights, and then the one that they arrive at.

    Where operations without a layer change them, `computation_of()` tells what becomes of them.
    """
    for place in walk(model):
        kind = type(place.layer).__name__
        if kind in _SCALING:
            yield place
        elif not (kind in _PASSING or kind.startswith("Random")):
            yield place
            return


def is_scaling(place: Place) -> bool:
    """Whether a layer scales pixels."""
    return type(place.layer).__name__ in _SCALING


def rescaled(layer: Any, span: Span) -> Span:
    """Give the pixels behind a layer Rescaling, of all channels together."""
    scale, offset = (np.asarray(value, dtype=float) for value in (layer.scale, layer.offset))
    ends = [np.atleast_1d(end * scale + offset) for end in span]
    return Span(float(np.min(ends)), float(np.max(ends)))


def mean_of(layer: Any) -> float:
    """Give the size of the mean that a layer Normalization subtracts."""
    known = getattr(layer, "mean", None)
    return 0.0 if known is None else float(np.max(np.abs(np.asarray(known))))


def grey_scaler(model: Any) -> str | None:
    """Name the first layer by which a network scales grey levels itself; None where it takes pixels that are scaled."""
    computation = computation_of(model)
    if computation is not None:
        behind = [computation.behind(span) for span in (GREY, _UNIT)]
        return computation.path if _is_scaled(model, *behind) else None
    span, unit, found = GREY, _UNIT, ""
    for place in first_layers(model):
        if type(place.layer).__name__ == "Normalization":
            is_for_grey = mean_of(place.layer) > UNSCALED or span.high < UNSCALED
            return (found or place.path) if is_for_grey else None
        if not is_scaling(place):
            break
        span, unit, found = rescaled(place.layer, span), rescaled(place.layer, unit), found or place.path
    return found if found and _is_scaled(model, span, unit) else None


class Computation(NamedTuple):
    """What operations without a layer make of pixels before the first weights.

    `path` names the first of them, `arrived` is the step with those weights, and `part` a model of what is before it.
    """

    path: str
    arrived: Step
    part: Any

    def behind(self, span: Span) -> Span | None:
        """Give the pixels behind it, of all channels together, as flat pictures and one with all values show them.

        None where that is not known: where it makes nothing of them, or cannot take them.
        """
        shape = [side or _TRIED_SIZE for side in self.part.input_shape[1:]]
        rising = np.linspace(*span, int(np.prod(shape))).reshape(shape)
        pictures = np.stack([*(np.full(shape, end) for end in span), rising]).astype(np.float32)
        try:
            made = np.asarray(self.part(pictures, training=False))
        except Exception:  # Functions of the user's may ask for pictures of another size.
            return None
        if made.size == 0 or not np.isfinite(made).all() or made.min() == made.max():
            return None
        return Span(float(made.min()), float(made.max()))


def computation_of(model: Any) -> Computation | None:
    """Find operations, or functions of the user's, that change pixels before the first weights; None where none do."""
    graph = graph_of(model)
    steps = graph.steps if graph else ()
    before = list(itertools.takewhile(lambda step: _is_before_weights(step.layer), steps))
    inputs = [Output(step, 0) for step in before if isinstance(step.layer, keras.layers.InputLayer)]
    computed = [step for step in before if _computes(step.layer)]
    if graph is None or not computed or len(before) == len(steps) or len(inputs) != 1:
        return None
    arrived = steps[len(before)]
    return Computation(computed[0].path, arrived, graph.part(inputs, arrived.sources[:1]))


def _is_before_weights(layer: Any) -> bool:
    return type(layer).__name__ in _SCALING or not getattr(layer, "weights", None)


def _computes(layer: Any) -> bool:
    if isinstance(layer, keras.layers.Layer):
        return isinstance(layer, keras.layers.Lambda)
    return type(layer).__name__ not in _PASSING_OPERATIONS


def _is_scaled(model: Any, span: Span | None, unit: Span | None) -> bool:
    """Whether grey levels arrive at the first weights, as `span`, as they are wanted there.

    A known network says what it wants. With any other they are small, or a mean is subtracted that only grey levels
    have: pixels from 0 to 1 would arrive, as `unit`, far below 0.
    """
    if span is None:
        return False
    wanted = span_of(application_of(base_of(model)))
    if wanted is not None:
        return span.is_near(wanted)
    return max(map(abs, span)) < UNSCALED or (span.high > UNSCALED and unit is not None and unit.high < -UNSCALED)

"""Whether pixels are scaled once: by the generator, by layers at the begin of the model, or by both or neither."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from tidycnn.core.engine import keras
from tidycnn.core.errors import constant, counted
from tidycnn.core.preprocessing import Preprocessing, name_of_function
from tidycnn.fit._findings import Finding, Severity, find
from tidycnn.model.graph import graph_of, walk

_GREY = 255.0
# Grey levels that no layer has scaled; what is smaller was scaled already.
_UNSCALED = 20.0
# Of two ranges of which one is that many times the other, something else is meant.
_FAR = 5.0
_MEASURED = 8
# Layers before the first weights that leave the size of values as it is.
_PASSING = ("InputLayer", "ZeroPadding2D", "Identity", "Resizing", "CenterCrop", "Permute", "Dropout", "GaussianNoise")


class Span(NamedTuple):
    """From where to where pixels lie."""

    low: float
    high: float

    def spelled(self, after: str = "") -> dict[str, str]:
        """Give both ends as they stand in messages."""
        return {f"low{after}": f"{self.low:.4g}", f"high{after}": f"{self.high:.4g}"}


class _Network(NamedTuple):
    """What a known network was made for: how its name begins, its pixels, its function."""

    name: str
    span: Span
    function: str


_CAFFE, _TORCH, _AROUND_0 = Span(-124, 151), Span(-2.1, 2.6), Span(-1, 1)
# In an order in which longer names come first.
_NETWORKS = (
    *(_Network(f"resnet{depth}v2", _AROUND_0, "resnet_v2") for depth in (50, 101, 152)),
    *(_Network(f"resnet{depth}", _CAFFE, "resnet") for depth in (50, 101, 152)),
    _Network("vgg16", _CAFFE, "vgg16"),
    _Network("vgg19", _CAFFE, "vgg19"),
    _Network("densenet", _TORCH, "densenet"),
    _Network("inception_resnet_v2", _AROUND_0, "inception_resnet_v2"),
    _Network("inception_v3", _AROUND_0, "inception_v3"),
    _Network("xception", _AROUND_0, "xception"),
    _Network("mobilenetv2", _AROUND_0, "mobilenet_v2"),
    _Network("mobilenet_", _AROUND_0, "mobilenet"),
    _Network("nasnet", _AROUND_0, "nasnet"),
)


def check_scaling(model: Any, flow: Any) -> list[Finding]:
    """Find what scales pixels twice, or leaves them as grey levels, as far as it can be told in a moment."""
    preprocessing: Preprocessing = flow.preprocessing
    function = name_of_function(preprocessing.preprocessing_function)
    if function is not None and preprocessing.rescale is not None and function.startswith("keras."):
        return [find("function and factor", "warning", function=repr(function), factor=f"{preprocessing.rescale:.4g}")]
    if function is not None or preprocessing.is_centred or preprocessing.samplewise_std_normalization:
        return []
    # Arrays may hold other values than files do, and are at hand.
    span = Span(0.0, _GREY * (preprocessing.rescale or 1.0)) if flow.is_of_files else _measure(flow)[0]
    return list(_follow(model, span))


def measure_scaling(model: Any, flow: Any) -> list[Finding]:
    """Find the same by looking at pictures as the model sees them."""
    span, n = _measure(flow)
    if not n:
        return []
    images = counted(n, "image")
    found = [find("pixel range", "note", images=images, **span.spelled())]
    if span.high - span.low < 0.02:
        found.append(find("flat pixels", "warning", images=images, **span.spelled()))
    network, is_frozen = _known_network(model)
    if network is not None and flow.preprocessing.preprocessing_function is not None and _is_far(span, network.span):
        found.append(_other_preprocessing(network, span, is_frozen=is_frozen))
    return found


def _measure(flow: Any) -> tuple[Span, int]:
    """Give the span of the pixels of some pictures, and how many these are."""
    rows = np.arange(flow.n)[:: max(1, flow.n // _MEASURED)][:_MEASURED]
    pictures, _ = flow.render(rows, 0, on_error="skip")
    if pictures.size == 0:
        return Span(0.0, 0.0), 0
    return Span(float(pictures.min()), float(pictures.max())), len(pictures)


def _follow(model: Any, span: Span) -> Iterator[Finding]:
    """Follow pixels to the first layer with weights; not where operations without a layer change them."""
    if _is_computed(model):
        return
    for place in walk(model):
        layer, kind = place.layer, type(place.layer).__name__
        if kind == "Rescaling":
            after = _rescaled(layer, span)
            if after is None:
                return
            if span.high < _UNSCALED and after.high - after.low < 0.05 * (span.high - span.low):
                named = {"layer": repr(place.path), "nothing": constant(None)}
                yield find("scaled twice", "warning", **span.spelled(), **after.spelled("_after"), **named)
                return
            span = after
        elif kind == "Normalization":
            known = getattr(layer, "mean", None)
            mean = 0.0 if known is None else float(np.max(np.abs(np.asarray(known))))
            if span.high < _UNSCALED and mean > _FAR * max(abs(span.low), abs(span.high)):
                named = {"layer": repr(place.path), "mean": f"{mean:.4g}", "nothing": constant(None)}
                yield find("normalised otherwise", "warning", **span.spelled(), **named)
            return
        elif not (kind in _PASSING or kind.startswith("Random")):
            yield from _arrived(model, place.path, layer, span)
            return


def _is_computed(model: Any) -> bool:
    graph = graph_of(model)
    steps = graph.steps if graph else ()
    before = itertools.takewhile(lambda step: not getattr(step.layer, "weights", None), steps)
    return any(not isinstance(step.layer, keras.layers.Layer) for step in before)


def _arrived(model: Any, path: str, layer: Any, span: Span) -> Iterator[Finding]:
    network, is_frozen = _known_network(model)
    if network is not None:
        width = network.span.high - network.span.low
        if max(abs(span.low - network.span.low), abs(span.high - network.span.high)) > 0.25 * width:
            yield _other_preprocessing(network, span, is_frozen=is_frozen)
    elif span.high > _UNSCALED and span.low >= 0 and layer.weights and "Normalization" not in type(layer).__name__:
        yield find("not scaled", "warning", layer=repr(path), **span.spelled())


def _other_preprocessing(network: _Network, span: Span, *, is_frozen: bool) -> Finding:
    wanted = network.span.spelled("_wanted")
    function = f"keras.applications.{network.function}.preprocess_input"
    # One that learns all anew learns from other pixels too.
    severity: Severity = "warning" if is_frozen else "note"
    return find("other preprocessing", severity, network=network.name, function=function, **span.spelled(), **wanted)


def _rescaled(layer: Any, span: Span) -> Span | None:
    scale, offset = (np.asarray(value, dtype=float) for value in (layer.scale, layer.offset))
    if scale.size != 1 or offset.size != 1:
        return None
    ends = sorted(float(end * scale + offset) for end in span)
    return Span(*ends)


def _known_network(model: Any) -> tuple[_Network | None, bool]:
    """Tell which known network a model is or has, and whether that one is frozen."""
    inner = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    for each in (*inner, model):
        for network in _NETWORKS:
            if each.name.lower().startswith(network.name):
                return network, not each.trainable_weights
    return None, False


def _is_far(span: Span, other: Span) -> bool:
    widths = sorted((span.high - span.low, other.high - other.low))
    return widths[1] > _FAR * widths[0]

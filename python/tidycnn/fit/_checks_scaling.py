"""Whether pixels are scaled once: by the generator, by layers at the begin of the model, or by both or neither."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tidycnn.core.errors import constant, counted
from tidycnn.core.preprocessing import Preprocessing, name_of_function
from tidycnn.fit._findings import Finding, Severity, find
from tidycnn.model.applications import APPLICATIONS, Application, application_of
from tidycnn.model.blocks import base_of
from tidycnn.model.graph import Place, Step
from tidycnn.model.scaling import (
    GREY,
    UNSCALED,
    Span,
    computation_of,
    first_layers,
    is_scaling,
    mean_of,
    rescaled,
    span_of,
)

# Of two ranges of which one is that many times the other, something else is meant.
_FAR = 5.0
# To that share of their width pixels are brought that are scaled once more.
_FLATTENED = 0.05
_MEASURED = 8


def check_scaling(model: Any, flow: Any) -> list[Finding]:
    """Find what scales pixels twice, or leaves them as grey levels, as far as it can be told in a moment."""
    preprocessing: Preprocessing = flow.preprocessing
    function = name_of_function(preprocessing.preprocessing_function)
    if function is not None and preprocessing.rescale is not None and function.startswith("keras."):
        return [find("function and factor", "warning", function=repr(function), factor=f"{preprocessing.rescale:.4g}")]
    if preprocessing.is_centred or preprocessing.samplewise_std_normalization:
        return []
    if function is not None:
        known = _span_behind(function)
        return [] if known is None or not _scales(model) else list(_follow(model, known))
    # Arrays may hold other values than files do, and are at hand.
    grey = Span(0.0, GREY.high * (preprocessing.rescale or 1.0))
    return list(_follow(model, grey if flow.is_of_files else _measure(flow)[0]))


def _span_behind(function: str) -> Span | None:
    """Give the pixels that a function of Keras makes of grey levels; None of any other."""
    modules = [each for each in APPLICATIONS.values() if function.endswith(f".{each.module}:preprocess_input")]
    return span_of(modules[0]) if function.startswith("keras.") and modules else None


def _scales(model: Any) -> bool:
    computation = computation_of(model)
    if computation is not None:
        return computation.behind(GREY) != GREY
    return any(is_scaling(place) for place in first_layers(model))


def measure_scaling(model: Any, flow: Any) -> list[Finding]:
    """Find the same by looking at pictures as the model sees them."""
    span, n = _measure(flow)
    if not n:
        return []
    images = counted(n, "image")
    found = [find("pixel range", "note", images=images, **span.spelled())]
    if span.width < 0.02:
        found.append(find("flat pixels", "warning", images=images, **span.spelled()))
    network, is_frozen = _known_network(model)
    wanted = None if network is None or _scales(model) else span_of(network)
    if network and wanted and flow.preprocessing.preprocessing_function is not None and _is_far(span, wanted):
        found.append(_other_preprocessing(network, span, wanted, is_frozen=is_frozen))
    return found


def _measure(flow: Any) -> tuple[Span, int]:
    """Give the span of the pixels of some pictures, and how many these are."""
    rows = np.arange(flow.n)[:: max(1, flow.n // _MEASURED)][:_MEASURED]
    pictures, _ = flow.render(rows, 0, on_error="skip")
    if pictures.size == 0:
        return Span(0.0, 0.0), 0
    return Span(float(pictures.min()), float(pictures.max())), len(pictures)


def _follow(model: Any, given: Span) -> Iterator[Finding]:
    """Follow pixels to the first layer with weights."""
    computation = computation_of(model)
    if computation is not None:
        after = computation.behind(given)
        if after is None:
            return
        if given.high < UNSCALED and after.width < _FLATTENED * given.width:
            yield _scaled_twice(computation.path, given, after)
        else:
            yield from _arrived(model, computation.arrived, given, after, computation.path if after != given else None)
        return
    span, scaler = given, None
    for place in first_layers(model):
        layer = place.layer
        if type(layer).__name__ == "Normalization":
            mean = mean_of(layer)
            if span.high < UNSCALED and mean > _FAR * max(abs(span.low), abs(span.high)):
                named = {"layer": repr(place.path), "mean": f"{mean:.4g}", "nothing": constant(None)}
                yield find("normalised otherwise", "warning", **span.spelled(), **named)
            return
        if not is_scaling(place):
            yield from _arrived(model, place, given, span, scaler)
            return
        after = rescaled(layer, span)
        if span.high < UNSCALED and after.width < _FLATTENED * span.width:
            yield _scaled_twice(place.path, span, after)
            return
        span, scaler = after, scaler or place.path


def _arrived(model: Any, place: Place | Step, given: Span, span: Span, scaler: str | None) -> Iterator[Finding]:
    network, is_frozen = _known_network(model)
    wanted = span_of(network)
    if network is not None:
        is_scaled = given.high < UNSCALED or given.low < 0
        if wanted is None or span.is_near(wanted):
            return
        if scaler is not None and is_scaled:
            yield _scaled_twice(scaler, given, span)
        else:
            yield _other_preprocessing(network, span, wanted, is_frozen=is_frozen)
    elif scaler is not None and given.high < UNSCALED and span.high < -UNSCALED:
        yield _scaled_twice(scaler, given, span)  # A mean of grey levels is subtracted from what are none.
    elif (
        span.high > UNSCALED
        and span.low >= 0
        and place.layer.weights
        and "Normalization" not in type(place.layer).__name__
    ):
        yield find("not scaled", "warning", layer=repr(place.path), **span.spelled())


def _scaled_twice(path: str, span: Span, after: Span) -> Finding:
    named = {"layer": repr(path), "nothing": constant(None)}
    return find("scaled twice", "warning", **span.spelled(), **after.spelled("_after"), **named)


def _other_preprocessing(network: Application, span: Span, wanted: Span, *, is_frozen: bool) -> Finding:
    function = f"keras.applications.{network.module}.preprocess_input"
    # One that learns all anew learns from other pixels too.
    severity: Severity = "warning" if is_frozen else "note"
    spelled = {**span.spelled(), **wanted.spelled("_wanted")}
    return find("other preprocessing", severity, network=network.name, function=function, **spelled)


def _known_network(model: Any) -> tuple[Application | None, bool]:
    """Tell which known network a model is or has, and whether that one is frozen."""
    base = base_of(model)
    network = application_of(base)
    return network, network is not None and not base.trainable_weights


def _is_far(span: Span, other: Span) -> bool:
    widths = sorted((span.width, other.width))
    return widths[1] > _FAR * widths[0]

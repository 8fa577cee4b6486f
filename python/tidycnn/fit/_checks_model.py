"""Whether the layers of a model are what was meant: steps of windows, and which of them learn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tidycnn.core.errors import counted, in_language, listed
from tidycnn.fit._findings import Finding, find
from tidycnn.model.graph import walk
from tidycnn.train.compilation import changed_since_learning

# Steps in the first layers make the image small; later ones are of another kind.
_FIRST = 3
# Windows side by side are meant where their sides are even, as in networks that cut images into patches.
_SIDES = (3, 5, 7)
# Ours by that name has the steps of the work that it is from.
_MEANT = "weather_cnn"


def check_layers(network: Any, model: Any) -> list[Finding]:
    """Find accidental steps in `model`, the copy that is trained, and weights that changed sides in `network`."""
    return [*_strides(model), *_frozen(network, model)]


def _strides(model: Any) -> Iterator[Finding]:
    convolutions = [place for place in walk(model) if type(place.layer).__name__ in ("Conv2D", "SeparableConv2D")]
    found = [place for place in convolutions[:_FIRST] if _steps_over(place.layer)]
    if found:
        layer = found[0].layer
        side, step, filters = layer.kernel_size[0], layer.strides[0], layer.filters
        yield find(
            "accidental stride",
            "note" if model.name == _MEANT else "warning",
            kernel=f"{side} x {side}",
            step=str(step),
            layers=listed(place.path for place in found),
            wanted=in_language(
                f"`Conv2D({filters}, ({side}, {side}))`",
                f"`layer_conv_2d(filters = {filters}, kernel_size = c({side}, {side}))`",
            ),
        )


def _steps_over(layer: Any) -> bool:
    is_square = len({*layer.kernel_size}) == len({*layer.strides}) == 1
    return is_square and layer.kernel_size[0] in _SIDES and layer.strides[0] >= layer.kernel_size[0]


def _frozen(network: Any, model: Any) -> Iterator[Finding]:
    if not model.trainable_weights and model.weights:
        yield find("nothing to learn", "warning")
    changed = changed_since_learning(network)
    if changed:
        yield find("frozen since", "note", weights=counted(changed, "weight"))

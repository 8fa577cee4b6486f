"""The layers of a model as a frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from tidycnn.core.checks import checked
from tidycnn.core.errors import InputError
from tidycnn.core.types import KerasModel
from tidycnn.model._sight import Sight, sights_of
from tidycnn.model.graph import Place, walk


@checked
def list_layers(model: KerasModel) -> pd.DataFrame:
    """List the layers of a model.

    Parameters
    ----------
    model
        A Keras model. The layers of a model inside it are listed too, as `inner/layer`.

    Returns
    -------
    One row per layer, in the model's order: `layer`, `type`, `output_shape` (`"148 x 148 x 32"`, without the batch, `?`
    for a size that varies), `parameters`, `trainable`, `kernel` and `strides` (`"3 x 3"`; the window of a pooling
    too), `padding`, and `receptive_field`: how many pixels of the image one unit depends on, along the longer side,
    padding counted; missing where that is not known.

    Examples
    --------
    >>> from tidycnn import weather_cnn
    >>> list_layers(weather_cnn())["output_shape"].tolist()[:3]
    ['75 x 75 x 32', '75 x 75 x 32', '25 x 25 x 32']
    >>> list_layers(weather_cnn())["receptive_field"].tolist()[:3]
    [3, 3, 9]
    """
    check_built(model)
    sights = sights_of(model)
    rows = [_describe_layer(place, *sights.get(place.path, ([], None))) for place in walk(model)]
    layers = pd.DataFrame(rows, columns=["layer", "type", "output_shape", *_DETAILS, "receptive_field"])
    return layers.astype({"parameters": "int64", "trainable": "bool", "receptive_field": "Int64"})


_DETAILS = ("parameters", "trainable", "kernel", "strides", "padding")


def check_built(model: Any) -> None:
    """Refuse a model that does not know its shapes yet."""
    if not getattr(model, "built", True):
        raise InputError(
            "`model` must be built, but it does not know the shape of its images yet.",
            hint="Give the first layer an input shape: height, width and channels.",
        )


def _describe_layer(place: Place, shapes: Sequence[Sequence[int | None]], sight: Sight) -> tuple[Any, ...]:
    layer = place.layer
    kernel = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    return (
        place.path,
        type(layer).__name__,
        ", ".join(_spell_sizes(shape[1:]) for shape in shapes) or None,
        layer.count_params() if layer.built else 0,
        bool(layer.trainable),
        _spell_sizes(kernel) if kernel else None,
        _spell_sizes(layer.strides) if kernel else None,
        layer.padding if kernel else None,
        max(axis.size for axis in sight) if sight else None,
    )


def _spell_sizes(sizes: Sequence[int | None] | int) -> str:
    """Spell sizes as `3 x 3`."""
    return " x ".join(
        "?" if size is None else str(size) for size in (sizes if isinstance(sizes, Sequence) else [sizes])
    )

"""Which layers learn."""

from __future__ import annotations

from typing import Any

from tidycnn.core.checks import checked
from tidycnn.core.errors import InputError, described
from tidycnn.core.types import KerasModel
from tidycnn.model.graph import find_places, layers_within, walk


@checked
def freeze_weights(model: KerasModel, from_: str | int | None = None, to: str | int | None = None) -> KerasModel:
    """Freeze the weights of layers.

    Frozen layers do not learn, and normalisation in them uses its stored statistics. The model itself is changed;
    compile it again if it is compiled.

    Parameters
    ----------
    model
        A Keras model.
    from_
        The first layer to freeze: its name as `list_layers()` has it, the name of an inner model, or its position
        there. The first of the model where missing.
    to
        The last layer to freeze, likewise. The last of the model where missing.

    Returns
    -------
    The same model.

    Examples
    --------
    >>> from tidycnn import list_layers, weather_cnn
    >>> model = freeze_weights(weather_cnn(), to="conv_3")
    >>> list_layers(model).query("trainable")["layer"].tolist()
    ['pool_3', 'flatten', 'dense_1', 'prediction']
    """
    return _set_trainable(model, from_, to, trainable=False)


@checked
def unfreeze_weights(model: KerasModel, from_: str | int | None = None, to: str | int | None = None) -> KerasModel:
    """Unfreeze the weights of layers.

    The counterpart of `freeze_weights()`: these layers learn again, all others stay as they are. The model itself is
    changed; compile it again if it is compiled.

    Parameters
    ----------
    model
        A Keras model.
    from_
        The first layer to unfreeze: its name as `list_layers()` has it, the name of an inner model, or its position
        there. The first of the model where missing.
    to
        The last layer to unfreeze, likewise. The last of the model where missing.

    Returns
    -------
    The same model.

    Examples
    --------
    >>> from tidycnn import list_layers, weather_cnn
    >>> model = unfreeze_weights(freeze_weights(weather_cnn()), "dense_1")
    >>> list_layers(model).query("trainable")["layer"].tolist()
    ['dense_1', 'prediction']
    """
    return _set_trainable(model, from_, to, trainable=True)


def _set_trainable(model: Any, from_: str | int | None, to: str | int | None, *, trainable: bool) -> KerasModel:
    places = list(walk(model))
    first = 0 if from_ is None else find_places(places, from_, "from")[0]
    last = len(places) - 1 if to is None else find_places(places, to, "to")[-1]
    if first > last:
        raise InputError(f"`to` must not come before `from`, but {described(to)} comes before {described(from_)}.")
    asked = {id(part) for place in places[first : last + 1] for part in layers_within(place.layer)}
    flags = {
        id(part): trainable if id(part) in asked else part.trainable
        for place in places
        for part in layers_within(place.layer)
    }
    # Keras gives a frozen model no weights to learn: it learns where one of its layers does.
    for place in places:
        flags |= {id(around): flags.get(id(around), False) or flags[id(place.layer)] for around in place.models}
    # From the outside in, because a model hands its flag down to all its layers.
    for layer in layers_within(model):
        layer.trainable = flags.get(id(layer), layer.trainable)
    return model  # type: ignore[no-any-return]

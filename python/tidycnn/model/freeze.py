"""Which layers learn."""

from __future__ import annotations

from typing import Any

from tidycnn.core.checks import checked
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, counted, described, listed, spoken_language
from tidycnn.core.types import KerasModel
from tidycnn.model.layers import layer_paths


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
    paths = list(layer_paths(model))
    names = [path for path, _ in paths]
    first = 0 if from_ is None else _find(names, from_, "from")[0]
    last = len(names) - 1 if to is None else _find(names, to, "to")[1]
    if first > last:
        raise InputError(f"`to` must not come before `from`, but {described(to)} comes before {described(from_)}.")
    states = [trainable if first <= i <= last else layer.trainable for i, (_, layer) in enumerate(paths)]
    _open_containers(model, {id(layer) for (_, layer), learns in zip(paths, states, strict=True) if learns})
    for (_, layer), learns in zip(paths, states, strict=True):
        layer.trainable = learns
    return model  # type: ignore[no-any-return]


def _open_containers(model: Any, learning: set[int]) -> bool:
    """Let a model learn where one of its layers does: Keras gives a frozen model no weights to learn."""
    states = [
        _open_containers(layer, learning) if isinstance(layer, keras.Model) else id(layer) in learning
        for layer in model.layers
    ]
    model.trainable = any(states)
    return any(states)


def _find(names: list[str], layer: str | int, argument: str) -> tuple[int, int]:
    """Find the first and the last position of a layer, or of the layers of an inner model."""
    if isinstance(layer, int):
        position = layer - 1 if spoken_language() == "r" else layer
        if not 0 <= position < len(names):
            raise InputError(f"`{argument}` is position {layer}, but the model has {counted(len(names), 'layer')}.")
        return position, position
    exact = [i for i, name in enumerate(names) if name == layer]
    found = exact or [i for i, name in enumerate(names) if name.startswith(f"{layer}/")]
    if not found:
        raise InputError(
            f"`{argument}` names the layer {layer!r}, but the model has {listed(names)}.",
            hint="`list_layers()` shows all.",
        )
    return found[0], found[-1]

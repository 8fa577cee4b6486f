"""Layers as steps of a pipe: they are added to a sequential model, or applied to tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidycnn.core.checks import checked
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, Missing, described, listed
from tidycnn.keras_floor._data import check_model
from tidycnn.keras_floor._values import several
from tidycnn.keras_floor.calls import as_keras, call_keras, in_words_of_r
from tidycnn.model.drawing import drawing_from
from tidycnn.model.graph import is_empty

_SHAPES = ("input_shape", "batch_input_shape", "batch_size")
_INPUTS = ("shape", "batch_shape")


def call_layer(target: str, object: Any, arguments: Mapping[str, Any], seed: int | None = None) -> Any:  # noqa: A002
    """Make a layer and put it behind `object`.

    Parameters
    ----------
    target
        Its class, such as `"layers.Dense"`.
    object
        A sequential model, a tensor, a list of tensors, or None.
    arguments
        Of the layer. The shape of the input counts where the layer is the first of a sequential model.
    seed
        Its initial weights follow from it.

    Returns
    -------
    The model, the tensor behind the layer, or the layer where there is no object.
    """
    _check_object(object)
    own = {name: value for name, value in arguments.items() if name not in _SHAPES}
    shapes = {name: arguments[name] for name in _SHAPES if arguments.get(name) is not None}
    if object is None and "input_shape" in shapes:
        own["input_shape"] = several(shapes["input_shape"])
    layer = call_keras(target, own, seed)
    with drawing_from(seed), in_words_of_r():
        if isinstance(object, keras.Sequential) and is_empty(object) and shapes:
            object.add(_input(shapes))
        return compose(object, layer)


def compose(
    object: Any,  # noqa: A002
    layer: Any,
    options: Mapping[str, Any] | None = None,
    seed: int | None = None,
) -> Any:
    """Put a layer, or a whole model, behind a sequential model, a tensor or a list of tensors.

    `options` are those of the call, such as `training`.
    """
    if object is None:
        return layer
    known = dict(options or {})
    with drawing_from(seed), in_words_of_r():
        if not isinstance(object, keras.Sequential):
            return layer(object, **known)
        if known:
            raise InputError(
                f"A sequential model cannot give {listed(known)} to a layer.",
                hint="Apply the layer to a tensor: `layer_input(shape) |> layer(training = FALSE)`.",
            )
        object.add(layer)
        return object


def make_input(arguments: Mapping[str, Any]) -> Any:
    """Make the input of a functional model."""
    sizes = {name: _sizes(value, name) if name in _INPUTS else value for name, value in arguments.items()}
    with in_words_of_r():
        return keras.Input(**as_keras(sizes, keras.Input))


@checked
def make_sequential(layers: Any, input_shape: Any, name: str | None) -> Any:
    """Make a sequential model of layers, or an empty one."""
    with in_words_of_r():
        model = keras.Sequential(name=name)
        if input_shape is not None:
            model.add(_input({"input_shape": input_shape}))
        for layer in several(layers):
            if not isinstance(layer, keras.Layer):
                raise InputError(f"`layers` must be a list of layers, not {described(layers)}.")
            model.add(layer)
        return model


@checked
def get_layer(object: Any, name: str | None, index: int | None) -> Any:  # noqa: A002
    """Give a layer of a model by its name, or its position from 1."""
    check_model(object)
    if name is None and index is None:
        raise InputError("`name` or `index` must be given.", hint="`list_layers()` shows the layers of a model.")
    if index is not None and not 1 <= index <= len(object.layers):
        raise InputError(f"`index` must be from 1 to {len(object.layers)}, not {described(index)}.")
    with in_words_of_r():
        return object.get_layer(name=name) if index is None else object.layers[index - 1]


def _input(shapes: Mapping[str, Any]) -> Any:
    if shapes.get("batch_input_shape") is not None:
        return make_input({"batch_shape": shapes["batch_input_shape"]})
    return make_input(
        {"shape": _sizes(shapes.get("input_shape"), "input_shape"), "batch_size": shapes.get("batch_size")}
    )


def _sizes(shape: Any, name: str) -> list[Any]:
    sizes = several(shape)
    if not all(isinstance(size, int | float | Missing) for size in sizes):
        raise InputError(
            f"`{name}` must be height, width and channels, such as c(150, 150, 3), not {described(shape)}."
        )
    return sizes


def _check_object(object: Any) -> None:  # noqa: A002
    parts = object if isinstance(object, list | tuple) else [object]
    if object is None or isinstance(object, keras.Sequential):
        return
    if not all(
        isinstance(part, keras.KerasTensor) or (hasattr(part, "shape") and hasattr(part, "dtype")) for part in parts
    ):
        raise InputError(
            f"`object` must be a sequential model, a tensor or a list of tensors, not {described(object)}.",
            hint="A layer comes behind a model: keras_model_sequential() |> layer_dense(64).",
        )


def count_params(object: Any) -> int:  # noqa: A002
    """Count the weights of a model or layer."""
    if not isinstance(object, keras.Layer):
        raise InputError(f"`object` must be a Keras model or layer, not {described(object)}.")
    with in_words_of_r():
        return int(object.count_params())

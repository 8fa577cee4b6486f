"""A copy of a model that trains without touching the user's: same weights, seeds of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError
from tidycnn.core.seeds import keyed_generator, undisturbed_streams

_RANDOM_LAYERS = 1


def clone_keras_model(model: Any) -> Any:
    """Copy a built Keras model with its weights and frozen layers, without its compilation."""
    try:
        with undisturbed_streams(), _uncompiled(model):
            clone = keras.models.clone_model(model, **_clone_options(model))
            if not clone.built:
                clone.build(model.input_shape)
    except (NotImplementedError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"`model` could not be copied: {str(error).splitlines()[0]}",
            hint="Build it by `cnn()`, as a Sequential or as a functional model, or give its class a `get_config()`.",
        ) from error
    clone.set_weights(model.get_weights())
    _copy_trainable(model, clone)
    for layer in _layers_within(clone):
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()
    return clone


def seed_random_layers(model: Any, seed: int) -> None:
    """Set the random state of every layer that draws numbers (such as Dropout) from `seed`."""
    generator = keyed_generator(seed, _RANDOM_LAYERS)
    for variable in model.variables:
        if variable.path.endswith("seed_generator_state"):
            variable.assign(np.array([generator.integers(2**31), 0]))


def _clone_options(model: Any) -> dict[str, Any]:
    # Inner models are copied layer by layer, so that their own classes need no registration.
    is_graph = isinstance(model, keras.Sequential) or type(model).__name__ == "Functional"
    return {"recursive": True} if is_graph else {}


def _copy_trainable(source: Any, target: Any) -> None:
    # From the outside in, because a model hands the flag down to all its layers.
    if target.trainable != source.trainable:
        target.trainable = source.trainable
    for inner_source, inner_target in zip(getattr(source, "layers", []), getattr(target, "layers", []), strict=True):
        _copy_trainable(inner_source, inner_target)


def _layers_within(layer: Any) -> Iterator[Any]:
    yield layer
    for inner in getattr(layer, "layers", []):
        yield from _layers_within(inner)


@contextlib.contextmanager
def _uncompiled(model: Any) -> Iterator[None]:
    """Keep Keras from copying the compilation, which fails for losses that are plain functions."""
    was_compiled = model.compiled
    model.compiled = False
    try:
        yield
    finally:
        model.compiled = was_compiled

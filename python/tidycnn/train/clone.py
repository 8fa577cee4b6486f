"""A copy of a model that trains without touching the user's: same weights, seeds of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, counted, first_line
from tidycnn.core.loading import check_process
from tidycnn.core.seeds import stream, undisturbed_streams
from tidycnn.model.graph import layers_within, random_states


def clone_keras_model(model: Any) -> Any:
    """Copy a built Keras model with its weights and frozen layers, without its compilation."""
    check_process()
    try:
        with undisturbed_streams(), _uncompiled(model):
            clone = keras.models.clone_model(model, **_clone_options(model))
            if not clone.built:
                clone.build(model.input_shape)
    except (NotImplementedError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"`model` could not be copied: {first_line(error)}",
            hint="Build it by `cnn()`, as a Sequential or as a functional model, or give its class a `get_config()`.",
        ) from error
    layers, copies = list(layers_within(model)), list(layers_within(clone))
    if len(layers) != len(copies):
        raise InputError(
            f"`model` could not be copied: it has {counted(len(layers), 'layer')}, its copy {len(copies)}.",
            hint="Let the `get_config()` of its class, or of its layers' classes, tell all that they are made of.",
        )
    clone.set_weights(model.get_weights())
    # From the outside in, because a model hands the flag down to all its layers.
    for layer, copy in zip(layers, copies, strict=True):
        copy.trainable = layer.trainable
        if isinstance(copy, keras.layers.Normalization):
            copy.finalize_state()
    return clone


def seed_random_layers(model: Any, seed: int) -> None:
    """Set the random state of every layer that draws numbers (such as Dropout) from `seed`."""
    seeds = stream("layers", seed).seeds()
    for state in random_states(model):
        state.assign(np.array([next(seeds), 0]))


def _clone_options(model: Any) -> dict[str, Any]:
    # Inner models are copied layer by layer, so that their own classes need no registration.
    is_graph = isinstance(model, keras.Sequential) or type(model).__name__ == "Functional"
    return {"recursive": True} if is_graph else {}


@contextlib.contextmanager
def _uncompiled(model: Any) -> Iterator[None]:
    """Keep Keras from copying the compilation, which fails for losses that are plain functions."""
    was_compiled = model.compiled
    model.compiled = False
    try:
        yield
    finally:
        model.compiled = was_compiled

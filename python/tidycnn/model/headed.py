"""A head put upon a base: the last layers, which tell the labels of the user, behind a network that knows others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, listed, spell_shape
from tidycnn.core.seeds import undisturbed_streams
from tidycnn.model._head import prediction_layer, seed_stream
from tidycnn.model.blocks import blocks_of
from tidycnn.model.drawing import drawing_from
from tidycnn.model.graph import Place, layers_within, walk

_DROPPED = 0.2
_FOR_IMAGES = 4


def headed_model(base: Any, head: Any, classes: int, *, size: tuple[int, int] | None, seed: int) -> Any:
    """Make a model of a base and a head behind it, of which there is one of our own where it is None.

    The base is taken as it is, the head too where it is built; a base for pictures of any size is built for `size`.
    """
    inputs = keras.Input(_input_shape(base, size))
    try:
        outputs = base(inputs)
    except (ValueError, TypeError) as error:
        raise _too_small(base, inputs.shape[1:3]) from error
    if isinstance(outputs, list | tuple | dict):
        raise InputError(f"`base` must give one array, but it gives {len(outputs)}.")
    if 0 in outputs.shape[1:]:
        raise _too_small(base, inputs.shape[1:3])
    with undisturbed_streams():
        made = _default_head(outputs, classes, seed_stream(seed)) if head is None else _given_head(head, outputs, seed)
        return keras.Model(inputs, made, name=f"{base.name}_with_head")


def _input_shape(base: Any, size: tuple[int, int] | None) -> tuple[int | None, ...]:
    shape = getattr(base, "input_shape", None)
    if not isinstance(shape, tuple) or len(shape) != _FOR_IMAGES:
        raise InputError(
            "`base` must take images (height, width, channels) and know the shape of its input.",
            hint=f"Build it with an input such as {spell_shape((150, 150, 3))}.",
        )
    height, width, channels = shape[1:]
    if size is not None and height is None and width is None:
        height, width = size
    return height, width, channels


def _default_head(outputs: Any, classes: int, seeds: Iterator[int]) -> Any:
    if len(outputs.shape) == _FOR_IMAGES:
        outputs = keras.layers.GlobalAveragePooling2D(name="pooling")(outputs)
    elif len(outputs.shape) > 2:
        outputs = keras.layers.Flatten(name="flatten")(outputs)
    outputs = keras.layers.Dropout(_DROPPED, seed=next(seeds), name="head_dropout")(outputs)
    return prediction_layer(classes, "softmax", keras.initializers.GlorotUniform(next(seeds)))(outputs)


def _given_head(head: Any, outputs: Any, seed: int) -> Any:
    """Call the head of the user: itself where it is built, else a copy that is built with weights of the seed."""
    try:
        if getattr(head, "built", False):
            return head(outputs)
        with drawing_from(seed):
            return type(head).from_config(head.get_config())(outputs)
    except (ValueError, TypeError, NotImplementedError) as error:
        raise InputError(
            f"`head` does not fit `base`, which gives {spell_shape(outputs.shape[1:])}.",
            hint="Make it without an input shape, or for that one.",
        ) from error


def _too_small(base: Any, size: Any) -> InputError:
    return InputError(
        f"`base` {base.name!r} cannot take images of {size[0]} x {size[1]}: its layers leave nothing of them.",
        hint="Give a larger `target_size`, or build it for larger images.",
    )


def learn_from(model: Any, unfreeze: int | str | None) -> None:
    """Let the head of a model of `headed_model()` learn, and of its base so many of the last blocks, or from one on.

    `"all"` is the whole base, None nothing of it. Batch normalisation of the base keeps its statistics and weights.
    """
    base = base_within(model)
    chosen = _chosen_places(base, unfreeze)
    inside = {id(layer) for layer in layers_within(base)}
    learning = {
        id(part)
        for place in chosen
        for part in layers_within(place.layer)
        if not isinstance(part, keras.layers.BatchNormalization)
    }
    around = {id(outer) for place in chosen for outer in place.models}
    # From the outside in, because a model hands its flag down to all its layers.
    for layer in layers_within(model):
        layer.trainable = id(layer) not in inside or id(layer) in learning or id(layer) in around
    if unfreeze is not None and not base.trainable_weights:
        raise InputError(
            f"`unfreeze` is {unfreeze!r}, but there is nothing to learn: no layer there has weights that can.",
            hint=f"Blocks of {base.name!r} are {listed(_blocks_of(base), most=30)}.",
        )


def base_within(model: Any) -> Any:
    """Give the base of a model of `headed_model()`."""
    return model.layers[1]


def _chosen_places(base: Any, unfreeze: int | str | None) -> list[Place]:
    blocks = _blocks_of(base)
    names = list(blocks)
    if unfreeze is None:
        return []
    if unfreeze == "all":
        first = 0
    elif isinstance(unfreeze, int):
        if not 1 <= unfreeze <= len(names):
            raise InputError(
                f"`unfreeze` must be a number of blocks from 1 to {len(names)}, not {unfreeze}.",
                hint=f"Blocks of {base.name!r} are {listed(names, most=30)}.",
            )
        first = len(names) - unfreeze
    elif unfreeze in names:
        first = names.index(unfreeze)
    else:
        raise InputError(
            f"`unfreeze` names the block {unfreeze!r}, but {base.name!r} has {listed(names, most=30)}.",
            hint="Name one of these, how many of the last, or 'all'.",
        )
    return [place for name in names[first:] for place in blocks[name]]


def _blocks_of(base: Any) -> dict[str, list[Place]]:
    return blocks_of(base) or {base.name: list(walk(base))}

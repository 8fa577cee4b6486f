"""Which layers learn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from tidycnn.core.checks import checked
from tidycnn.core.errors import InputError, counted, described, in_language, warn
from tidycnn.core.frames import columns_of
from tidycnn.core.progress import remark
from tidycnn.core.types import KerasModel
from tidycnn.model.blocks import block_places, blocks_of
from tidycnn.model.graph import Place, find_places, layers_within, walk
from tidycnn.model.layers import check_built

_NORMALISATION = "BatchNormalization"


@checked
def freeze_weights(
    model: KerasModel,
    from_: str | int | None = None,
    to: str | int | None = None,
    which: Sequence[str | int | bool] | None = None,
    *,
    block: Sequence[str] | None = None,
) -> KerasModel:
    """Freeze the weights of layers.

    Frozen layers do not learn, and batch normalisation in them uses its stored statistics, also while the layers around
    it learn. All layers that are not asked for stay as they are. The model itself is changed; compile it again if it is
    compiled.

    Parameters
    ----------
    model
        A Keras model. Bases that stand in it as one layer are reached like its own layers.
    from_
        The first layer to freeze: its name as `list_layers()` has it, the name of an inner model, or its position
        there, a negative one from the end. The first of the model where missing.
    to
        The last layer to freeze, likewise. The last of the model where missing.
    which
        The layers to freeze, instead of a range: their names, their positions, or a truth value for each layer.
    block
        The blocks to freeze, instead, such as `"block5"`; `list_trainable()` shows them.

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
    asked = _asked_places(model, from_, to, which, block)
    return _set_trainable(model, [part for place in asked for part in layers_within(place.layer)], trainable=False)


@checked
def unfreeze_weights(
    model: KerasModel,
    from_: str | int | None = None,
    to: str | int | None = None,
    which: Sequence[str | int | bool] | None = None,
    *,
    block: Sequence[str] | None = None,
    batch_normalization: bool = False,
) -> KerasModel:
    """Unfreeze the weights of layers.

    The counterpart of `freeze_weights()`: these layers learn again, all others stay as they are. Batch normalisation
    that is frozen stays so and goes on with its stored statistics: those of small batches would undo what a pretrained
    network has learned. The model itself is changed; compile it again if it is compiled.

    Parameters
    ----------
    model
        A Keras model. Bases that stand in it as one layer are reached like its own layers.
    from_
        The first layer to unfreeze: its name as `list_layers()` has it, the name of an inner model, or its position
        there, a negative one from the end. The first of the model where missing.
    to
        The last layer to unfreeze, likewise. The last of the model where missing.
    which
        The layers to unfreeze, instead of a range: their names, their positions, or a truth value for each layer.
        Batch normalisation that is named here is unfrozen too.
    block
        The blocks to unfreeze, instead, such as `"block5"`; `list_trainable()` shows them.
    batch_normalization
        Whether batch normalisation is unfrozen too, so that it learns and follows the batches.

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
    asked = _asked_places(model, from_, to, which, block)
    parts = [part for place in asked for part in layers_within(place.layer)]
    left: list[Any] = []
    if not batch_normalization and which is None:
        left = [part for part in parts if type(part).__name__ == _NORMALISATION and not part.trainable]
    is_range = (from_, to, which, block) != (None, None, None, None)
    if is_range and all(_learns(place) for place in asked):
        warn(
            "`unfreeze_weights()` changes nothing: the layers that it names learn already, and all others stay as they "
            "are. For these alone to learn, freeze the others first: `freeze_weights(model)`."
        )
    if left:
        given = in_language("batch_normalization=True", "batch_normalization = TRUE")
        remark(
            f"{counted(len(left), 'layer')} of batch normalisation stay frozen, with the statistics that they have; "
            f"`unfreeze_weights({given})` lets them learn too."
        )
    kept = {id(part) for part in left}
    return _set_trainable(model, [part for part in parts if id(part) not in kept], trainable=True)


@checked
def list_trainable(model: KerasModel) -> pd.DataFrame:
    """List which layers learn.

    Parameters
    ----------
    model
        A Keras model. The layers of a model inside it are listed too, as `inner/layer`.

    Returns
    -------
    One row per layer that has parameters, in the model's order: `layer`, `block` (the stretch of the network that it
    belongs to, by the names of layers or else between poolings; `"head"` behind the base), `type`, `parameters`,
    `learned` (how many of these are learned: of batch normalisation half, none of what is frozen) and `trainable`.

    Examples
    --------
    >>> from tidycnn import blood_cells_small
    >>> model = freeze_weights(blood_cells_small(), block=["block1", "block2"])
    >>> list_trainable(model)[["layer", "block", "learned"]].values.tolist()[:3]
    [['conv_1', 'block1', 0], ['conv_2', 'block2', 0], ['conv_3', 'block3', 18496]]
    """
    check_built(model)
    rows = [
        (place.path, block, type(place.layer).__name__, place.layer.count_params(), _learned(place), _learns(place))
        for block, places in blocks_of(model).items()
        for place in places
        if place.layer.built and place.layer.count_params()
    ]
    kinds = {"parameters": "int64", "learned": "int64", "trainable": "bool"}
    return pd.DataFrame(rows, columns=columns_of("trainable")).astype(kinds)


def _learns(place: Place) -> bool:
    return bool(place.layer.trainable) and all(model.trainable for model in place.models)


def _learned(place: Place) -> int:
    weights = place.layer.trainable_weights if _learns(place) else []
    return sum(math.prod(weight.shape) for weight in weights)


def _asked_places(
    model: Any,
    from_: str | int | None,
    to: str | int | None,
    which: Sequence[str | int | bool] | None,
    block: Sequence[str] | None,
) -> list[Place]:
    """Give the places of the layers that are asked for, in one of three ways."""
    given = {"from": from_ if from_ is not None else to, "which": which, "block": block}
    ways = [name for name, value in given.items() if value is not None]
    if len(ways) > 1:
        raise InputError(f"`{ways[0]}` and `{ways[1]}` cannot be given together: each says which layers are meant.")
    places = list(walk(model))
    if block is not None:
        return [place for each in block for place in block_places(model, each, "block")]
    if which is not None:
        found = _positions(places, which)
        if not found:
            raise InputError("`which` must name at least one layer.", hint="`list_layers()` shows all.")
        return [places[position] for position in found]
    first = 0 if from_ is None else find_places(places, from_, "from")[0]
    last = len(places) - 1 if to is None else find_places(places, to, "to")[-1]
    if first > last:
        raise InputError(f"`to` must not come before `from`, but {described(to)} comes before {described(from_)}.")
    return places[first : last + 1]


def _positions(places: Sequence[Place], which: Sequence[str | int | bool]) -> list[int]:
    """Give the positions of layers by their names or positions, or by a truth value for each of them."""
    are_truths = [isinstance(each, bool) for each in which]
    if any(are_truths):
        if not all(are_truths) or len(which) != len(places):
            raise InputError(
                f"`which` must have names, positions, or {len(places)} truth values, one for each layer, "
                f"not {described(which)}."
            )
        return [position for position, wanted in enumerate(which) if wanted]
    return sorted({position for each in which for position in find_places(places, each, "which")})


def _set_trainable(model: Any, parts: Sequence[Any], *, trainable: bool) -> KerasModel:
    places = list(walk(model))
    asked = {id(part) for part in parts}
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

"""The blocks of a network: stretches of layers that are frozen, unfrozen and computed together.

Names tell which layer belongs to which block: for networks of the table `applications` by its marks, for any other by
what stands in front of a number that goes on, such as `block5` of `block5_conv1`. Where no names tell it, each pooling
ends a block. A layer that nothing tells belongs to the block before it, and those in front of the first block to that
one. What follows the base of a model, or the last convolution as dense layers, is the block `head`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, listed
from tidycnn.model._marks import Mark
from tidycnn.model.applications import application_of
from tidycnn.model.graph import Place, layers_within, walk

HEAD = "head"
# In networks that the table does not know.
_MARKS = (Mark(r"^([A-Za-z]+_?\d+)_\w", r"\1"),)
_POOLINGS = ("MaxPooling2D", "AveragePooling2D")
_FLATTENING = ("Flatten", "GlobalAveragePooling2D", "GlobalMaxPooling2D")


def blocks_of(model: Any) -> dict[str, list[Place]]:
    """Give the blocks of a model in their order, each with the places of its layers, as `walk()` has them.

    Blocks of networks that remember cells before the last one, such as NASNet, take several tensors.
    """
    places = list(walk(model))
    base = base_of(model)
    inside = [i for i, place in enumerate(places) if any(each is base for each in place.models)]
    if not inside:
        return {}
    first, behind = inside[0], inside[-1] + 1
    known = application_of(base)
    names = _named(places[first:behind], _MARKS if known is None else known.marks)
    if known is None and len(set(names)) < 2:
        names = _pooled(places[first:behind])
    names = [names[0]] * first + names + [HEAD] * (len(places) - behind)
    blocks: dict[str, list[Place]] = {}
    for place, name in zip(places, names, strict=True):
        blocks.setdefault(name, []).append(place)
    return blocks


def block_places(model: Any, block: str, argument: str) -> list[Place]:
    """Give the places of the layers of the block that `argument` names."""
    blocks = blocks_of(model)
    if block not in blocks:
        raise InputError(
            f"`{argument}` names the block {block!r}, but the model has {listed(blocks, most=30)}.",
            hint="`list_trainable()` shows which layers each block has.",
        )
    return blocks[block]


def base_of(model: Any) -> Any:
    """Give the network that a model is built upon.

    The one in it that the table knows, else the only model in it that has convolutions, else the model itself.
    """
    models = [layer for layer in layers_within(model) if isinstance(layer, keras.Model)]
    known = [each for each in models if application_of(each) is not None]
    inner = [layer for layer in model.layers if isinstance(layer, keras.Model) and _has_convolutions(layer)]
    return known[0] if known else inner[0] if len(inner) == 1 else model


def _has_convolutions(model: Any) -> bool:
    return any("Conv" in type(layer).__name__ for layer in layers_within(model))


def _named(places: Sequence[Place], marks: Sequence[Mark]) -> list[str]:
    """Name the block of each layer by marks; empty where none is told."""
    names: list[str] = []
    for place in places:
        found = next(((mark, match) for mark in marks if (match := re.search(mark.pattern, place.layer.name))), None)
        names.append("" if found is None else found[1].expand(found[0].block))
        if found is not None and found[0].ends:
            told = max((i for i, name in enumerate(names[:-1]) if name), default=-1)
            names[told + 1 :] = [names[-1]] * (len(names) - told - 1)
    top = _head_start(places)
    names[top:] = [name or HEAD for name in names[top:]]
    return _filled(names)


def _pooled(places: Sequence[Place]) -> list[str]:
    """Number the blocks, each of which ends with a pooling."""
    names, number = [], 1
    top = _head_start(places)
    for i, place in enumerate(places):
        names.append(HEAD if i >= top else f"block{number}")
        number += type(place.layer).__name__ in _POOLINGS
    return names


def _head_start(places: Sequence[Place]) -> int:
    """Tell where dense layers behind the last convolution begin, with what makes a row of its maps; else the end."""
    kinds = [type(place.layer).__name__ for place in places]
    last = max((i for i, kind in enumerate(kinds) if "Conv" in kind), default=-1)
    flat = next((i for i, kind in enumerate(kinds) if i > last and kind in _FLATTENING), len(kinds))
    return flat if "Dense" in kinds[flat:] else len(kinds)


def _filled(names: list[str]) -> list[str]:
    """Give each layer that has no name that of the one before it, those in front the first name of all."""
    known = next((name for name in names if name), "")
    filled = []
    for name in names:
        known = name or known
        filled.append(known)
    return filled

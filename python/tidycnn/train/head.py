"""What the last layer of a model gives: how many units, and how they become probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, counted, in_language, listed, spell_shape
from tidycnn.model.graph import graph_of

Outputs: TypeAlias = Literal["probability", "logit"]

# Layers that only hand on what the layer before them gave.
_PASSING = (
    keras.layers.Flatten,
    keras.layers.Reshape,
    keras.layers.Dropout,
    keras.layers.GlobalAveragePooling2D,
    keras.layers.Identity,
)


@dataclass(frozen=True)
class Head:
    """The last layer: its number of units and its activation (`unknown` where it cannot be told)."""

    units: int
    activation: str

    @property
    def gives_logits(self) -> bool:
        """Whether the units are numbers of any size rather than probabilities."""
        return self.activation in ("linear", "tanh", "relu")


def read_head(model: Any) -> Head:
    """Tell the head of a built model with one output."""
    shape = getattr(model, "output_shape", None)
    if not getattr(model, "built", False) or shape is None:
        raise InputError(
            "`model` is not built yet: its input shape is unknown.",
            hint="Give its first layer an input shape, such as "
            + in_language("keras.layers.Input((150, 150, 3)).", "input_shape = c(150, 150, 3)."),
        )
    if isinstance(shape, list | dict) or (shape and isinstance(shape[0], tuple)):
        raise InputError(f"`model` must have one output, not {len(shape)}.")
    if len(shape) != 2 or shape[1] is None:
        raise InputError(
            f"`model` must give one row of numbers per image, but its output has the shape {spell_shape(shape)}.",
            hint="End it with "
            + in_language("Flatten or GlobalAveragePooling2D", "layer_flatten() or layer_global_average_pooling_2d()")
            + " and a dense layer of one unit per label.",
        )
    return Head(int(shape[1]), _last_activation(model))


def check_levels(levels: Sequence[str], argument: str) -> None:
    """Refuse fewer than two levels, a level given twice, and one whose column would be taken."""
    if len(levels) < 2:
        raise InputError(
            f"`{argument}` must have at least two labels, but has {listed(levels)}.",
            hint="There is nothing to tell apart with one label.",
        )
    twice = [level for i, level in enumerate(levels) if level in levels[:i]]
    if twice:
        raise InputError(f"`{argument}` must have different labels, but {listed(twice)} is given twice.")
    if "class" in levels:
        raise InputError(
            f"`{argument}` has the label 'class', but the column `.pred_class` holds the predicted label.",
            hint="Give that label another name.",
        )


def check_same_levels(levels: Sequence[str], known: Sequence[str], argument: str, *, than: str) -> None:
    """Refuse labels that are others, or stand in another order, than those `known` from `than`."""
    if list(levels) != list(known):
        raise InputError(
            f"`{argument}` has the labels {listed(levels)}, but {than} {listed(known)}.",
            hint="Give both the same `classes`, in the same order: a network knows labels by their positions alone.",
        )


def check_units(head: Head, levels: Sequence[str], argument: str = "model") -> None:
    """Refuse a head that does not fit the number of labels."""
    fits = head.units == len(levels) or (head.units == 1 and len(levels) == 2)
    if not fits:
        wanted = "1 sigmoid unit or 2 softmax units" if len(levels) == 2 else f"{len(levels)} softmax units"
        raise InputError(
            f"`{argument}` ends with {counted(head.units, 'unit')}, but there are "
            f"{counted(len(levels), 'label')} ({listed(levels)}).",
            hint=f"Give its last layer {wanted}.",
        )
    if head.units == 1 and head.activation == "softmax":
        raise InputError(
            f"`{argument}` ends with one softmax unit, which is 1 for every image.",
            hint="Use sigmoid, or two softmax units.",
        )


def as_probabilities(values: NDArray[Any], outputs: Outputs) -> NDArray[np.float64]:
    """Turn what a model gave into one probability per image and level; one unit is that of the second level."""
    values = np.asarray(values, dtype=np.float64)
    if outputs == "probability" and ((values < -1e-6) | (values > 1 + 1e-6)).any():
        raise InputError(
            f"The model gives values from {np.nanmin(values):.3g} to {np.nanmax(values):.3g}, "
            "which are no probabilities.",
            hint="End it with a softmax or sigmoid activation.",
        )
    if values.shape[1] == 1:
        second = 1 / (1 + np.exp(-np.clip(values, -500, 500))) if outputs == "logit" else np.clip(values, 0, 1)
        return np.hstack([1 - second, second])
    if outputs == "logit":
        values = np.exp(values - values.max(axis=1, keepdims=True))
    total = values.sum(axis=1, keepdims=True)
    shares: NDArray[np.float64] = np.divide(
        values, total, out=np.full_like(values, 1 / values.shape[1]), where=total != 0
    )
    return shares


def _last_activation(model: Any) -> str:
    graph = graph_of(model)
    layers = [step.layer for step in graph.ancestors(graph.outputs[0])] if graph else model.layers[-1:]
    told = "unknown"
    for layer in reversed(layers):
        if isinstance(layer, _PASSING):
            continue
        activation = _activation_of(layer)
        if activation != "linear" or not isinstance(layer, keras.layers.Activation):
            return told if activation == "unknown" else activation
        # It ends a network of mixed precision, to give float32: what stands before it counts, where that is known.
        told = activation
    return told


def _activation_of(layer: Any) -> str:
    if isinstance(layer, keras.layers.Softmax):
        return "softmax"
    if isinstance(layer, keras.Model):
        return _last_activation(layer)
    activation = getattr(layer, "activation", None)
    return str(getattr(activation, "__name__", "unknown")) if activation is not None else "unknown"

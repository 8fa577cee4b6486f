"""Where a model can be cut: behind the layers that learn nothing, whose outputs stay as they are while the rest learns.

Concerns kept apart: `graph` reads and makes models; here it is decided which steps are fixed.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from tidycnn.core.engine import keras
from tidycnn.model.graph import Graph, Output, Step, graph_of, layers_within, random_states

# What changes while a model is trained, though it has nothing to learn.
_CHANGING = (keras.layers.BatchNormalization, keras.layers.SpectralNormalization)


@dataclass(frozen=True)
class Cut:
    """A model in two parts, which share its layers.

    Parameters
    ----------
    before
        The part that learns nothing: it takes pictures.
    behind
        The rest: it takes what that part gives, one array or several.
    """

    before: Any
    behind: Any


def cut_model(model: Any) -> Cut | None:
    """Cut a model behind its frozen layers; None where it has none, or where what goes on is no smaller than the model.

    Layers that draw at random, such as Dropout, draw nothing in front of frozen weights. In front of all weights they
    change the pictures: where there are such, the model cannot be cut.
    """
    graph = graph_of(model)
    if graph is None:
        return None
    outputs = _crossing(graph)
    if not outputs or any(isinstance(output.step.layer, keras.layers.InputLayer) for output in outputs):
        return None
    inputs = [Output(step, 0) for step in graph.steps if isinstance(step.layer, keras.layers.InputLayer)]
    if len(inputs) != 1:
        return None
    return Cut(graph.part(inputs, outputs), graph.part(outputs, graph.outputs))


def _crossing(graph: Graph) -> list[Output]:
    """Give the outputs that go from the steps that are fixed to the others, as few numbers as can be."""
    fixed = _fixed(graph)
    frozen = [Output(step, 0) for step in fixed if getattr(step.layer, "weights", None)]
    if not frozen:
        return []
    deep = set(graph.ancestors(*frozen))
    further = set(deep)
    for step in graph.steps:
        if step in fixed and step.sources and {source.step for source in step.sources} <= further and _is_plain(step):
            further.add(step)
    found = [_leaving(graph, inside) for inside in (further, deep)]
    if any(output.step in further for output in graph.outputs):
        return []
    return min(found, key=lambda outputs: sum(map(_size_of, outputs)))


def _leaving(graph: Graph, inside: Collection[Step]) -> list[Output]:
    taken = (source for step in graph.steps if step not in inside for source in step.sources)
    return [output for output in dict.fromkeys([*taken, *graph.outputs]) if output.step in inside]


def _size_of(output: Output) -> int:
    return math.prod(side or 1 for side in output.step.tensors_out[output.position].shape[1:])


def _fixed(graph: Graph) -> list[Step]:
    """Give the steps whose outputs stay as they are for one picture, but for what draws behind the last weights."""
    fixed: dict[Step, bool] = {}
    for step in graph.steps:
        layers = list(layers_within(step.layer)) if isinstance(step.layer, keras.layers.Layer) else []
        is_learning = any(layer.trainable_weights for layer in layers)
        is_changing = any(isinstance(layer, _CHANGING) and layer.trainable for layer in layers)
        if is_learning or is_changing or any(source.step not in fixed for source in step.sources):
            continue
        is_behind = any(layer.weights for layer in layers) or any(fixed[source.step] for source in step.sources)
        if is_behind or not (layers and random_states(step.layer)):
            fixed[step] = is_behind
    return list(fixed)


def _is_plain(step: Step) -> bool:
    """Tell whether a step does the same in training, and has nothing to know."""
    return not (getattr(step.layer, "variables", None) or getattr(step.layer, "_call_has_training_arg", False))

"""The only reader of Keras's graphs: which layers a model has, and how tensors run through them.

Three questions that are easily mixed up:

- `layers_within()`: which layers are there? Models and the parts of layers are among them.
- `walk()`: where does each layer stand? The layers of an inner model come in its place, with its name in their path.
- `graph_of()`: what happens to a tensor? A *step* is one call of a layer, so that a shared layer has several, as have
  the layers of a shared model. Those of an inner model take the tensors of the model around it. Only functional and
  sequential models that know their shapes have a graph; all else in them is one step.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, counted, listed, spoken_language


class Place(NamedTuple):
    """Where a layer stands: its path, such as `base/conv_1`, and the models around it, from the outside in."""

    path: str
    layer: Any
    models: tuple[Any, ...]


class Output(NamedTuple):
    """The output of a step at a position; most steps have one."""

    step: Step
    position: int


@dataclass(frozen=True, eq=False)
class Step:
    """One call of a layer, or of an operation without a layer: what it takes, and Keras's tensors around it.

    `arguments` are those of the call, with `tensors_in` among them.
    """

    path: str
    layer: Any
    models: tuple[Any, ...]
    sources: tuple[Output, ...]
    tensors_in: tuple[Any, ...]
    tensors_out: tuple[Any, ...]
    arguments: Any

    def repeat(self, known: Mapping[Output, Any]) -> list[Any]:
        """Make the call again with other tensors in the place of its sources, and give its outputs."""
        tensors = {id(tensor): known[source] for tensor, source in zip(self.tensors_in, self.sources, strict=True)}
        args, kwargs = self.arguments.fill_in(tensors)
        return list(keras.tree.flatten(self.layer(*args, **kwargs)))


class Graph(NamedTuple):
    """The steps of a model, each after those that it takes from, and its outputs."""

    steps: tuple[Step, ...]
    outputs: tuple[Output, ...]

    def ancestors(self, *outputs: Output, behind: Collection[Output] = ()) -> list[Step]:
        """Give the steps that outputs come from, in order; only those that stand `behind` others, where there are such.

        The step that made the only output is the last.
        """
        found: set[Step] = set()
        waiting = list(outputs)
        while waiting:
            output = waiting.pop()
            if output.step not in found and output not in behind:
                found.add(output.step)
                waiting += output.step.sources
        return [step for step in self.steps if step in found]

    def part(self, given: Sequence[Output], wanted: Sequence[Output]) -> Any:
        """Make a model of the steps between outputs, which shares their layers: it takes what is given.

        Layers of several inner models may have one name, which those of one model must not: they have others meanwhile.
        """
        tensors = [output.step.tensors_out[output.position] for output in given]
        inputs = [keras.Input(tensor.shape[1:], dtype=tensor.dtype) for tensor in tensors]
        known = dict(zip(given, inputs, strict=True))
        steps = self.ancestors(*wanted, behind=known)
        with _names_apart([step.layer for step in steps]):
            for step in steps:
                known |= {Output(step, i): tensor for i, tensor in enumerate(step.repeat(known))}
            outputs = [known[output] for output in wanted]
            # One is given as it is, and not as a list.
            return keras.Model(inputs if len(inputs) > 1 else inputs[0], outputs if len(outputs) > 1 else outputs[0])


@dataclass(frozen=True)
class Ports:
    """The inputs or the outputs of a model: what they are, their names in its order, and whether it takes a dict.

    Names are empty where a model has none yet; it has one input and one output then.
    """

    noun: str
    names: tuple[str, ...]
    is_named: bool = False

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.names) or 1


def inputs_of(model: Any) -> Ports:
    """Name the inputs of a model: as its maker named them in a dict, else as its input layers are called."""
    functional = _functional(model)
    if functional is None:
        return Ports("inputs", ())
    return _ports("inputs", functional._inputs_struct, [_input_name(tensor) for tensor in functional.inputs])


def outputs_of(model: Any) -> Ports:
    """Name the outputs of a model: as its maker named them in a dict, else as its last layers are called."""
    functional = _functional(model)
    if functional is None:
        return Ports("outputs", ())
    names = [layer.name for layer in model.layers[-1:]] if functional is not model else functional.output_names
    return _ports("outputs", functional._outputs_struct, names)


def _ports(noun: str, structure: Any, names: Sequence[str]) -> Ports:
    is_named = isinstance(structure, dict) and not any(isinstance(part, dict | list) for part in structure.values())
    known = [path[0] for path, _ in keras.tree.flatten_with_path(structure)] if is_named else names
    return Ports(noun, tuple(map(str, known)), is_named)


def _input_name(tensor: Any) -> str:
    """Name an input as Keras does, but by its layer where the tensor was only numbered."""
    is_numbered = tensor.name.startswith("keras_tensor")
    return str(tensor._keras_history.operation.name if is_numbered else tensor.name)


def layers_within(layer: Any) -> Iterator[Any]:
    """Give a layer or model and all layers in it, from the outside in; a shared one at each of its places."""
    yield layer
    inside = layer.layers if isinstance(layer, keras.Model) else layer._flatten_layers(False, recursive=False)
    for inner in inside:
        yield from layers_within(inner)


def walk(model: Any, around: tuple[Any, ...] = ()) -> Iterator[Place]:
    """Give every layer of a model in order, those of inner models in place of these, without their inputs."""
    models = (*around, model)
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from walk(layer, models)
        elif not (around and isinstance(layer, keras.layers.InputLayer)):
            yield Place(_path(layer, models), layer, models)


def find_places(places: Sequence[Place], layer: str | int, argument: str) -> range:
    """Find the position of the layer that `argument` names, or the positions of the layers of an inner model."""
    if isinstance(layer, int):
        # Negative ones count from the end; R has no position 0.
        counted_from_1 = spoken_language() == "r" and layer >= 0
        position = layer - 1 if counted_from_1 else layer + len(places) if layer < 0 else layer
        if not 0 <= position < len(places):
            raise InputError(f"`{argument}` is position {layer}, but the model has {counted(len(places), 'layer')}.")
        return range(position, position + 1)
    names = [place.path for place in places]
    exact = [i for i, name in enumerate(names) if name == layer]
    found = exact or [i for i, name in enumerate(names) if name.startswith(f"{layer}/")]
    if not found:
        raise InputError(
            f"`{argument}` names the layer {layer!r}, but the model has {listed(names)}.",
            hint="`list_layers()` shows all.",
        )
    return range(found[0], found[-1] + 1)


def random_states(model: Any) -> list[Any]:
    """Give the variables from which layers such as Dropout draw, in order."""
    return [variable for variable in model.variables if variable.path.endswith("seed_generator_state")]


def is_empty(model: Any) -> bool:
    """Tell whether a sequential model has nothing at all: its `layers` leave out an input that stands alone."""
    return not model._layers


def graph_of(model: Any) -> Graph | None:
    """Read the graph of a model; None where it has none."""
    functional = _functional(model)
    if functional is None:
        return None
    steps: list[Step] = []
    outputs = _follow(functional, (model,), None, steps)
    return Graph(tuple(steps), tuple(outputs))


def _follow(
    functional: Any, models: tuple[Any, ...], given: Sequence[Output] | None, steps: list[Step]
) -> list[Output]:
    """Add the steps of the innermost model, which takes what is given or has inputs of its own; tell its outputs."""
    known: dict[int, Output] = {}
    if given is not None:
        known.update(zip(map(id, functional.inputs), given, strict=True))
    for depth in sorted(functional._nodes_by_depth, reverse=True):
        for node in functional._nodes_by_depth[depth]:
            if node.is_input and given is not None:
                continue
            inner = _functional(node.operation)
            handed = None if inner is None else _handed_to(inner, node)
            if handed is None:
                step = _step(node, models, known)
                steps.append(step)
                outputs = [Output(step, i) for i in range(len(step.tensors_out))]
            else:
                outputs = _follow(inner, (*models, node.operation), [known[id(tensor)] for tensor in handed], steps)
            known.update(zip(map(id, node.output_tensors), outputs, strict=True))
    return [known[id(tensor)] for tensor in functional.outputs]


def _step(node: Any, models: tuple[Any, ...], known: dict[int, Output]) -> Step:
    sources = tuple(known[id(tensor)] for tensor in node.input_tensors)
    tensors = tuple(node.input_tensors), tuple(node.output_tensors)
    return Step(_path(node.operation, models), node.operation, models, sources, *tensors, node.arguments)


@contextlib.contextmanager
def _names_apart(layers: Sequence[Any]) -> Iterator[None]:
    """Give each of several layers a name of its own inside the block."""
    different = list(dict.fromkeys(layers))
    before = [layer.name for layer in different]
    try:
        for i, layer in enumerate(different):
            if before.count(before[i]) > 1:
                layer.name = f"{before[i]}_of_{i}"
        yield
    finally:
        for layer, name in zip(different, before, strict=True):
            layer.name = name


def _path(layer: Any, models: tuple[Any, ...]) -> str:
    return "/".join([*(model.name for model in models[1:]), layer.name])


def _functional(model: Any) -> Any:
    """Give the functional model that a model is or has; None where there is none."""
    functional = getattr(model, "_functional", None) if isinstance(model, keras.Sequential) else model
    return functional if hasattr(functional, "_nodes_by_depth") else None


def _handed_to(functional: Any, node: Any) -> list[Any] | None:
    """Give the tensors that a call hands to an inner model, in the order of its inputs; None where that is not told.

    Further arguments, such as a mask, are no inputs.
    """
    arguments = node.arguments
    handed = arguments.args[0] if arguments.args else arguments.kwargs.get("inputs")
    if isinstance(handed, dict) and not isinstance(functional.input, dict):
        handed = [handed.get(tensor.name) for tensor in functional.inputs]
    tensors = keras.tree.flatten(handed)
    is_told = len(tensors) == len(functional.inputs) and all(isinstance(t, keras.KerasTensor) for t in tensors)
    return tensors if is_told else None

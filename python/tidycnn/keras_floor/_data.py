"""What scripts give to a model: flows, R functions that give batches, arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, described, listed
from tidycnn.core.types import is_flow
from tidycnn.flow.options import LABELLED
from tidycnn.keras_floor._arrays import ArraysView, count_rows
from tidycnn.keras_floor._generators import FunctionView
from tidycnn.keras_floor._names import apart, arranged, batch_parts, check_given_once, packed
from tidycnn.keras_floor._targets import check_flow_targets, check_targets
from tidycnn.keras_floor._values import as_arrays, as_weights
from tidycnn.keras_floor.calls import SHAPE_HINT
from tidycnn.model.graph import inputs_of, outputs_of
from tidycnn.train.head import check_same_levels, check_units, read_head
from tidycnn.train.plan import count_steps
from tidycnn.train.shapes import output_shapes, shaped_targets
from tidycnn.train.views import FitView

# What a step sees of an array where nothing is said, as in Keras.
BATCH = 32


class _FlowView(FitView):
    """Gives what a network with several outputs learns from columns in the order of the outputs of their names."""

    def __init__(self, flow: Any, steps: int, model: Any, name: str) -> None:
        super().__init__(flow, steps, model)
        outputs = outputs_of(model)
        self._outputs, self._columns = outputs, list(range(outputs.count))
        if flow.target_names and len(flow.target_names) != outputs.count:
            raise InputError(
                f"`{name}` learns the columns {listed(flow.target_names)}, but the outputs of the model are "
                f"{listed(outputs.names)}.",
                hint="Name one column for each output in `y_col`.",
            )
        if set(flow.target_names) & set(outputs.names):
            places = {column: place for place, column in enumerate(flow.target_names)}
            self._columns = arranged(places, outputs, name)

    def batch(self, epoch: int, step: int) -> Any:
        """Make the batch of a step."""
        batch = super().batch(epoch, step)
        if self.flow.class_mode != "multi_output":
            return batch
        x, y, *weights = batch
        return x, packed([y[column] for column in self._columns], self._outputs), *weights


def gives_batches(data: Any) -> bool:
    """Whether it is a flow or a function, and no array."""
    return is_flow(data) or callable(data)


def needs_main_thread(*data: Any) -> bool:
    """Whether a function of R has a part in it."""
    return any(getattr(each, "needs_main_thread", False) for each in data)


def check_model(model: Any) -> None:
    """Refuse what is no model."""
    if not isinstance(model, keras.Model):
        raise InputError(f"`object` must be a Keras model, not {described(model)}.")


def check_compiled(model: Any) -> None:
    """Refuse a model that cannot be trained or evaluated yet."""
    check_model(model)
    if not getattr(model, "compiled", False):
        raise InputError(
            "The model is not compiled.",
            hint='Compile it first: model |> compile(loss = "categorical_crossentropy", optimizer = "rmsprop").',
        )


def view_of(model: Any, data: Any, steps: float | None, argument: str, name: str) -> Any:
    """Give so many batches of a flow or a function; `argument` and `name` are what the user calls both."""
    if is_flow(data):
        if data.class_mode == "none":
            raise InputError(
                f"`{name}` gives pictures alone: there is nothing to learn or to compare with.",
                hint='Give the flow a `class_mode`, such as "categorical".',
            )
        if not model.built:
            raise InputError("The model has no input shape.", hint=SHAPE_HINT)
        check_shape(model, data.image_shape, name)
        if data.levels and data.class_mode in LABELLED:
            check_units(read_head(model), data.levels)
        check_flow_targets(model, data, name)
        return _FlowView(data, count_steps(steps, len(data), argument), model, name)
    calls = count_calls(steps, argument, name)
    return FunctionView(data, calls, model)


def check_alike(flow: Any, other: Any, argument: str) -> None:
    """Refuse a flow whose labels are not those of the flow that trains."""
    if all(is_flow(each) and each.class_mode in LABELLED for each in (flow, other)):
        check_known_levels(other, flow.levels, argument, than="the images that train have")


def check_known_levels(flow: Any, known: Sequence[str], argument: str, *, than: str) -> None:
    """Refuse a labelled flow whose labels are not those that a model knows, where these are known."""
    if not known or flow.class_mode not in LABELLED:
        return
    places = {label: place for place, label in enumerate(known)}
    is_moved = any(places.get(label, place) != place for place, label in enumerate(flow.levels))
    # Of an array there may be positions alone, up to the last that occurs.
    if is_moved or not (_are_positions(flow.levels) or _are_positions(known)):
        check_same_levels(flow.levels, known, argument, than=than)


def _are_positions(levels: Sequence[str]) -> bool:
    return list(levels) == [str(position) for position in range(len(levels))]


def count_calls(steps: float | None, argument: str, name: str) -> int:
    """Give how often a function is called: it must be said."""
    if steps is None:
        raise InputError(f"`{argument}` must be given where `{name}` is a function: it has no end.")
    return count_steps(steps, 1, argument)


def held_view(model: Any, data: Any, steps: float | None) -> Any:
    """Give the batches that validate a fit on batches, None where there are none."""
    if data is None:
        return None
    if gives_batches(data):
        return view_of(model, data, steps, "validation_steps", "validation_data")
    return ArraysView(
        held_arrays(model, data), BATCH, None if steps is None else count_steps(steps, 1, "validation_steps")
    )


def held_arrays(model: Any, data: Any) -> tuple[Any, ...]:
    """Give `x` and `y` (and weights) of a list of them, as arrays."""
    parts = batch_parts(data, model, "validation_data")
    if parts is None or len(parts) == 1:
        raise InputError(f"`validation_data` must be a flow, or a list of `x` and `y`, not {described(data)}.")
    x, y, *weights = parts
    arrays = arrays_of(model, x, y, "validation_data")
    return *arrays, *(as_weights(each, outputs_of(model)) for each in weights)


def arrays_of(model: Any, x: Any, y: Any, name: str = "x") -> tuple[Any, Any]:
    """Give pictures and what is learned from them as arrays, one row each."""
    x, learned = apart(x, model, name)
    check_given_once(learned, y, name)
    y = learned if y is None else y
    pictures = pictures_of(model, x, name)
    if y is None:
        raise InputError(f"`y` must be given where `{name}` is an array.")
    targets = as_arrays(y, outputs_of(model), "y")
    rows = count_rows(pictures)
    known = next((len(each) for each in keras.tree.flatten((pictures, targets)) if len(each) != rows), rows)
    if rows != known:
        raise InputError(f"`y` must have one row for each of the {rows:,} of `{name}`, not {known:,}.")
    check_targets(model, targets, "y")
    return pictures, shaped_targets(targets, output_shapes(model))


def pictures_of(model: Any, x: Any, name: str = "x") -> Any:
    """Give pictures as an array, or as those that a model with several inputs takes."""
    if not isinstance(x, np.ndarray | list | tuple | Mapping):
        raise InputError(
            f"`{name}` must be a flow, an R function that gives batches, or an array, not {described(x)}.",
            hint="A folder becomes a flow by `flow_images_from_directory()`, a file an array by `image_load()`.",
        )
    pictures = as_arrays(apart(x, model, name)[0], inputs_of(model), name)
    if isinstance(pictures, np.ndarray):
        check_shape(model, pictures.shape[1:], name)
    return pictures


def check_shape(model: Any, shape: Sequence[int], name: str) -> None:
    """Refuse pictures of another shape than that the model was made for."""
    inputs = getattr(model, "inputs", None) or []
    known = tuple(inputs[0].shape[1:]) if len(inputs) == 1 else ()
    if len(known) == len(shape) and any(size not in (None, given) for size, given in zip(known, shape, strict=True)):
        sizes = [" x ".join("?" if size is None else str(size) for size in each) for each in (shape, known)]
        raise InputError(
            f"`{name}` gives pictures of {sizes[0]}, but the model takes {sizes[1]}.",
            hint="`target_size` and `color_mode` of a flow, and `input_shape` of the first layer must go together.",
        )

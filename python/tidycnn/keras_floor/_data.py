"""What scripts give to a model: flows, R functions that give batches, arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from tidycnn.core.errors import InputError, described
from tidycnn.fit._head import check_units, read_head
from tidycnn.fit._rows import is_flow
from tidycnn.fit._specification import count_steps
from tidycnn.fit._view import FitView
from tidycnn.flow.doors import flow_images_from_data
from tidycnn.keras_floor._generators import FunctionView
from tidycnn.keras_floor._values import as_numbers

_LABELLED = ("categorical", "binary", "sparse")


def gives_batches(data: Any) -> bool:
    """Whether it is a flow or a function, and no array."""
    return is_flow(data) or callable(data)


def needs_main_thread(*data: Any) -> bool:
    """Whether a function of R has a part in it."""
    return any(getattr(each, "needs_main_thread", False) for each in data)


def check_compiled(model: Any) -> None:
    """Refuse a model that cannot be trained or evaluated yet."""
    if not getattr(model, "compiled", False):
        raise InputError(
            "The model is not compiled.",
            hint='Compile it first: model |> compile(loss = "categorical_crossentropy", optimizer = "rmsprop").',
        )


def view_of(model: Any, data: Any, steps: float | None, argument: str = "steps", name: str = "generator") -> Any:
    """Give so many batches of a flow or a function; `argument` and `name` are what the user calls both."""
    if is_flow(data):
        if data.levels and data.class_mode in _LABELLED:
            check_units(read_head(model), data.levels)
        return FitView(data, count_steps(steps, len(data), argument))
    return FunctionView(data, count_calls(steps, argument, name))


def count_calls(steps: float | None, argument: str = "steps", name: str = "generator") -> int:
    """Give how often a function is called: it must be said."""
    if steps is None:
        raise InputError(f"`{argument}` must be given where `{name}` is a function: it has no end.")
    return count_steps(steps, 1, argument)


def held_view(model: Any, data: Any, steps: float | None) -> Any:
    """Give the batches that validate a fit on batches, None where there are none."""
    if data is None:
        return None
    held = data if gives_batches(data) else flow_images_from_data(*pair_of(data), shuffle=False)
    return view_of(model, held, steps, "validation_steps", "validation_data")


def pair_of(data: Any) -> tuple[Any, Any]:
    """Give `x` and `y` of a list of both."""
    if not isinstance(data, list | tuple) or len(data) != 2:
        raise InputError(f"`validation_data` must be a flow, or a list of `x` and `y`, not {described(data)}.")
    return arrays_of(*data)


def arrays_of(x: Any, y: Any) -> tuple[Any, Any]:
    """Give pictures and what is learned from them as arrays, one row each."""
    pictures = pictures_of(x)
    if y is None:
        raise InputError("`y` must be given where `x` is an array.")
    targets = as_numbers(y)
    if len(pictures) != len(targets):
        raise InputError(f"`y` must have one row for each of the {len(pictures):,} of `x`, not {len(targets):,}.")
    return pictures, targets


def pictures_of(x: Any) -> Any:
    """Give pictures as an array."""
    if not isinstance(x, np.ndarray):
        raise InputError(f"Pictures must be a flow, an R function that gives batches, or an array, not {described(x)}.")
    return as_numbers(x)

"""What R gives as Keras takes it: lists without names, one value for several, arrays of single precision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tidycnn.core.errors import InputError, described


def unnamed(values: Any) -> Any:
    """Give the values of a list that R has named."""
    return list(values.values()) if isinstance(values, Mapping) else values


def several(values: Any) -> list[Any]:
    """R writes one value as it writes several; none are NULL."""
    known = unnamed(values)
    return [] if known is None else list(known) if isinstance(known, list | tuple) else [known]


def as_numbers(values: Any, name: str) -> Any:
    """Give an array; doubles become the floats that networks have. `name` is what the user calls the values."""
    try:
        array = np.atleast_1d(np.asarray(unnamed(values)))
    except ValueError:  # parts of different sizes
        array = np.array(None)
    if array.dtype.kind not in "biuf":
        raise InputError(f"`{name}` must be an array of numbers, not {described(values)}.")
    return array.astype(np.float32) if array.dtype.kind == "f" else array


def as_arrays(values: Any, count: int, name: str) -> Any:
    """Give the array for a model with one input (or output), a tuple of arrays for one with `count` of them."""
    parts = unnamed(values)
    is_list = isinstance(parts, list | tuple)
    if count == 1:
        return as_numbers(parts[0] if is_list and len(parts) == 1 else parts, name)
    if not is_list or len(parts) != count:
        raise InputError(f"`{name}` must be a list of {count} arrays, as the model has, not {described(parts)}.")
    return tuple(as_numbers(part, name) for part in parts)

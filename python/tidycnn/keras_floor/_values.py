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


def as_numbers(values: Any) -> Any:
    """Give an array; doubles become the floats that networks have."""
    array = np.atleast_1d(np.asarray(unnamed(values)))
    if array.dtype.kind not in "biuf":
        raise InputError(f"A model takes numbers, not {described(values)}.")
    return array.astype(np.float32) if array.dtype.kind == "f" else array


def as_arrays(values: Any, count: int, ends: str) -> Any:
    """Give the array for a model with one input or output, a tuple of arrays for one with several."""
    if count == 1:
        return as_numbers(values)
    parts = unnamed(values)
    if not isinstance(parts, list | tuple) or len(parts) != count:
        raise InputError(f"The model has {count} {ends} and takes a list of {count} arrays, not {described(parts)}.")
    return tuple(as_numbers(part) for part in parts)

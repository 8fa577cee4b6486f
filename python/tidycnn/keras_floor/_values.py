"""What R gives as Keras takes it: lists without names, one value for several, arrays of single precision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tidycnn.core.errors import InputError, described, listed, spell_column
from tidycnn.keras_floor._names import are_scalars, arranged, packed
from tidycnn.model.graph import Ports


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


def as_arrays(values: Any, ports: Ports, name: str) -> Any:
    """Give the array for a model with one input (or output), all of them together for one with several."""
    is_vector = ports.count == 1 and isinstance(values, Mapping) and are_scalars(values)
    parts = values
    if isinstance(values, Mapping):
        parts = list(values.values()) if is_vector else arranged(values, ports, name)
    is_list = isinstance(parts, list | tuple)
    if ports.count == 1 and not ports.is_named:
        return as_numbers(parts[0] if is_list and len(parts) == 1 else parts, name)
    if not is_list or len(parts) != ports.count:
        raise InputError(
            f"`{name}` must be a list of {ports.count} arrays, for the {ports.noun} {listed(ports.names)} of the "
            f"model, not {described(parts)}."
        )
    return packed(
        [as_numbers(part, spell_column(name, port)) for part, port in zip(parts, ports.names, strict=True)], ports
    )


def as_weights(values: Any, ports: Ports, name: str = "sample_weight") -> Any:
    """Give how much each picture counts: one array for all outputs, or one for each of several."""
    if values is None or (isinstance(values, Mapping) and are_scalars(values) and ports.count == 1):
        return None if values is None else as_numbers(values, name)
    is_list = isinstance(values, list | tuple) and all(np.ndim(value) for value in values)
    return as_arrays(values, ports, name) if isinstance(values, Mapping) or is_list else as_numbers(values, name)

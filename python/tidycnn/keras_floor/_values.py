"""What R writes without need: names of a list's parts, and a list of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


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
    return array.astype(np.float32) if array.dtype.kind == "f" else array

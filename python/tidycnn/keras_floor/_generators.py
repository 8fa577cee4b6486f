"""Batches that an R function makes, one call each, on the main thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tidycnn.core.errors import InputError, described


class FunctionView:
    """Gives so many batches an epoch, in the way of a view of a flow."""

    def __init__(self, make: Callable[[], Any], steps: int) -> None:
        self._make, self._steps = make, steps

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        batch = unnamed(self._make())
        if not isinstance(batch, list | tuple) or not 1 <= len(batch) <= 3:
            raise InputError(
                "A generator that is a function must give a list of pictures and targets (and weights), "
                f"not {described(batch)}."
            )
        return tuple(as_numbers(part) for part in batch)

    def set_epoch(self, epoch: int) -> None:
        """Nothing depends on the epoch: the function decides."""

    def release(self) -> None:
        """Let go of the function."""
        self._make = lambda: None


def unnamed(values: Any) -> Any:
    """Give the values of a list that R has named."""
    return list(values.values()) if isinstance(values, Mapping) else values


def as_numbers(part: Any) -> Any:
    """Give an array; doubles become the floats that networks have."""
    array = np.atleast_1d(np.asarray(unnamed(part)))
    return array.astype(np.float32) if array.dtype.kind == "f" else array

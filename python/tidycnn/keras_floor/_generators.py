"""Batches that an R function makes, one call each, on the main thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tidycnn.core.errors import InputError, described
from tidycnn.keras_floor._values import as_arrays, as_numbers, unnamed


class FunctionView:
    """Gives so many batches an epoch, in the way of a view of a flow.

    A model with several inputs or outputs takes a list of arrays for each.
    """

    def __init__(
        self, make: Callable[[], Any], steps: int, *, inputs: int, outputs: int, has_targets: bool = True
    ) -> None:
        self._make, self._steps, self._has_targets = make, steps, has_targets
        self._inputs, self._outputs = inputs, outputs

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, index: int) -> Any:
        batch = unnamed(self._make())
        if not isinstance(batch, list | tuple) or not 1 <= len(batch) <= 3:
            raise InputError(
                "A generator that is a function must give a list of pictures and targets (and weights), "
                f"not {described(batch)}."
            )
        x = as_arrays(batch[0], self._inputs, "x")
        if not self._has_targets:
            return x
        if len(batch) == 1:
            raise InputError("A generator that is a function must give targets beside the pictures.")
        return x, as_arrays(batch[1], self._outputs, "y"), *(as_numbers(weights, "weights") for weights in batch[2:])

    def set_epoch(self, epoch: int) -> None:
        """Nothing depends on the epoch: the function decides."""

    def release(self) -> None:
        """Let go of the function."""
        self._make = lambda: None

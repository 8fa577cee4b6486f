"""Batches that an R function makes, one call each, on the main thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tidycnn.core.errors import InputError, described
from tidycnn.keras_floor._names import batch_parts
from tidycnn.keras_floor._targets import check_targets
from tidycnn.keras_floor._values import as_arrays, as_weights
from tidycnn.model.graph import inputs_of, outputs_of
from tidycnn.train.shapes import output_shapes, shaped_targets


class FunctionView:
    """Gives so many batches an epoch, in the way of a view of a flow.

    A model with several inputs or outputs takes a list of arrays for each, or all of them by their names.
    """

    def __init__(self, make: Callable[[], Any], steps: int, model: Any, *, has_targets: bool = True) -> None:
        self._make, self._steps, self._has_targets = make, steps, has_targets
        self._model = model
        self._ahead: Any = None

    def __len__(self) -> int:
        return self._steps

    def look_at(self, index: int) -> Any:
        """Give the next batch ahead of its turn: the function makes it once."""
        self._ahead = self[index]
        return self._ahead

    def __getitem__(self, index: int) -> Any:
        if self._ahead is not None:
            ahead, self._ahead = self._ahead, None
            return ahead
        batch = self._make()
        parts = batch_parts(batch, self._model, "generator")
        if parts is None:
            raise InputError(
                "A generator that is a function must give a list of pictures and targets (and weights), "
                f"not {described(batch)}."
            )
        x = as_arrays(parts[0], inputs_of(self._model), "x")
        if not self._has_targets:
            return x
        if len(parts) == 1:
            raise InputError("A generator that is a function must give targets beside the pictures.")
        outputs = outputs_of(self._model)
        y = as_arrays(parts[1], outputs, "y")
        check_targets(self._model, y, "y")
        return (
            x,
            shaped_targets(y, output_shapes(self._model)),
            *(as_weights(each, outputs, "weights") for each in parts[2:]),
        )

    def set_epoch(self, epoch: int) -> None:
        """Nothing depends on the epoch: the function decides."""

    def release(self) -> None:
        """Let go of the function."""
        self._make = lambda: None

"""Arrays in batches, in the way of a view of a flow."""

from __future__ import annotations

import contextlib
import math
from typing import Any

from tidycnn.core.engine import keras


def count_rows(arrays: Any) -> int:
    """Count the pictures of an array, or of several that go together."""
    return len(keras.tree.flatten(arrays)[0])


class ArraysView(keras.utils.PyDataset):  # type: ignore[misc]
    """Gives arrays, what is learned from them and maybe weights, row after row, `steps` batches at most."""

    def __init__(self, arrays: tuple[Any, ...], size: int, steps: int | None = None) -> None:
        super().__init__()
        self._arrays, self._size = arrays, size
        batches = math.ceil(count_rows(arrays) / size)
        self._steps = batches if steps is None else min(steps, batches)

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, index: int) -> Any:
        rows = slice(index * self._size, (index + 1) * self._size)
        return keras.tree.map_structure(lambda array: array[rows], self._arrays)

    def raising(self) -> contextlib.AbstractContextManager[None]:
        """Nothing can go wrong on the way: there is nothing to raise."""
        return contextlib.nullcontext()

    def release(self) -> None:
        """Let go of the arrays."""
        self._arrays = ()

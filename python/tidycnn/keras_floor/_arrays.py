"""Arrays in passes of batches, in the way of a flow."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError
from tidycnn.flow.batches import order_of_pass


def count_rows(arrays: Any) -> int:
    """Count the pictures of an array, or of several that go together."""
    return len(keras.tree.flatten(arrays)[0])


class ArraysFlow:
    """Gives arrays, what is learned from them and maybe weights, each row once a pass.

    With a `seed` each pass has an order of its own. (Keras's has the same order in every epoch where a seed is set.)
    """

    def __init__(self, arrays: tuple[Any, ...], size: int, seed: int | None = None) -> None:
        self.arrays, self._size, self._seed = arrays, size, seed
        self._n = count_rows(arrays)

    def shuffled(self, seed: int) -> ArraysFlow:
        """Give the same in an order that follows from the seed and the pass."""
        return ArraysFlow(self.arrays, self._size, seed)

    def __len__(self) -> int:
        return math.ceil(self._n / self._size)

    def batch(self, epoch: int, index: int) -> Any:
        """Make a batch of a pass."""
        order = np.arange(self._n) if self._seed is None else order_of_pass(self._seed, epoch, self._n)
        rows = order[index * self._size : (index + 1) * self._size]
        return keras.tree.map_structure(lambda array: array[rows], self.arrays)


def divided(arrays: tuple[Any, ...], share: float) -> tuple[Any, Any]:
    """Give the first rows of arrays, and the last share of them, as Keras divides them."""
    rows = count_rows(arrays)
    first = math.floor(rows * (1.0 - share))
    if not 0 < first < rows:
        raise InputError(
            f"`validation_split` {share:g} leaves nothing to train on or to validate on, of {rows:,} rows."
        )
    return tuple(
        keras.tree.map_structure(lambda array, part=part: array[part], arrays)
        for part in (slice(first), slice(first, rows))
    )

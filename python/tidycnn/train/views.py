"""The views of a flow that a fit or a prediction reads, which remember what went wrong."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidycnn.core.engine import keras
from tidycnn.core.errors import ImageFileError
from tidycnn.core.types import OnError
from tidycnn.flow.batches import EpochView
from tidycnn.train.shapes import output_shapes, shaped_targets


class FitView(EpochView):
    """Epochs of exactly `steps` batches; an error in one of them comes out as itself.

    TensorFlow fetches batches on threads of its own and gives their errors as text. Targets have the shape of what the
    model gives.
    """

    def __init__(self, flow: Any, steps: int, model: Any = None) -> None:
        super().__init__(flow, steps)
        self._shapes = output_shapes(model)
        self._error: Exception | None = None
        self._first = 0
        self._empty: Any = None
        self._ahead: tuple[int, int, Any] | None = None

    def begin_at(self, step: int) -> None:
        """Leave out the first steps of the epochs that follow."""
        self._first = step

    def look_at(self, step: int) -> Any:
        """Give a batch ahead of its turn, in which it is not made again."""
        batch = self[step]
        self._ahead = (self.epoch, self._first + step, batch)
        return batch

    def __len__(self) -> int:
        return self.steps - self._first

    def __getitem__(self, index: int) -> Any:
        if self._empty is not None and self.flow is None:
            return self._empty
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead[:2] == (self.epoch, self._first + index):
            return ahead[2]
        try:
            batch = super().__getitem__(self._first + index)
        except Exception as error:
            self._error = self._error or error
            raise
        if self._shapes:
            x, targets, *weights = batch
            batch = (x, shaped_targets(targets, self._shapes), *weights)
        if self._empty is None:
            self._empty = keras.tree.map_structure(lambda part: part[:0].copy(), batch)
        return batch

    @contextlib.contextmanager
    def raising(self) -> Iterator[None]:
        """Raise the error of a batch in place of what TensorFlow made of it.

        Batches are made ahead: another error may come up while one of them has failed already.
        """
        try:
            yield
        except Exception as error:
            if self._error is not None and type(error).__module__.startswith("tensorflow."):
                raise self._error from None
            raise

    def release(self) -> None:
        """Let go of the flow: TensorFlow keeps a data set that it has read for as long as the process lives.

        What it reads ahead of a training that has ended already is empty.
        """
        self.flow = None  # type: ignore[assignment]


class PredictionView(FitView):
    """The pictures of a flow that gives nothing else, in its order.

    With `"skip"`, those that cannot be read are blank, so that every image keeps its place, and are found in `failed`.
    """

    def __init__(self, flow: Any, steps: int | None = None, *, on_error: OnError) -> None:
        super().__init__(flow, len(flow) if steps is None else steps)
        self.failed: dict[int, ImageFileError] = {}
        self._on_error = on_error

    def __getitem__(self, index: int) -> Any:
        inputs = super().__getitem__(index)
        return (inputs,) if isinstance(inputs, tuple) else inputs  # Keras takes two for inputs and targets.

    def batch(self, epoch: int, step: int) -> Any:
        """Give the inputs of a step."""
        rows, x, failed = self.flow.read_pictures(epoch, step, on_error=self._on_error)
        if not failed:
            return self.flow.inputs_of(rows, x)
        rows = self.flow.batch_rows(epoch, step)
        self.failed |= {int(rows[place]): error for place, error in failed}
        places = np.delete(np.arange(len(rows)), [place for place, _ in failed])
        parts = [_spread(part, places, len(rows)) for part in (x if isinstance(x, tuple) else (x,))]
        return self.flow.inputs_of(rows, tuple(parts) if isinstance(x, tuple) else parts[0])


def _spread(pictures: NDArray[Any], places: NDArray[Any], n: int) -> NDArray[Any]:
    """Put pictures to their places among blank ones."""
    whole = np.zeros((n, *pictures.shape[1:]), dtype=pictures.dtype)
    whole[places] = pictures
    return whole

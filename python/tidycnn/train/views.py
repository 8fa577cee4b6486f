"""The view of a flow that a fit or a prediction reads, which remembers what went wrong."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from tidycnn.flow.batches import EpochView


class FitView(EpochView):
    """Epochs of exactly `steps` batches; an error in one of them comes out as itself.

    TensorFlow fetches batches on threads of its own and gives their errors as text.
    """

    def __init__(self, flow: Any, steps: int) -> None:
        super().__init__(flow, steps)
        self._error: Exception | None = None

    def __getitem__(self, index: int) -> Any:
        try:
            return super().__getitem__(index)
        except Exception as error:
            self._error = self._error or error
            raise

    @contextlib.contextmanager
    def raising(self) -> Iterator[None]:
        """Raise the error of a batch in place of what TensorFlow made of it."""
        try:
            yield
        except Exception:
            if self._error is not None:
                raise self._error from None
            raise

    def release(self) -> None:
        """Let go of the flow: TensorFlow keeps a data set that it has read for as long as the process lives."""
        self.flow = None  # type: ignore[assignment]

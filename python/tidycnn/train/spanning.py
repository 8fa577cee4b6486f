"""One training in two fits of Keras, of which callbacks see one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tidycnn.core.engine import keras
from tidycnn.train.decay import unscaled_optimizer


class SpanningCallbacks(keras.callbacks.CallbackList):  # type: ignore[misc]
    """The callbacks of a training whose first epoch goes on where it was broken off.

    Keras's epochs are all of one length, so the rest of that epoch is a fit of its own, inside `resting()`.
    """

    def __init__(self, callbacks: Sequence[Any], model: Any, *, epochs: int, steps: int) -> None:
        super().__init__(list(callbacks), add_history=True, model=model, verbose=0, epochs=epochs, steps=steps)
        self._first = 0
        self._has_begun = self._is_resting = False
        self._averaged: list[Any] = []

    @contextlib.contextmanager
    def resting(self, step: int) -> Iterator[None]:
        """Let the fit inside the block be the rest of an epoch from a step on, behind which the training goes on."""
        self._first, self._is_resting = step, True
        try:
            yield
        finally:
            self._first, self._is_resting = 0, False
        # Keras has put averaged weights in the place of the last ones, as at the end of a training.
        for variable, value in zip(self._model.trainable_weights, self._averaged, strict=bool(self._averaged)):
            variable.assign(value)

    def on_train_begin(self, logs: Any = None) -> None:
        """Tell it once."""
        if not self._has_begun:
            self._has_begun = True
            super().on_train_begin(logs)

    def on_train_end(self, logs: Any = None) -> None:
        """Tell it at the end of the last fit."""
        if not self._is_resting:
            super().on_train_end(logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Remember the weights that the training goes on with, where others are to take their place."""
        super().on_epoch_end(epoch, logs)
        if self._is_resting and getattr(unscaled_optimizer(self._model.optimizer), "use_ema", False):
            self._averaged = [np.asarray(variable) for variable in self._model.trainable_weights]

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Count steps from the begin of the epoch."""
        super().on_train_batch_begin(self._first + batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Count steps from the begin of the epoch."""
        super().on_train_batch_end(self._first + batch, logs)

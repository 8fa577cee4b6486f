"""The learning rate's decay of 2018, which Keras 3 takes and ignores: rate / (1 + decay x iterations)."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from typing import Any

from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, described

_ATTRIBUTE = "decay_of_2018"


def remember_decay(optimizer: Any, decay: float) -> Any:
    """Give the optimizer its decay, which a fit follows."""
    if not 0 <= decay < math.inf:
        raise InputError(f"`decay` must be a number of at least 0, not {described(decay)}.")
    if decay:
        setattr(optimizer, _ATTRIBUTE, float(decay))
    return optimizer


def decay_of(optimizer: Any) -> float:
    """Give the decay of an optimizer, 0 where it has none."""
    return float(getattr(unscaled_optimizer(optimizer), _ATTRIBUTE, 0.0))


def unscaled_optimizer(optimizer: Any) -> Any:
    """Give the optimizer in one that scales the loss, as those of 16 bits do; any other is itself."""
    return getattr(optimizer, "inner_optimizer", optimizer)


class _FollowDecay(keras.callbacks.Callback):  # type: ignore[misc]
    """Lets each step learn at the decayed rate.

    Between steps the optimizer has the rate itself, so that callbacks which reduce it see and change that one; a
    schedule in its place would forbid them to.
    """

    def __init__(self, decay: float) -> None:
        super().__init__()
        self._decay = decay
        self._rate: float | None = None

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        optimizer = self.model.optimizer
        self._rate = rate = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
        steps = int(keras.ops.convert_to_numpy(optimizer.iterations))
        optimizer.learning_rate.assign(rate / (1 + self._decay * steps))

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.restore()

    def restore(self) -> None:
        """Give the optimizer its rate back, also where a step was broken off."""
        if self._rate is not None:
            self.model.optimizer.learning_rate.assign(self._rate)
            self._rate = None


@contextlib.contextmanager
def following_decay(model: Any) -> Iterator[list[Any]]:
    """Give the callbacks of a fit that follow the decay of its optimizer; behind the block it has its rate again."""
    decay = decay_of(model.optimizer)
    callback = _FollowDecay(decay)
    try:
        yield [callback] if decay else []
    finally:
        callback.restore()

"""The learning-rate range test: one training in which the rate rises from step to step, until it learns no more.

Smith (2017), https://doi.org/10.1109/WACV.2017.58. The test ends as in fastai.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from tidycnn.core.engine import keras
from tidycnn.core.progress import Task
from tidycnn.train.callbacks import as_number

# How much of the running mean each step keeps, and how far above its lowest the loss has diverged.
_KEPT, _DIVERGED = 0.9, 4.0
# Over how many steps losses are smoothed, and what times their scatter a fall must be to be none by chance: of losses
# that do not fall nine in ten fall by less.
_AROUND, _SCATTER = 3.0, 2.0


class RangeTest(keras.callbacks.Callback):  # type: ignore[misc]
    """Lets each step learn at a higher rate, writes its loss down, and ends the training where the loss diverges."""

    def __init__(self, rates: NDArray[np.float64], task: Task) -> None:
        super().__init__()
        self._rates, self._task = rates, task
        self._losses: list[float] = []
        self._mean, self._lowest = 0.0, math.inf

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.model.optimizer.learning_rate.assign(self._rates[batch])

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        loss = as_number((logs or {})["loss"])
        # The loss that Keras tells is the mean since this was called.
        self.model.reset_metrics()
        self._losses.append(loss)
        self._mean = _KEPT * self._mean + (1 - _KEPT) * loss
        running = self._mean / (1 - _KEPT ** len(self._losses))
        self._lowest = min(self._lowest, running)
        if not running < _DIVERGED * self._lowest:
            self.model.stop_training = True
        self._task.advance(note=f"learning rate {self._rates[batch]:.2g} loss {loss:.4g}")

    def rates(self) -> pd.DataFrame:
        """Give the frame of learning rates: steps whose loss is a number."""
        losses = np.array(self._losses)
        losses = losses[np.isfinite(losses)]
        rates, smoothed = self._rates[: len(losses)], smoothed_losses(losses)
        return pd.DataFrame(
            {
                "step": np.arange(1, len(losses) + 1),
                "learning_rate": rates,
                "loss": losses,
                "smoothed": smoothed,
                "suggested": np.arange(len(losses)) == suggested_step(rates, losses, smoothed),
            }
        )


def smoothed_losses(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the weighted mean of the losses around each step, with weights of a normal curve.

    Those that have diverged count as twice the first, so that they reach no far steps.
    """
    if not len(losses):
        return losses
    bounded = np.minimum(losses, losses[0] + abs(losses[0]))
    smoothed: NDArray[np.float64] = gaussian_filter1d(bounded, _AROUND, mode="nearest")
    return smoothed


def suggested_step(
    rates: NDArray[np.float64], losses: NDArray[np.float64], smoothed: NDArray[np.float64]
) -> int | None:
    """Give the step at which the smoothed loss falls fastest over the logarithm of the rate, before its lowest.

    None where it falls no further than by chance.
    """
    behind = int(smoothed.argmin()) + 1 if len(smoothed) else 0
    if behind < 2:
        return None
    falling = smoothed[:behind]
    if falling.max() - falling[-1] <= _SCATTER * np.std(losses[:behind] - falling):
        return None
    return int(np.gradient(falling, np.log(rates[:behind])).argmin())

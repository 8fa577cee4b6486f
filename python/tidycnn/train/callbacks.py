"""What happens around the epochs of a fit: each concern is one Keras callback.

Concerns kept apart: callbacks watch and decide; `loops` runs the batches; `run` puts both together.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, LossError, listed
from tidycnn.core.histories import empty_history
from tidycnn.core.progress import Task, spell_seconds
from tidycnn.core.signals import Signals
from tidycnn.train.state import State

Logs: TypeAlias = Mapping[str, Any] | None

# Of metrics that do not say it themselves: of those whose names hold such a word, less is better.
_FALLING = ("loss", "error", "false")


class FollowEpochs(keras.callbacks.Callback):  # type: ignore[misc]
    """Tells the view of the training images which epoch it is in."""

    def __init__(self, view: Any) -> None:
        super().__init__()
        self._view = view

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._view.set_epoch(epoch)


class RecordHistory(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes down every metric of every epoch."""

    def __init__(self, stage: int = 1) -> None:
        super().__init__()
        self.epochs = 0
        self._stage = stage
        self._rows: list[dict[str, Any]] = []

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self.epochs = epoch + 1
        for name, value in sorted((logs or {}).items(), key=_history_order):
            data, metric = ("validation", name[4:]) if name.startswith("val_") else ("train", name)
            self._rows.append(
                {"stage": self._stage, "epoch": epoch + 1, "data": data, "metric": metric, "value": as_number(value)}
            )

    def get_state(self) -> State:
        """Give the epochs so far."""
        return {"epochs": self.epochs, "rows": list(self._rows)}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on after the epochs that `get_state()` gave."""
        self.epochs, self._rows = state["epochs"], list(state["rows"])

    def history(self) -> pd.DataFrame:
        """Give the history frame."""
        return pd.DataFrame(self._rows) if self._rows else empty_history()


class KeepBest(keras.callbacks.Callback):  # type: ignore[misc]
    """Knows the best epoch; with patience keeps its weights and stops after that many epochs without a better one."""

    def __init__(self, monitor: str, patience: int | None) -> None:
        super().__init__()
        self.best_epoch: int | None = None
        self._monitor, self._patience = monitor, patience
        self._best = math.inf
        self._weights: list[Any] | None = None

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        value = float((logs or {}).get(self._monitor, math.nan))
        if value < self._best:
            self._best, self.best_epoch = value, epoch + 1
            self._weights = None if self._patience is None else self.model.get_weights()
        elif self._patience is not None and epoch + 1 - (self.best_epoch or 0) >= self._patience:
            self.model.stop_training = True

    def get_state(self) -> State:
        """Give the best epoch so far, with its weights where they are kept."""
        return {"best": self._best, "best_epoch": self.best_epoch, "weights": self._weights}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on from the best epoch that `get_state()` gave."""
        self._best, self.best_epoch, self._weights = state["best"], state["best_epoch"], state["weights"]

    @property
    def keeps_weights(self) -> bool:
        """Whether there are weights to go back to."""
        return self._weights is not None

    def restore(self) -> bool:
        """Give the model the best weights where they were kept; tells whether they were."""
        if self._weights is None:
            return False
        self.model.set_weights(self._weights)
        return True


class StopAt(keras.callbacks.Callback):  # type: ignore[misc]
    """Stops after the epoch in which every threshold is reached."""

    def __init__(self, thresholds: Mapping[str, float], *, is_validated: bool) -> None:
        super().__init__()
        self.reached_epoch: int | None = None
        self._thresholds = dict(thresholds)
        self._is_validated = is_validated
        self._is_checked = False

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        if not self._is_checked:
            self._is_checked = True
            self._check_names(list(logs or {}))

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        values = logs or {}
        if self._thresholds and all(
            name in values and self._reaches(name, as_number(values[name]), at) for name, at in self._thresholds.items()
        ):
            self.reached_epoch = epoch + 1
            self.model.stop_training = True

    def get_state(self) -> State:
        """Give the epoch that reached every threshold."""
        return {"reached_epoch": self.reached_epoch}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Know what `get_state()` gave."""
        self.reached_epoch = state["reached_epoch"]

    def _reaches(self, name: str, value: float, threshold: float) -> bool:
        return value <= threshold if is_falling(self.model, name) else value >= threshold

    def _check_names(self, measured: list[str]) -> None:
        known = measured + ([f"val_{name}" for name in measured] if self._is_validated else [])
        unknown = [name for name in self._thresholds if name not in known]
        if unknown:
            raise InputError(
                f"`stop_at` names {listed(unknown)}, but this fit measures {listed(known)}.",
                hint=None if self._is_validated else "Give `validation` for metrics that begin with 'val_'.",
            )


class StopWithModel(keras.callbacks.Callback):  # type: ignore[misc]
    """Ends the training of a copy where a callback of the user sets `stop_training` of the model that was copied."""

    def __init__(self, original: Any) -> None:
        super().__init__()
        self._original = original

    def on_train_begin(self, logs: Logs = None) -> None:
        self._original.stop_training = False

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._heed()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self._heed()

    def on_train_end(self, logs: Logs = None) -> None:
        self._original.stop_training = False

    def get_state(self) -> State:
        """Give nothing: whether it stops is decided step by step."""
        return {}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on: there is nothing to know."""

    def _heed(self) -> None:
        if self._original.stop_training:
            self.model.stop_training = True


class StopAtNoNumber(keras.callbacks.Callback):  # type: ignore[misc]
    """Ends a fit whose loss is no number any more."""

    def __init__(self) -> None:
        super().__init__()
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        loss = float((logs or {}).get("loss", 0.0))
        if not math.isfinite(loss):
            rate = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
            raise LossError(self._epoch + 1, batch + 1, rate)


class HeedSignals(keras.callbacks.Callback):  # type: ignore[misc]
    """Ends a fit that was asked to end, behind a step.

    Where an epoch's end is written down, what is asked behind its last step (`kept_after`) waits for that.
    """

    def __init__(self, signals: Signals, kept_after: int | None = None) -> None:
        super().__init__()
        self._signals, self._kept_after = signals, kept_after

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        if batch + 1 != self._kept_after:
            self._signals.check()

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        if self._kept_after is None:
            self._signals.check()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self._signals.check()


class ShowProgress(keras.callbacks.Callback):  # type: ignore[misc]
    """Tells the progress listener about steps, and of every epoch a line that stays."""

    def __init__(self, task: Task, epochs: int) -> None:
        super().__init__()
        self._task, self._epochs = task, epochs
        self._epoch, self._began = 1, time.monotonic()
        self._seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._epoch, self._began = epoch + 1, time.monotonic()

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._task.advance(note=self._spell(logs, " "))

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self._seconds.append(time.monotonic() - self._began)
        told = f"{self._spell(logs, '  ')}  {spell_seconds(self._seconds[-1])}"
        is_last = self._epoch >= self._epochs or getattr(self.model, "stop_training", False)
        left = (self._epochs - self._epoch) * statistics.median(self._seconds)
        self._task.tell(told, left="" if is_last else f"{spell_seconds(left)} left")

    def _spell(self, logs: Logs, between: str) -> str:
        values = sorted((logs or {}).items(), key=_history_order)
        return between.join(
            [f"epoch {self._epoch}/{self._epochs}", *(f"{name} {as_number(value):.4g}" for name, value in values)]
        )


class CountBatches(keras.callbacks.Callback):  # type: ignore[misc]
    """Tells the progress listener about the batches of a prediction."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self._task = task

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._task.advance()


def as_number(value: Any) -> float:
    """Give a metric as one number: some of a compiled model have one value per label, which count as their mean."""
    return float(np.mean(value))


def is_falling(model: Any, name: str) -> bool:
    """Tell whether less is better of a metric: as Keras's own metric says, else by its name."""
    metric = name.removeprefix("val_")
    nested = [getattr(each, "metrics", [each]) for each in getattr(model, "metrics", [])]
    directions = [getattr(each, "_direction", None) for group in nested for each in group if each.name == metric]
    if directions and directions[0] is not None:
        return bool(directions[0] == "down")
    return any(word in metric for word in _FALLING)


def reduce_on_plateau(monitor: str, settings: Mapping[str, float]) -> Any:
    """Make Keras's callback that reduces the learning rate."""
    return keras.callbacks.ReduceLROnPlateau(monitor=monitor, verbose=0, **settings)


def _history_order(log: tuple[str, Any]) -> tuple[bool, bool]:
    return log[0].startswith("val_"), not log[0].endswith("loss")

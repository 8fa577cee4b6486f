"""A training put down in a folder and taken up from there, to the same end as one that was never put down.

A checkpoint has the variables of the model (the state of layers that draw numbers among them) and of its optimizer,
what the callbacks know, and between two epochs' ends the metrics so far. The order of the images and their augmentation
follow from the seed, the epoch and the step, so nothing of them is kept.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tidycnn.core.bundle import read_bundle, write_bundle
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, StoreError, counted, listed, warn
from tidycnn.core.progress import remark
from tidycnn.core.signals import Signals
from tidycnn.train.mirrored import metrics_variables
from tidycnn.train.state import State, get_state, keep_files

# The newest and, should that one be damaged, the one before it.
_KEPT = 2
_NAME = re.compile(r"step-(\d+)\.npz")


@dataclass(frozen=True)
class Checkpoint:
    """A training as it stood.

    Parameters
    ----------
    epoch, step
        How many epochs were complete, and how many steps of the one behind them.
    seconds
        How long the training had taken.
    has_ended
        Whether a callback had ended it.
    variables, optimizer, metrics
        The values of the variables; of the metrics only where `step` is not 0.
    callbacks
        The name of the class and the state of each callback.
    facts
        What else is to be known of the training.
    """

    epoch: int
    step: int
    seconds: float
    has_ended: bool
    variables: list[Any]
    optimizer: list[Any]
    metrics: list[Any]
    callbacks: list[tuple[str, State]]
    facts: dict[str, Any] = field(default_factory=dict)


class Checkpoints:
    """The checkpoints of one training in a folder, the newest of which are kept; written every so many steps.

    `facts` are written with each.
    """

    def __init__(self, folder: Path, save_every: int | None = None) -> None:
        self.folder, self.save_every = folder, save_every
        self.facts: dict[str, Any] = {}

    def write(self, checkpoint: Checkpoint, number: int) -> None:
        """Write a checkpoint; of earlier ones the last stays."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_bundle(self.folder / f"step-{number:012d}.npz", vars(checkpoint))
        for path in self._paths()[_KEPT:]:
            path.unlink(missing_ok=True)

    @property
    def are_there(self) -> bool:
        """Whether there is any."""
        return bool(self._paths())

    def remove(self) -> None:
        """Remove the checkpoints, and the folder where there is nothing else in it."""
        for path in self._paths():
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    def latest(self) -> Checkpoint | None:
        """Read the newest checkpoint, or the one before it where that one is damaged."""
        paths = self._paths()
        for path in paths:
            try:
                return Checkpoint(**read_bundle(path))
            except (StoreError, TypeError):
                warn(f"The checkpoint {str(path)!r} is damaged: the one before it is taken.")
        if paths:
            raise StoreError(
                f"{str(self.folder)!r} has no checkpoint that is whole.",
                hint="Begin again in a new folder.",
            )
        return None

    def _paths(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        named = {path: found for path in self.folder.iterdir() if (found := _NAME.fullmatch(path.name))}
        return sorted(named, key=lambda path: int(named[path][1]), reverse=True)


class KeepCheckpoints(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes checkpoints: behind epochs or every so many steps, and behind the step at which the training is to end.

    It must stand behind all callbacks that know something.
    """

    def __init__(
        self, place: Checkpoints, callbacks: Sequence[Any], *, steps: int, seconds: Any, signals: Signals
    ) -> None:
        super().__init__()
        self._place, self._callbacks, self._steps = place, callbacks, steps
        self._seconds, self._signals = seconds, signals
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        step = batch + 1
        if step < self._steps and (self._is_due(step) or self._signals.number is not None):
            self._write(self._epoch, step)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        is_last = self.model.stop_training or epoch + 1 == self.params.get("epochs")
        is_asked = is_last or self._signals.number is not None
        if self._place.save_every is None or is_asked or self._is_due(self._steps):
            self._write(epoch + 1, 0)

    def _is_due(self, step: int) -> bool:
        every = self._place.save_every
        return every is not None and (self._epoch * self._steps + step) % every == 0

    def _write(self, epoch: int, step: int) -> None:
        checkpoint = checkpoint_of(
            self.model, self._callbacks, epoch=epoch, step=step, seconds=self._seconds(), facts=self._place.facts
        )
        self._place.write(checkpoint, epoch * self._steps + step)


class TakeUpMetrics(keras.callbacks.Callback):  # type: ignore[misc]
    """Gives the metrics of an epoch that was broken off their values back, which Keras resets where it begins one."""

    def __init__(self, values: Sequence[Any]) -> None:
        super().__init__()
        self._values = values

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if self._values:
            _assign(metrics_variables(self.model), self._values)
            self._values = []


def checkpoint_of(
    model: Any, callbacks: Sequence[Any], *, epoch: int, step: int, seconds: float, facts: Mapping[str, Any]
) -> Checkpoint:
    """Give a training as it stands."""
    return Checkpoint(
        epoch=epoch,
        step=step,
        seconds=seconds,
        has_ended=bool(model.stop_training) and step == 0,
        variables=_values(model.variables),
        optimizer=_values(model.optimizer.variables),
        metrics=_values(metrics_variables(model)) if step else [],
        callbacks=[(type(callback).__name__, get_state(callback)) for callback in callbacks],
        facts=dict(facts),
    )


def check_epochs(checkpoint: Checkpoint, epochs: int) -> None:
    """Refuse fewer epochs than a training has behind it."""
    if (checkpoint.epoch, checkpoint.step) > (epochs, 0):
        raise InputError(
            f"`epochs` is {epochs}, but the training has {counted(checkpoint.epoch, 'epoch')} behind it.",
            hint="Give more epochs, or name another folder.",
        )


def take_up(checkpoint: Checkpoint, model: Any, callbacks: Sequence[Any], *, epochs: int) -> list[State]:
    """Give the model and its optimizer what the checkpoint has, and give the states of the callbacks."""
    check_epochs(checkpoint, epochs)
    names, known = [type(callback).__name__ for callback in callbacks], [name for name, _ in checkpoint.callbacks]
    if names != known:
        gone, new = [name for name in known if name not in names], [name for name in names if name not in known]
        said = [f"without {listed(new)}"] * bool(new) + [f"with {listed(gone)}"] * bool(gone)
        raise InputError(
            f"The training was begun with other callbacks: {' and '.join(said) or 'in another order'}.",
            hint="Give the same ones, or begin again in a new folder.",
        )
    keep_files(callbacks)
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    _assign(model.variables, checkpoint.variables)
    _assign(model.optimizer.variables, checkpoint.optimizer)
    where = counted(checkpoint.epoch, "complete epoch")
    if checkpoint.step:
        where += f" and {counted(checkpoint.step, 'step')}"
    if not checkpoint.has_ended and checkpoint.epoch < epochs:
        remark(f"The fit goes on after {where}.")
    return [state for _, state in checkpoint.callbacks]


def _values(variables: Sequence[Any]) -> list[Any]:
    return [np.asarray(variable) for variable in variables]


def _assign(variables: Sequence[Any], values: Sequence[Any]) -> None:
    shapes = [tuple(np.shape(value)) for value in values]
    if [tuple(variable.shape) for variable in variables] != shapes:
        raise InputError("The training was begun with another model or optimizer: the shapes of weights differ.")
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)

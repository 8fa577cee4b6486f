"""Keras's callback that backs a training up, with another promise: the training goes on to the same end.

Concerns kept apart: what a checkpoint has and how it is taken up is known by `checkpoints`; here stands when that
happens in a plain `fit()` of Keras, which tells a callback neither of its data nor of the other callbacks.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from tidycnn.core.checks import check_count, coerce
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, constant, described
from tidycnn.core.locks import alone_in
from tidycnn.core.store import is_clutter
from tidycnn.core.targets import check_inside
from tidycnn.core.types import KerasCallback, PathLike, is_flow
from tidycnn.train.callbacks import as_number
from tidycnn.train.checkpoints import Checkpoint, Checkpoints, checkpoint_of, take_up
from tidycnn.train.state import State, TakeUp, keep_files


class BackupAndRestore(keras.callbacks.BackupAndRestore):  # type: ignore[misc]
    """Keep a training in a folder, and go on from there to the same end as if nothing had ended it.

    It takes the place of Keras's callback of this name, which brings weights and the number of the epoch back. This one
    also brings back the state of layers that draw numbers (such as Dropout), the learning rate and all else of the
    optimizer, the history, and the state of flows and callbacks that it is told of. Checkpoints are written whole or
    not at all; where the newest is damaged, the one before it is taken. `fit_classifier()` has a `folder` for this.

    Parameters
    ----------
    backup_dir
        The folder of this training alone. A plain `fit()` of Keras does not keep other processes away from it.
    save_freq
        `"epoch"`. A plain `fit()` of Keras begins each epoch at its first batch, so that there is nothing to go on
        with in the midst of one.
    double_checkpoint
        Taken as in Keras, and without effect: the one before the last checkpoint is always kept.
    delete_checkpoint
        Whether the checkpoints are removed where the training comes to its end. Where they are kept, the same call
        does nothing more, and one with more `epochs` goes on.
    flows
        The flows of `flow_images()` and its kin that train and validate: they go on with the pass that comes next.
    callbacks
        Callbacks whose state goes along, such as `EarlyStopping` and `ReduceLROnPlateau`. Give them to `fit()` too,
        before this one.

    Notes
    -----
    The order of batches that Keras shuffles follows Python's `random`, whose state goes along. The order of arrays
    that it shuffles follows Keras's global seed alone: call `keras.utils.set_random_seed()` before `fit()`, as before
    the first one. Bits are equal on the same versions and with the same number of processors.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> import keras
    >>> import numpy as np
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> backup = BackupAndRestore(mkdtemp())
    >>> history = model.fit(np.ones((8, 4)), np.ones((8, 1)), epochs=2, callbacks=[backup], verbose=0)
    >>> len(history.history["loss"])
    2
    """

    def __init__(
        self,
        backup_dir: PathLike,
        save_freq: int | Literal["epoch"] = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
        *,
        flows: Any = (),
        callbacks: KerasCallback | Sequence[KerasCallback] = (),
    ) -> None:
        folder = Path(os.fspath(coerce(backup_dir, PathLike, "backup_dir"))).expanduser()
        check_inside(folder, "backup_dir")
        every = None if save_freq == "epoch" else _steps_between(save_freq)
        super().__init__(os.fspath(folder), save_freq, double_checkpoint, delete_checkpoint)
        self.checkpoints = Checkpoints(folder, every)
        self._known = _Known(flows if isinstance(flows, list | tuple) else (flows,))
        self._callbacks = [self._known, *(callbacks if isinstance(callbacks, list | tuple) else (callbacks,))]
        if self.checkpoints.are_there:
            keep_files(self._callbacks)
        self._begun_at = 0.0
        self._take_up: TakeUp | None = None

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes away from the folder inside the block."""
        folder = self.checkpoints.folder
        folder.mkdir(parents=True, exist_ok=True)
        with alone_in(folder, "a training that runs", argument="backup_dir"):
            yield
        if not self.checkpoints.are_there:
            with contextlib.suppress(OSError):  # Another process may have begun there.
                (folder / "lock").unlink()
            self._remove_if_empty()

    def finish(self) -> None:
        """Remove the checkpoints of a training that has come to its end, where they are not to be kept."""
        if self.delete_checkpoint:
            self.checkpoints.remove()

    def on_train_begin(self, logs: Any = None) -> None:
        if self.checkpoints.save_every is not None:
            raise InputError(
                "`save_freq` must be 'epoch' in a plain fit() of Keras, which begins each epoch at its first batch."
            )
        if not self.model.built:
            raise InputError(
                "The model has no input shape.", hint="Give its first layer one: keras.Input((150, 150, 3))."
            )
        epochs, found = int(self.params["epochs"]), self.checkpoints.latest()
        self._begun_at = time.monotonic() - (found.seconds if found else 0)
        self._take_up = None
        self._known.forget()
        if found is not None:
            self._go_on(found, epochs)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        # The next training of the model begins anew, also where this one is broken off.
        self.model._initial_epoch = None
        # Only now have all other callbacks begun, and forgotten what they know.
        self._give_states()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Nothing is kept in the midst of an epoch."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._known.add(epoch, logs or {})
        seconds = time.monotonic() - self._begun_at
        standing = checkpoint_of(self.model, self._callbacks, epoch=epoch + 1, step=0, seconds=seconds, facts={})
        self.checkpoints.write(standing, epoch + 1)

    def on_train_end(self, logs: Any = None) -> None:
        self.model._initial_epoch = None
        self._known.complete(self.model.history)
        self.finish()

    def _go_on(self, found: Checkpoint, epochs: int) -> None:
        states = take_up(found, self.model, self._callbacks, epochs=epochs)
        self._known.set_state(states[0])
        self._take_up = TakeUp(self._callbacks[1:], states[1:])
        self.model._initial_epoch = max(found.epoch, epochs) if found.has_ended else found.epoch
        if self.model._initial_epoch >= epochs:  # No epoch begins any more.
            self._give_states()

    def _give_states(self) -> None:
        if self._take_up is not None:
            self._take_up.on_train_begin()
            self._take_up = None

    def _remove_if_empty(self) -> None:
        if self.delete_checkpoint:
            folder = self.checkpoints.folder
            with contextlib.suppress(OSError):
                if all(is_clutter(path.name) for path in folder.iterdir()):
                    shutil.rmtree(folder)


class _Known:
    """What a plain fit of Keras keeps to itself: earlier epochs, the passes of flows, and the stream of Python."""

    def __init__(self, flows: Sequence[Any]) -> None:
        for flow in flows:
            if not is_flow(flow):
                raise InputError(
                    f"`flows` must be flows, not {described(flow)}.", hint="`flow_images()` and its kin give them."
                )
        self._flows = list(flows)
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self._epochs: list[int] = []
        self._logs: list[dict[str, float]] = []

    def add(self, epoch: int, logs: Mapping[str, Any]) -> None:
        """Take note of an epoch."""
        self._epochs.append(epoch)
        self._logs.append({name: as_number(value) for name, value in logs.items()})

    def complete(self, history: Any) -> None:
        """Put the epochs that came before into the history of a fit that went on."""
        before = len(self._epochs) - len(history.epoch)
        history.epoch[:0] = self._epochs[:before]
        for name in dict.fromkeys(name for logs in self._logs for name in logs):
            history.history[name] = [logs[name] for logs in self._logs if name in logs]

    def get_state(self) -> State:
        """Give all of it."""
        version, numbers, gauss = random.getstate()
        return {
            "epochs": list(self._epochs),
            "logs": list(self._logs),
            "passes": [flow.epoch for flow in self._flows],
            "random": [version, list(numbers), gauss],
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on from what `get_state()` gave."""
        if len(state["passes"]) != len(self._flows):
            raise InputError(f"The training was begun with {len(state['passes'])} `flows`, not {len(self._flows)}.")
        self._epochs, self._logs = list(state["epochs"]), list(state["logs"])
        for flow, number in zip(self._flows, state["passes"], strict=True):
            flow.set_epoch(number)
        version, numbers, gauss = state["random"]
        random.setstate((version, tuple(numbers), gauss))


def backup_among(callbacks: Sequence[Any]) -> tuple[list[Any], BackupAndRestore | None]:
    """Take the backup out of the callbacks of a training: the other callbacks, and None where there is none."""
    found = [callback for callback in callbacks if isinstance(callback, BackupAndRestore)]
    if len(found) > 1:
        raise InputError(f"`callbacks` must have one backup at most, not {len(found)}.")
    return [callback for callback in callbacks if callback not in found], found[0] if found else None


def refuse_backups(callbacks: Sequence[Any]) -> None:
    """Refuse a backup in a fit that keeps itself."""
    _, backup = backup_among(callbacks)
    if backup is not None:
        raise InputError(
            "`callbacks` has a backup, which is for Keras's own fits.",
            hint=f"Give `folder` {str(backup.checkpoints.folder)!r}: the fit keeps itself there, and goes on.",
        )


def _steps_between(save_freq: Any) -> int:
    if isinstance(save_freq, bool) or not isinstance(save_freq, int | float):
        raise InputError(
            f"`save_freq` must be 'epoch' or a number of batches, not {described(save_freq)}.",
            hint=f"Keras's {constant(False)} waits for a signal: this one needs none, because it keeps each epoch.",
        )
    check_count(coerce(save_freq, int, "save_freq"), "save_freq")
    return int(save_freq)

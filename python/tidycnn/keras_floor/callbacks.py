"""Callbacks of Keras that scripts of 2018 use otherwise than Keras 3 has them."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from tidycnn.core.checks import check_count, checked, coerce
from tidycnn.core.engine import keras
from tidycnn.core.errors import DependencyError, InputError, listed
from tidycnn.core.progress import remark
from tidycnn.core.store import atomic_file
from tidycnn.core.targets import check_inside
from tidycnn.core.types import PathLike
from tidycnn.keras_floor._monitors import with_aliases
from tidycnn.keras_floor.calls import as_keras, in_words_of_r
from tidycnn.keras_floor.files import checked_path, quietly
from tidycnn.train.backup import BackupAndRestore
from tidycnn.train.state import State, get_attributes, set_attributes
from tidycnn.train.writers import check_log, check_model_file


class _WholeFiles:
    """A model whose files are written whole or not at all, so that the best one is not lost for half of another."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def save(self, filepath: str, **options: Any) -> None:
        with atomic_file(filepath) as temporary:
            self._model.save(temporary, **options)

    def save_weights(self, filepath: str, **options: Any) -> None:
        with atomic_file(filepath) as temporary:
            self._model.save_weights(temporary, **options)


class Checkpoint(keras.callbacks.ModelCheckpoint):  # type: ignore[misc]
    """Writes a model to the very file that is named, every so many epochs."""

    def __init__(self, filepath: str, period: int, **options: Any) -> None:
        # Keras takes names of its own formats only, and writes the others all the same.
        super().__init__("_.weights.h5" if options.get("save_weights_only") else "_.keras", **options)
        self.filepath = filepath
        self._period = period
        self._epochs = 0

    @property
    def model(self) -> Any:
        """The model, as this callback writes it."""
        return None if self._model is None else _WholeFiles(self._model)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._epochs += 1
        if self._epochs % self._period == 0:
            with self._writing(logs) as known:
                super().on_epoch_end(epoch, known)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        if self.save_freq != "epoch":
            with self._writing(logs) as known:
                super().on_train_batch_end(batch, known)

    def get_config(self) -> dict[str, Any]:
        """Give what it was given, for another process."""
        names = ("filepath", "monitor", "verbose", "save_best_only", "save_weights_only", "mode", "save_freq")
        return {
            **{name: getattr(self, name) for name in names},
            "period": self._period,
            "initial_value_threshold": self.best,
        }

    def get_state(self) -> State:
        """Give how many epochs were seen, and what is best."""
        return {**get_attributes(self), "epochs": self._epochs}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Know what `get_state()` gave."""
        set_attributes(self, state)
        self._epochs = state["epochs"]

    @contextlib.contextmanager
    def _writing(self, logs: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:
        known = with_aliases(logs or {})
        try:
            with quietly():
                yield known
        except KeyError as error:
            raise InputError(
                f"`filepath` {self.filepath!r} names what is not measured.",
                hint=f"There are {listed(['epoch', *known])}.",
            ) from error


@checked
def make_checkpoint(
    filepath: PathLike, options: Mapping[str, Any], period: int = 1, save_weights_only: bool = False
) -> Checkpoint:
    """Make a callback that keeps a model while it is trained.

    Parameters
    ----------
    filepath
        Ends in .keras, .h5 or .hdf5; a file of weights is called `.weights.h5`, as Keras wants.
    options
        Further arguments of Keras's `ModelCheckpoint`.
    period
        After how many epochs it writes; 1 where `options` have a `save_freq` of so many batches.
    save_weights_only
        Whether the file has no more than the weights.
    """
    check_count(period, "period")
    if period > 1 and options.get("save_freq", "epoch") != "epoch":
        raise InputError("`period` and `save_freq` cannot both be given: one counts epochs, the other batches.")
    path = _weights_path(filepath) if save_weights_only else checked_path(filepath)
    check_model_file(path, "filepath", in_place=False)
    with in_words_of_r():
        known = as_keras(options, keras.callbacks.ModelCheckpoint)
        return Checkpoint(os.fspath(path), period, save_weights_only=save_weights_only, **known)


@checked
def make_csv_logger(filename: PathLike, separator: str = ",", append: bool = False) -> Any:
    """Make a callback that writes the metrics of each epoch to a file."""
    path = Path(filename).expanduser()
    check_log(path, "filename")
    return keras.callbacks.CSVLogger(os.fspath(path), separator=separator, append=append)


@checked
def make_backup(
    backup_dir: PathLike,
    save_freq: float | Literal["epoch"] = "epoch",
    double_checkpoint: bool = False,
    delete_checkpoint: bool = True,
) -> BackupAndRestore:
    """Make a callback by which a training keeps itself in a folder."""
    every = save_freq if save_freq == "epoch" else coerce(save_freq, int, "save_freq")
    return BackupAndRestore(backup_dir, every, double_checkpoint, delete_checkpoint)


@checked
def make_tensorboard(log_dir: PathLike, options: Mapping[str, Any]) -> Any:
    """Make a callback that writes what TensorBoard shows.

    `options` are further arguments of Keras's `TensorBoard`.
    """
    if importlib.util.find_spec("tensorboard") is None:
        raise DependencyError(
            "`callback_tensorboard()` needs the Python package tensorboard.",
            hint='Install it with `reticulate::py_install("tensorboard")`, or `pip install tensorboard`.',
        )
    folder = Path(log_dir).expanduser()
    check_inside(folder, "log_dir")
    with in_words_of_r():
        return keras.callbacks.TensorBoard(os.fspath(folder), **as_keras(options, keras.callbacks.TensorBoard))


def _weights_path(filepath: PathLike) -> Path:
    path = Path(filepath).expanduser()
    if path.name.endswith(".weights.h5"):
        return path
    named = path.with_name(re.sub(r"([.]weights)?[.](h5|hdf5|keras)$", "", path.name) + ".weights.h5")
    remark(f"The file of `callback_model_checkpoint()` is called {os.fspath(named)}.")
    return named

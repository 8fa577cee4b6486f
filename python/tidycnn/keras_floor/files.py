"""Models in files of Keras: `.keras`, and `.h5` of old."""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tidycnn.core.checks import checked
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, StoreError, UnsafeError, warn
from tidycnn.core.store import atomic_file
from tidycnn.core.types import KerasModel, PathLike
from tidycnn.keras_floor.calls import in_words_of_r
from tidycnn.model.allocation import bounded_variables
from tidycnn.model.archive import check_archive, check_weights
from tidycnn.train.decay import decay_of


@checked
def save_model_file(object: KerasModel, filepath: PathLike, overwrite: bool = True) -> None:  # noqa: A002
    """Write a model to a file, whole or not at all."""
    path = checked_path(filepath)
    if path.exists() and not overwrite:
        raise InputError(f"`filepath` {os.fspath(filepath)!r} exists.", hint="Give `overwrite = TRUE` to replace it.")
    with in_words_of_r(), atomic_file(path) as temporary, quietly():
        object.save(temporary)  # type: ignore[attr-defined]
    if decay_of(getattr(object, "optimizer", None)):
        warn("The file does not keep the `decay` of the optimizer: compile the model again when it is read.")


@checked
def load_model_file(filepath: PathLike, compile: bool = True) -> Any:  # noqa: A002
    """Read a model from a file. Models that carry code of their own are refused."""
    path = checked_path(filepath)
    if not path.is_file():
        raise StoreError(f"`filepath` {os.fspath(filepath)!r} does not exist.")
    if path.suffix == ".keras":
        stored = check_archive(path, safe=True)
    else:
        stored = check_weights(path, f"{os.fspath(filepath)!r} is no model that Keras can read: it")
    try:
        with quietly(), bounded_variables(stored):
            return keras.models.load_model(path, compile=compile, safe_mode=True)
    except (ValueError, OSError, TypeError, KeyError) as error:
        if any(words in str(error) for words in ("arbitrary code execution", "safe_mode", "unsafe deserialization")):
            raise UnsafeError(
                f"{os.fspath(filepath)!r} carries code that would run when it is opened.",
                hint="Load it with Keras itself if you know where it comes from.",
            ) from error
        if compile:  # Keras no more knows the words of its own older files, such as `lr` or 'mse'.
            model = load_model_file(filepath, compile=False)
            warn(f"{os.fspath(filepath)!r} has a compilation that is too old: compile the model again.")
            return model
        raise StoreError(f"{os.fspath(filepath)!r} is no model that Keras can read: {error}") from error


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Hold back Keras's advice to write other files than those that were asked for."""
    log = logging.getLogger("absl")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            # An optimizer that has not trained yet has nothing to come back with.
            warnings.filterwarnings("ignore", message="Skipping variable loading")
            yield
    finally:
        log.setLevel(level)


def checked_path(filepath: PathLike) -> Path:
    """Give the path of a file that Keras can write a model to, and read it from."""
    path = Path(filepath).expanduser()
    if path.suffix not in (".keras", ".h5", ".hdf5"):
        raise InputError(f"`filepath` must end in .keras, .h5 or .hdf5, not {path.suffix or 'nothing'!r}.")
    return path

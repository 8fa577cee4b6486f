"""Callbacks that write files: what they are to write is tried before a training begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tidycnn.core.engine import keras
from tidycnn.core.targets import check_file, check_inside
from tidycnn.core.types import PathLike


def check_writers(callbacks: Sequence[Any]) -> None:
    """Refuse callbacks of Keras that could not write what they are to write."""
    for callback in callbacks:
        for kind, (attribute, check) in _WRITERS.items():
            path = getattr(callback, attribute, None)
            if isinstance(callback, getattr(keras.callbacks, kind)) and path is not None and "://" not in str(path):
                check(path, attribute)


def check_log(path: PathLike, argument: str) -> None:
    """Refuse a log that could not be written."""
    check_file(path, argument, in_place=True, makes_folder=False)


def check_model_file(path: PathLike, argument: str, *, in_place: bool = True) -> None:
    """Refuse a file for a model that could not be written; its name may have parts such as `{epoch}`."""
    fixed, brace, _ = str(path).partition("{")
    if brace:
        check_inside(Path(fixed + brace).parent, argument)
    else:
        check_file(path, argument, in_place=in_place)


# What callbacks of Keras write: the attribute that says where, and what it must stand.
_WRITERS: dict[str, tuple[str, Callable[[PathLike, str], None]]] = {
    "BackupAndRestore": ("backup_dir", check_inside),
    "CSVLogger": ("filename", check_log),
    "ModelCheckpoint": ("filepath", check_model_file),
    "TensorBoard": ("log_dir", check_inside),
}

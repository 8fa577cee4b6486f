"""A classifier as a folder, written whole or not at all; what lies in it, and how it is read, is in `_stored`."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tidycnn.core.checks import checked
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, StoreError, UnsafeError, constant, listed, warn
from tidycnn.core.store import atomic_folder, is_clutter, opener, put_back
from tidycnn.core.tables import write_table
from tidycnn.core.targets import check_folder
from tidycnn.core.types import PathLike, TrainedClassifier
from tidycnn.fit._stored import (
    DESCRIPTION,
    FACTS,
    FORMAT,
    MODEL,
    TABLES,
    WHITENING,
    first_line,
    read_description,
    tell_function,
)
from tidycnn.fit.classifier import as_own
from tidycnn.model.archive import check_archive
from tidycnn.train.decay import decay_of

_FILES = {DESCRIPTION, MODEL, WHITENING, *(f"{table}.csv" for table in TABLES)}


@checked
def save_classifier(classifier: TrainedClassifier, folder: PathLike, *, overwrite: bool = False) -> TrainedClassifier:
    """Save a classifier in a folder.

    The folder appears whole or not at all: of a process that is killed while it replaces a classifier, the old one or
    the new one is there when it is loaded. R and Python read the same folder. Paths of images are written as absolute
    ones. A preprocessing function of your own is not stored: there is a warning, and no prediction without it.

    Parameters
    ----------
    classifier
        A classifier, as `fit_classifier()` gives.
    folder
        Folder to write: `model.keras`, `classifier.json`, `history.csv` and `images.csv`. It must be missing, empty or,
        with `overwrite`, a saved classifier.
    overwrite
        Whether to replace a classifier that is there. Another folder is never replaced.

    Returns
    -------
    The classifier.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from tidycnn import as_classifier, cnn
    >>> classifier = as_classifier(cnn((32, 32, 3), 2, seed=1), ["cat", "dog"])
    >>> classifier = save_classifier(classifier, mkdtemp())
    """
    known = as_own(classifier)
    target = Path(folder).expanduser()
    put_back(target)
    check_target(target, overwrite=overwrite)
    with atomic_folder(target) as temporary:
        _write_model(known.model, temporary / MODEL)
        if known.preprocessing.whitening is not None:
            np.save(temporary / WHITENING, known.preprocessing.whitening, allow_pickle=False)
        tables = {"history": known.history, "images": _with_whole_paths(known.images)}
        columns = {name: write_table(table, temporary / f"{name}.csv", name) for name, table in tables.items()}
        description = {
            "kind": "classifier",
            "format": FORMAT,
            **{name: getattr(known, name) for name in FACTS},
            "preprocessing": known.preprocessing.to_dict(),
            "decay": decay_of(getattr(known.model, "optimizer", None)),
            "tables": {name: {"rows": len(table), "columns": columns[name]} for name, table in tables.items()},
        }
        # Escapes would make one character of two halves that stand side by side.
        text = json.dumps(description, indent=2, default=_plain, ensure_ascii=False)
        (temporary / DESCRIPTION).write_text(text + "\n", encoding="utf-8", errors="surrogatepass")
        check_target(target, overwrite=overwrite)  # Meanwhile something may have come there.
    _tell_code(target / MODEL)
    tell_function(known.preprocessing)
    known.folder = str(target.resolve())
    return classifier


@checked
def load_classifier(folder: PathLike, *, safe: bool = True) -> TrainedClassifier:
    """Load a classifier from a folder.

    Nothing in the folder is run. Its archive is looked into first: a model with code of its own, or with parts that
    lead elsewhere, is refused.

    Parameters
    ----------
    folder
        Folder that `save_classifier()` wrote.
    safe
        Whether to refuse a model that carries code, such as Lambda layers or classes outside Keras. Such code can do
        anything that you can: open what you trust only.

    Returns
    -------
    The classifier. There is a warning where it was written under other versions.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from tidycnn import as_classifier, cnn
    >>> folder = mkdtemp()
    >>> classifier = save_classifier(as_classifier(cnn((32, 32, 3), 2, seed=1), ["cat", "dog"]), folder)
    >>> load_classifier(folder).levels
    ['cat', 'dog']
    """
    path = Path(folder).expanduser()
    put_back(path)
    if not path.is_dir():
        raise InputError(f"`folder` must be a folder, but there is none at {str(folder)!r}.")
    while True:
        before = path.stat()
        try:
            opened: TrainedClassifier = opener(read_description(path)["kind"])(path, safe=safe)
        except StoreError:
            if _is_still(path, before):
                raise
        else:
            if _is_still(path, before):
                return opened


def _is_still(path: Path, before: os.stat_result) -> bool:
    """Tell whether no other process has replaced the folder while it was read, so that parts of two came together."""
    return not path.exists() or os.path.samestat(path.stat(), before)


def check_target(folder: PathLike, *, overwrite: bool, argument: str = "folder") -> None:
    """Refuse to write over anything but, if wished, a classifier, and where nothing can be written."""
    target = Path(folder).expanduser()
    names = {name for name in check_folder(target, argument) if not is_clutter(name)}
    if names and not ({DESCRIPTION} <= names <= _FILES):
        raise InputError(
            f"`{argument}` must be empty or hold a classifier only, but {str(target)!r} holds "
            f"{listed(sorted(names - _FILES or names), most=3)}.",
            hint="Name a new folder.",
        )
    if names and not overwrite:
        raise InputError(
            f"`{argument}` must be new, but {str(target)!r} holds a classifier.",
            hint="Name a new folder, or replace that classifier with "
            + (f"`overwrite = {constant(True)}`." if argument == "folder" else "`--overwrite`."),
        )


def _write_model(model: Any, path: Path) -> None:
    try:
        keras.saving.save_model(model, path)
    except OSError as error:
        # HDF5 tells of a full disk in words only.
        if error.errno is None and "No space left" in str(error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise
    except (TypeError, ValueError, NotImplementedError, AttributeError) as error:
        raise StoreError(
            f"The model {model.name!r} cannot be written: {first_line(error)}",
            hint="A layer of your own needs a `get_config()` that gives its arguments.",
        ) from error


def _tell_code(path: Path) -> None:
    try:
        check_archive(path, safe=True)
    except UnsafeError as error:
        warn(f"The classifier will open with `safe = {constant(False)}` only. {error.message}")


def _with_whole_paths(images: pd.DataFrame) -> pd.DataFrame:
    whole = images["path"].map(_whole_path, na_action="ignore")
    return images.assign(path=whole.astype(object))


def _whole_path(path: str) -> str:
    if not path or "\0" in path:  # It leads nowhere, and would be read as another one.
        return path
    return Path(os.path.abspath(path)).as_posix()  # noqa: PTH100


def _plain(value: Any) -> Any:
    """Give a number of NumPy as one of Python, and anything else as text: stages tell, they are not run again."""
    return value.item() if hasattr(value, "item") else str(value)

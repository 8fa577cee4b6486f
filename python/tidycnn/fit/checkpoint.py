"""A classifier as a folder: written whole or not at all, read without running anything in it.

The folder holds `model.keras` (the model with its optimizer, as Keras stores it), `classifier.json` (what is said about
it, and the types of the columns), `history.csv` and `images.csv`; `whitening.npy` where images are whitened.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tidycnn.core.checks import checked
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, StoreError, TidycnnError, UnsafeError, constant, described, listed, warn
from tidycnn.core.preprocessing import Preprocessing
from tidycnn.core.store import OPENERS, atomic_folder, opener
from tidycnn.core.tables import TableError, read_table, write_table
from tidycnn.core.targets import check_folder
from tidycnn.core.types import PathLike, TrainedClassifier
from tidycnn.fit.classifier import Classifier, as_own, library_versions
from tidycnn.model.archive import check_archive
from tidycnn.train.head import check_levels, check_units, read_head

_DESCRIPTION = "classifier.json"
_MODEL = "model.keras"
_TABLES = ("history", "images")
_WHITENING = "whitening.npy"
_FILES = {_DESCRIPTION, _MODEL, _WHITENING, *(f"{table}.csv" for table in _TABLES)}
_FORMAT = 1
# What is written as it is; the rest of a classifier has files or forms of its own.
_FACTS = ("levels", "outputs", "seed", "seconds", "best_epoch", "kept_epoch", "stages", "versions")
# Other versions of these may give other predictions.
_DECISIVE = ("tidycnn", "keras", "tensorflow", "tensorflow-cpu")


@checked
def save_classifier(classifier: TrainedClassifier, folder: PathLike, *, overwrite: bool = False) -> TrainedClassifier:
    """Save a classifier in a folder.

    The folder appears whole or not at all. R and Python read the same folder. Paths of images are written as absolute
    ones.

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
    check_target(target, overwrite=overwrite)
    with atomic_folder(target) as temporary:
        _write_model(known.model, temporary / _MODEL)
        if known.preprocessing.whitening is not None:
            np.save(temporary / _WHITENING, known.preprocessing.whitening, allow_pickle=False)
        tables = {"history": known.history, "images": _with_whole_paths(known.images)}
        columns = {name: write_table(table, temporary / f"{name}.csv", name) for name, table in tables.items()}
        description = {
            "kind": "classifier",
            "format": _FORMAT,
            **{name: getattr(known, name) for name in _FACTS},
            "preprocessing": known.preprocessing.to_dict(),
            "tables": {name: {"rows": len(table), "columns": columns[name]} for name, table in tables.items()},
        }
        text = json.dumps(description, indent=2, default=_plain)
        (temporary / _DESCRIPTION).write_text(text + "\n", encoding="utf-8")
    _tell_code(target / _MODEL)
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
    if not path.is_dir():
        raise InputError(f"`folder` must be a folder, but there is none at {str(folder)!r}.")
    kind = _read_description(path)["kind"]
    opened: TrainedClassifier = opener(kind)(path, safe=safe)
    return opened


def open_classifier(folder: Path, *, safe: bool = True) -> Classifier:
    """Open a folder that holds one model."""
    description = _read_description(folder)
    _tell_versions(description.get("versions", {}))
    with _telling_damage(folder / _DESCRIPTION):
        facts: dict[str, Any] = {name: description[name] for name in _FACTS}
        preprocessing = Preprocessing.from_dict(description["preprocessing"], _read_whitening(folder))
        tables = {name: description["tables"][name] for name in _TABLES}
        check_levels(facts["levels"], "levels")
    facts |= {name: _read_table(folder / f"{name}.csv", tables[name]) for name in _TABLES}
    model = _read_model(folder / _MODEL, safe=safe)
    with _telling_damage(folder / _MODEL):
        check_units(read_head(model), facts["levels"])
    return Classifier(model=model, preprocessing=preprocessing, **facts, folder=str(folder.resolve()))


def check_target(folder: PathLike, *, overwrite: bool, argument: str = "folder") -> None:
    """Refuse to write over anything but, if wished, a classifier, and where nothing can be written."""
    target = Path(folder).expanduser()
    names = check_folder(target, argument)
    if names and not ({_DESCRIPTION} <= names <= _FILES):
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
            f"The model {model.name!r} cannot be written: {_first_line(error)}",
            hint="A layer of your own needs a `get_config()` that gives its arguments.",
        ) from error


def _tell_code(path: Path) -> None:
    try:
        check_archive(path, safe=True)
    except UnsafeError as error:
        warn(f"The classifier will open with `safe = {constant(False)}` only. {error.message}")


def _with_whole_paths(images: pd.DataFrame) -> pd.DataFrame:
    whole = images["path"].map(lambda path: Path(os.path.abspath(path)).as_posix(), na_action="ignore")  # noqa: PTH100
    return images.assign(path=whole.astype(object))


def _plain(value: Any) -> Any:
    """Give a number of NumPy as one of Python, and anything else as text: stages tell, they are not run again."""
    return value.item() if hasattr(value, "item") else str(value)


def _read_description(folder: Path) -> dict[str, Any]:
    path = folder / _DESCRIPTION
    if not path.is_file():
        raise StoreError(f"{str(folder)!r} holds no classifier: {_DESCRIPTION!r} is missing.")
    with _telling_damage(path):
        description = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(description, dict) or not isinstance(description.get("kind"), str):
            raise ValueError("it does not say what it describes")
    if description["kind"] not in OPENERS or description.get("format") != _FORMAT:
        raise StoreError(
            f"{str(folder)!r} holds {described(description['kind'])} in format {described(description.get('format'))}, "
            f"which this version does not know.",
            hint="It was written by a newer version of tidycnn: install that one.",
        )
    return description


def _read_table(path: Path, table: Mapping[str, Any]) -> pd.DataFrame:
    _check_there(path)
    with _telling_damage(path):
        return read_table(path, table["columns"], table["rows"])


def _read_whitening(folder: Path) -> Any:
    path = folder / _WHITENING
    if not path.exists():
        return None
    with _telling_damage(path):
        return np.load(path, allow_pickle=False)


def _read_model(path: Path, *, safe: bool) -> Any:
    _check_there(path)
    check_archive(path, safe=safe)
    try:
        return keras.saving.load_model(path, safe_mode=safe)
    except Exception as error:
        try:
            model = keras.saving.load_model(path, safe_mode=safe, compile=False)
        except Exception:
            raise StoreError(
                f"{str(path)!r} cannot be opened by Keras {keras.__version__}: {_first_line(error)}",
                hint="If it has classes of your own, import what defines them first.",
            ) from error
    warn(
        "The classifier is opened without its loss, metrics and optimizer, because Keras does not know one of them: "
        "it predicts as before, and is compiled anew when it is trained."
    )
    return model


def _check_there(path: Path) -> None:
    if not path.is_file():
        raise StoreError(f"{str(path.parent)!r} is damaged: {path.name!r} is missing.")


def _tell_versions(written: Mapping[str, str]) -> None:
    here = library_versions()
    # TensorFlow goes by one of two names.
    names = {"tensorflow-cpu": "tensorflow"}
    then, now = (
        {names.get(name, name): version for name, version in versions.items() if name in _DECISIVE}
        for versions in (written, here)
    )
    other = [f"{name} {then[name]} (here {now.get(name, 'missing')})" for name in then if then[name] != now.get(name)]
    if other:
        warn(f"The classifier was written under other versions: {', '.join(other)}. Its predictions may differ.")


@contextlib.contextmanager
def _telling_damage(path: Path) -> Iterator[None]:
    """Say of what goes wrong inside the block that the file is damaged."""
    try:
        yield
    except StoreError:
        raise
    except KeyError as error:
        raise StoreError(f"{str(path)!r} is damaged: it lacks {error}.") from error
    except TableError as error:
        raise StoreError(f"{str(path)!r} is damaged: it {error}.") from error
    except (TidycnnError, ValueError, TypeError, AttributeError, EOFError, MemoryError, RecursionError) as error:
        raise StoreError(f"{str(path)!r} is damaged: {_first_line(error)}") from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]

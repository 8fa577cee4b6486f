"""The folder of a classifier: what lies in it, and how it is read without running anything of it.

It holds `model.keras` (the model with its optimizer, as Keras stores it), `classifier.json` (what is said about it, and
the types of the columns), `history.csv` and `images.csv`; `whitening.npy` where images are whitened.
"""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tidycnn.core.engine import keras
from tidycnn.core.errors import StoreError, TidycnnError, UnsafeError, described, warn
from tidycnn.core.preprocessing import Preprocessing
from tidycnn.core.store import OPENERS
from tidycnn.core.tables import TableError, read_table
from tidycnn.fit.classifier import Classifier, library_versions
from tidycnn.model.allocation import bounded_variables
from tidycnn.model.archive import check_archive
from tidycnn.train.decay import remember_decay
from tidycnn.train.head import check_levels, check_units, read_head

DESCRIPTION = "classifier.json"
MODEL = "model.keras"
TABLES = ("history", "images")
WHITENING = "whitening.npy"
FORMAT = 1
# What is written as it is; the rest of a classifier has files or forms of its own.
FACTS = ("levels", "outputs", "seed", "seconds", "best_epoch", "kept_epoch", "stages", "versions")
# Other versions of these may give other predictions.
_DECISIVE = ("tidycnn", "keras", "tensorflow", "tensorflow-cpu")


def open_classifier(folder: Path, *, safe: bool = True) -> Classifier:
    """Open a folder that holds one model."""
    description = read_description(folder)
    with _telling_damage(folder / DESCRIPTION):
        _tell_versions(description.get("versions", {}))
        facts: dict[str, Any] = {name: description[name] for name in FACTS}
        preprocessing = Preprocessing.from_dict(description["preprocessing"], _read_whitening(folder))
        tables = {name: description["tables"][name] for name in TABLES}
        check_levels(facts["levels"], "levels")
    facts |= {name: _read_table(folder / f"{name}.csv", tables[name]) for name in TABLES}
    model = _read_model(folder / MODEL, safe=safe)
    with _telling_damage(folder / MODEL):
        check_units(read_head(model), facts["levels"])
    if getattr(model, "optimizer", None) is not None:
        with _telling_damage(folder / DESCRIPTION):
            remember_decay(model.optimizer, description.get("decay", 0.0))
    tell_function(preprocessing)
    return Classifier(model=model, preprocessing=preprocessing, **facts, folder=str(folder.resolve()))


def read_description(folder: Path) -> dict[str, Any]:
    path = folder / DESCRIPTION
    if not path.exists():
        raise StoreError(f"{str(folder)!r} holds no classifier: {DESCRIPTION!r} is missing.")
    _check_there(path)
    with _telling_damage(path):
        description = json.loads(path.read_text(encoding="utf-8", errors="surrogatepass"))
        if not isinstance(description, dict) or not isinstance(description.get("kind"), str):
            raise ValueError("it does not say what it describes")
    if description["kind"] not in OPENERS or description.get("format") != FORMAT:
        raise StoreError(
            f"{str(folder)!r} holds {described(description['kind'])} in format {described(description.get('format'))}, "
            f"which this version does not know.",
            hint="It was written by a newer version of tidycnn: install that one.",
        )
    return description


def tell_function(preprocessing: Preprocessing) -> None:
    name = preprocessing.unstored_function
    if name is not None:
        warn(
            f"The preprocessing function {name!r} is not stored with the classifier, which does not predict without "
            "it. Once loaded, give `as_classifier()` its model, its levels and a generator that has this function."
        )


def first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _read_table(path: Path, table: Mapping[str, Any]) -> pd.DataFrame:
    _check_there(path)
    with _telling_damage(path):
        return read_table(path, table["columns"], table["rows"])


def _read_whitening(folder: Path) -> Any:
    path = folder / WHITENING
    if not path.exists():
        return None
    _check_there(path)
    with _telling_damage(path):
        # A map of the file is refused where the file is shorter than it says.
        return np.array(np.load(path, mmap_mode="r", allow_pickle=False))


def _read_model(path: Path, *, safe: bool) -> Any:
    _check_there(path)
    stored = check_archive(path, safe=safe)
    bounded = contextlib.nullcontext if not safe else functools.partial(bounded_variables, stored)
    try:
        with bounded():
            return keras.saving.load_model(path, safe_mode=safe)
    except UnsafeError:
        raise
    except Exception as error:
        try:
            with bounded():
                model = keras.saving.load_model(path, safe_mode=safe, compile=False)
        except Exception:
            raise StoreError(
                f"{str(path)!r} cannot be opened by Keras {keras.__version__}: {first_line(error)}",
                hint="If it has classes of your own, import what defines them first.",
            ) from error
    warn(
        "The classifier is opened without its loss, metrics and optimizer, because Keras does not know one of them: "
        "it predicts as before, and is compiled anew when it is trained."
    )
    return model


def _check_there(path: Path) -> None:
    """Refuse what is no file: a pipe would be waited at for ever, a device has no end."""
    if not path.is_file():
        state = "is no file" if path.exists() else "is missing"
        raise StoreError(f"{str(path.parent)!r} is damaged: {path.name!r} {state}.")


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
    except OSError as error:
        raise StoreError(f"{str(path)!r} cannot be read: {error.strerror or error}.") from error
    except TableError as error:
        raise StoreError(f"{str(path)!r} is damaged: it {error}.") from error
    except (TidycnnError, ValueError, TypeError, AttributeError, EOFError, MemoryError, RecursionError) as error:
        raise StoreError(f"{str(path)!r} is damaged: {first_line(error)}") from error

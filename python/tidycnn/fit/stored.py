"""What a classifier puts in its folder, and how it is read without running anything of it.

It is `model.keras` (the model with its optimizer, as Keras stores it), `classifier.json` (what is said about it),
`history.csv` and `images.csv`; `whitening.npy` where images are whitened.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tidycnn.core.engine import keras
from tidycnn.core.errors import StoreError, UnsafeError, constant, first_line, warn
from tidycnn.core.folders import FolderKind, StoredFolder, read_folder, telling_damage, write_folder
from tidycnn.core.preprocessing import Preprocessing
from tidycnn.core.types import PathLike
from tidycnn.fit._kept_images import KeptImages, kept_images, kept_stages, with_index
from tidycnn.model.allocation import bounded_variables
from tidycnn.model.archive import check_archive
from tidycnn.train.decay import decay_of, remember_decay
from tidycnn.train.head import check_levels, check_units, read_head

MODEL_FILE = "model.keras"
WHITENING_FILE = "whitening.npy"
CLASSIFIER = FolderKind(
    name="classifier",
    noun="classifier",
    format=1,
    tables=("history", "images"),
    files=(MODEL_FILE, WHITENING_FILE),
    caution="Its predictions may differ.",
)
# A fit that keeps itself: its classifier lies in it at last.
KEPT_FIT = FolderKind(
    name="fit",
    noun="fit",
    format=1,
    tables=("images",),
    files=("checkpoints", "classifier", "job", "lock"),
    needs_versions=True,
)
# Many fits, each of which keeps itself in a folder of its own among `fits`.
KEPT_FITS = FolderKind(name="fits", noun="fits", format=1, files=("fits", "lock"))
# The stages of a fine-tuning, likewise; the classifier of all of them lies in it at last.
KEPT_STAGES = FolderKind(name="stages", noun="stages", format=1, files=("fits", "classifier", "job", "lock"))
# What is written as it is; the rest of a classifier has files or forms of its own.
_FACTS = ("levels", "outputs", "seed", "seconds", "best_epoch", "kept_epoch", "stages", "versions")


def write_classifier(classifier: Any, folder: PathLike, *, overwrite: bool = False, images: KeptImages = "all") -> Path:
    """Write a classifier of one model, whole or not at all, and give its folder."""
    model, preprocessing = classifier.model, classifier.preprocessing
    files: dict[str, Callable[[Path], object]] = {MODEL_FILE: functools.partial(write_model, model)}
    if preprocessing.whitening is not None:
        files[WHITENING_FILE] = lambda path: np.save(path, preprocessing.whitening, allow_pickle=False)
    table, index = kept_images(classifier.images, images)
    facts = {
        **{name: getattr(classifier, name) for name in _FACTS},
        "stages": kept_stages(classifier.stages, images),
        "index": index,
        "preprocessing": preprocessing.to_dict(),
        "decay": decay_of(getattr(model, "optimizer", None)),
    }
    tables = {"history": classifier.history, "images": table}
    target = write_folder(folder, CLASSIFIER, facts, tables=tables, files=files, overwrite=overwrite)
    _tell_code(target / MODEL_FILE)
    _tell_function(preprocessing)
    return target


def read_classifier(folder: Path, *, safe: bool = True) -> dict[str, Any]:
    """Read what `write_classifier()` wrote: the parts of a classifier by their names."""
    stored = read_folder(folder, CLASSIFIER)
    with stored.believing():
        parts: dict[str, Any] = {name: stored.facts[name] for name in _FACTS}
        preprocessing = Preprocessing.from_dict(stored.facts["preprocessing"], read_whitening(stored))
        check_levels(parts["levels"], "levels")
    parts |= {name: stored.table(name) for name in CLASSIFIER.tables}
    with stored.believing():
        parts["images"] = with_index(parts["images"], stored.facts.get("index"))
    model = read_model(stored.file(MODEL_FILE), safe=safe)
    with stored.believing(MODEL_FILE):
        check_units(read_head(model), parts["levels"])
    if getattr(model, "optimizer", None) is not None:
        with stored.believing():
            remember_decay(model.optimizer, stored.facts.get("decay", 0.0))
    _tell_function(preprocessing)
    return {"model": model, "preprocessing": preprocessing, **parts, "folder": str(folder.resolve())}


def write_model(model: Any, path: Path) -> None:
    """Write a model with its compilation to a file of Keras."""
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


def write_model_for_processes(model: Any, path: Path) -> None:
    """Write a model that another process reads without running code of it; UnsafeError where it has such."""
    write_model(model, path)
    check_archive(path, safe=True)


def _tell_code(path: Path) -> None:
    try:
        check_archive(path, safe=True)
    except UnsafeError as error:
        warn(f"The classifier will open with `safe = {constant(False)}` only. {error.message}")


def _tell_function(preprocessing: Preprocessing) -> None:
    name = preprocessing.unstored_function
    if name is not None:
        warn(
            f"The preprocessing function {name!r} is not stored with the classifier, which does not predict without "
            "it. Once loaded, give `as_classifier()` its model, its levels and a generator that has this function."
        )


def read_whitening(stored: StoredFolder) -> Any:
    """Read the matrix that images are whitened by, None where they are not."""
    if not (stored.path / WHITENING_FILE).exists():
        return None
    path = stored.file(WHITENING_FILE)
    with telling_damage(path):
        # A map of the file is refused where the file is shorter than it says.
        return np.array(np.load(path, mmap_mode="r", allow_pickle=False))


def read_model(path: Path, *, safe: bool) -> Any:
    """Read a model, without its compilation where Keras does not know all of that."""
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

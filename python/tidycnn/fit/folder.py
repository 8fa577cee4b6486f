"""A classifier as a folder: saved by the classifier itself, opened by those who know its kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from tidycnn.core.checks import checked
from tidycnn.core.errors import InputError
from tidycnn.core.folders import open_folder
from tidycnn.core.types import PathLike, TrainedClassifier
from tidycnn.fit.classifier import Classifier
from tidycnn.fit.stored import CLASSIFIER, KEPT_FIT, KEPT_STAGES, read_classifier


@checked
def save_classifier(
    classifier: TrainedClassifier,
    folder: PathLike,
    *,
    overwrite: bool = False,
    images: Literal["all", "paths", "none"] = "all",
) -> TrainedClassifier:
    """Save a classifier in a folder.

    The folder appears whole or not at all: of a process that is killed while it replaces a classifier, the old one or
    the new one is there when it is loaded. R and Python read the same folder. A preprocessing function of your own is
    not stored: there is a warning, and no prediction without it.

    Parameters
    ----------
    classifier
        A classifier, as `fit_classifier()` gives.
    folder
        Folder to write: `model.keras`, `classifier.json`, `history.csv` and `images.csv`. It must be missing, empty or,
        with `overwrite`, a saved classifier.
    overwrite
        Whether to replace a classifier that is there. Another folder is never replaced.
    images
        What is written of the images that it was fitted on, which no prediction needs: `"all"`, with absolute paths and
        your own columns; `"paths"`, for giving it away: paths below the folder that all share, labels, splits, what is
        known of the files, and groups by numbers; or `"none"`.

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
    # What else saves itself need not know a choice that was not made.
    options: dict[str, Any] = {} if images == "all" else {"images": images}
    classifier.save(folder, overwrite=overwrite, **options)
    return classifier


@checked
def load_classifier(folder: PathLike, *, safe: bool = True) -> TrainedClassifier:
    """Load a classifier from a folder.

    Nothing in the folder is run. Its archive is looked into first: a model with code of its own, or with parts that
    lead elsewhere, is refused.

    Parameters
    ----------
    folder
        Folder that `save_classifier()` wrote, or in which a fit has kept itself to its end.
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
    opened: TrainedClassifier = open_folder(_within_fit(Path(folder).expanduser()), CLASSIFIER.noun, safe=safe)
    return opened


def _within_fit(folder: Path) -> Path:
    """Give the folder of the classifier in that of a fit."""
    if not any((folder / kind.description).is_file() for kind in (KEPT_FIT, KEPT_STAGES)):
        return folder
    inside = folder / CLASSIFIER.noun
    if not inside.is_dir():
        raise InputError(
            f"`folder` {str(folder)!r} has a fit that has not ended.",
            hint="Call `fit_classifier()` or `fine_tune()` as before: the fit goes on.",
        )
    return inside


def open_classifier(folder: Path, *, safe: bool = True) -> Classifier:
    """Open a folder that holds one model."""
    return Classifier(**read_classifier(folder, safe=safe))

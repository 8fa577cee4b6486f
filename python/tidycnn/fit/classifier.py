"""A model that knows its labels and how its images are prepared."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from tidycnn.core.checks import checked
from tidycnn.core.errors import InputError, counted, listed
from tidycnn.core.frames import IMAGE_COLUMNS, NA_REAL, empty_history
from tidycnn.core.groups import group_names, has_groups
from tidycnn.core.preprocessing import Preprocessing
from tidycnn.core.types import ColorMode, ImageFlow, Interpolation, KerasModel, TrainedClassifier
from tidycnn.fit._preparation import prepare_images
from tidycnn.flow.generator import RESCALED, ImageDataGenerator
from tidycnn.train.head import Outputs, check_levels, check_units, read_head

_LIBRARIES = ("tidycnn", "keras", "tensorflow", "tensorflow-cpu", "numpy", "pandas")


def library_versions() -> dict[str, str]:
    """Tell the versions of what a classifier is made with."""
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


@dataclass(eq=False)
class Classifier:
    """A classifier: a model with its levels and its preprocessing.

    Parameters
    ----------
    model
        The Keras model.
    levels
        The labels, in the order of the model's units; one unit stands for the second.
    preprocessing
        How an image becomes what the model takes.
    history
        One row per stage, epoch, data and metric.
    images
        The images it was fitted on, with the split that each had.
    outputs
        What the model gives: `probability`, or `logit` where its last layer has no activation.
    seed
        The seed of the fit.
    seconds
        How long the fit took.
    best_epoch
        The epoch of the last stage with the lowest loss on the validation images (on the training images where there
        were none).
    kept_epoch
        The epoch of the last stage whose weights the model has: the best where `patience` was given, else the last.
    stages
        The plan of each stage of the training, as plain data, and in `ended` what ended it early.
    versions
        The versions of the libraries that it was made with.
    folder
        Where it was saved, or loaded from.
    """

    model: Any
    levels: list[str]
    preprocessing: Preprocessing
    history: pd.DataFrame
    images: pd.DataFrame
    outputs: Outputs = "probability"
    seed: int | None = None
    seconds: float | None = None
    best_epoch: int | None = None
    kept_epoch: int | None = None
    stages: list[dict[str, Any]] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=library_versions)
    folder: str | None = None

    def __repr__(self) -> str:
        height, width = self.preprocessing.target_size
        lines = [
            f"<Classifier {self.model.name}: {counted(len(self.levels), 'label')} ({listed(self.levels, most=6)})>",
            f"  images      {height} x {width} pixels, {self.preprocessing.color_mode}",
            f"  parameters  {self.model.count_params():,}",
        ]
        if self.stages:
            lines.append(f"  fitted      {_spell_fit(self)}")
        lines += [f"  ended       {stage['ended']}" for stage in self.stages if stage.get("ended")]
        return "\n".join(lines)


@checked
def as_classifier(
    model: KerasModel,
    levels: Sequence[str],
    generator: ImageDataGenerator | ImageFlow = RESCALED,
    *,
    target_size: tuple[int, int] | None = None,
    color_mode: ColorMode | None = None,
    interpolation: Interpolation | None = None,
) -> TrainedClassifier:
    """Make a classifier from a Keras model.

    The door from the Keras floor to the tidy one: afterwards the model predicts whole frames of images.
    The model itself is used, not a copy.

    Parameters
    ----------
    model
        A built Keras model with one softmax unit per level, or one sigmoid unit for the second of two levels.
    levels
        The labels, in the order of the model's units.
    generator
        How the images were prepared when the model was trained: an image data generator (its augmentation
        has no say here), or the flow that the model was trained with.
    target_size
        Height and width of the images; the model's where not given.
    color_mode
        `"rgb"`, `"rgba"` or `"grayscale"`; by the model's channels where not given.
    interpolation
        How images are resized; `"bilinear"` where not given.

    Returns
    -------
    A classifier.

    Examples
    --------
    >>> from tidycnn import cnn
    >>> classifier = as_classifier(cnn((32, 32, 3), 2, seed=1), ["cat", "dog"])
    >>> classifier.levels
    ['cat', 'dog']
    """
    check_levels(levels, "levels")
    head = read_head(model)
    check_units(head, levels)
    preprocessing = prepare_images(model, generator, target_size, color_mode, interpolation)
    return Classifier(
        model=model,
        levels=list(levels),
        preprocessing=preprocessing,
        history=empty_history(),
        images=pd.DataFrame({column: pd.Series(dtype=object) for column in IMAGE_COLUMNS[:4]}),
        outputs="logit" if head.gives_logits else "probability",
    )


@checked
def glance_classifier(classifier: TrainedClassifier) -> pd.DataFrame:
    """Sum up a classifier in one row.

    `val_loss` and `val_accuracy` are those of the weights that the model has; missing without validation.
    """
    known = as_own(classifier)
    images = known.images
    row = {
        "parameters": known.model.count_params(),
        "epochs": _count_epochs(known),
        "best_epoch": NA_REAL if known.best_epoch is None else known.best_epoch,
        "val_loss": _kept_value(known, "loss"),
        "val_accuracy": _kept_value(known, "accuracy"),
        "seconds": NA_REAL if known.seconds is None else known.seconds,
        "seed": NA_REAL if known.seed is None else known.seed,
        "images": int((images["split"] == "train").sum()),
        "groups": group_names(images[images["split"] == "train"]).nunique() if has_groups(images) else NA_REAL,
    }
    return pd.DataFrame([row])


def as_own(classifier: Any) -> Classifier:
    """Refuse what is no classifier of ours."""
    if not isinstance(classifier, Classifier):
        raise InputError(
            f"`classifier` must be a classifier, not an object of class {type(classifier).__qualname__}.",
            hint="`fit_classifier()` gives one; `as_classifier(model, levels, generator)` makes one of a Keras model.",
        )
    return classifier


def _kept_value(classifier: Classifier, metric: str) -> float:
    history = classifier.history
    if not classifier.stages:
        return NA_REAL
    kept = history[
        (history["data"] == "validation")
        & (history["metric"] == metric)
        & (history["stage"] == classifier.stages[-1]["stage"])
        & (history["epoch"] == classifier.kept_epoch)
    ]
    return float(kept["value"].iloc[-1]) if len(kept) else NA_REAL


def _count_epochs(classifier: Classifier) -> int:
    return len(classifier.history[["stage", "epoch"]].drop_duplicates())


def _spell_fit(classifier: Classifier) -> str:
    n = int((classifier.images["split"] == "train").sum())
    text = f"on {counted(n, 'image')}, {counted(_count_epochs(classifier), 'epoch')}"
    loss, accuracy = _kept_value(classifier, "loss"), _kept_value(classifier, "accuracy")
    for name, value in (("val_loss", loss), ("val_accuracy", accuracy)):
        text += f", {name} {value:.3f}" if np.isfinite(value) else ""
    return text

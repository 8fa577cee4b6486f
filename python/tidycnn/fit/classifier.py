"""A model that knows its labels and how its images are prepared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.checks import checked, coerce
from tidycnn.core.errors import InputError, listed
from tidycnn.core.folders import library_versions
from tidycnn.core.frames import IMAGE_COLUMNS, NA_REAL, as_text
from tidycnn.core.histories import empty_history
from tidycnn.core.html import ShownInNotebooks
from tidycnn.core.preprocessing import Preprocessing
from tidycnn.core.types import (
    ColorMode,
    ImageFlow,
    Interpolation,
    KerasModel,
    Label,
    OnError,
    PathLike,
    TrainedClassifier,
    is_flow,
)
from tidycnn.fit._kept_images import KeptImages
from tidycnn.fit._preparation import generator_for, prepare_images
from tidycnn.fit._probabilities import model_probabilities
from tidycnn.fit.description import describe_classifier, spell_classifier
from tidycnn.fit.stored import write_classifier
from tidycnn.flow.generator import ImageDataGenerator
from tidycnn.train.head import Outputs, check_levels, check_units, read_head
from tidycnn.train.seen import seen_by

# What `glance` shows of it.
_GLANCED = (
    "parameters",
    "epochs",
    "best_epoch",
    "val_loss",
    "val_accuracy",
    "seconds",
    "seed",
    "images",
    "groups",
)

# What may be changed of it, and into what.
_PARTS: dict[str, Any] = {
    "model": KerasModel,
    "levels": Sequence[Label],
    "preprocessing": Preprocessing,
    "history": pd.DataFrame,
    "images": pd.DataFrame,
}


@dataclass(eq=False)
class Classifier(ShownInNotebooks):
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

    def __setattr__(self, name: str, value: Any) -> None:
        is_changed = name in self.__dict__ and name in _PARTS
        if is_changed:
            value = coerce(value, _PARTS[name], name)
        if is_changed and name in ("model", "levels"):
            levels = [as_text(level) for level in (value if name == "levels" else self.levels)]
            check_levels(levels, "levels")
            check_units(read_head(value if name == "model" else self.model), levels)
            if name == "levels":
                _check_order(levels, self.levels, "but the classifier has")
            value = levels if name == "levels" else value
        super().__setattr__(name, value)

    def probabilities(
        self,
        images: pd.DataFrame | ImageFlow,
        *,
        batch_size: int = 32,
        on_error: OnError = "skip",
        progress: bool = True,
    ) -> NDArray[np.float64]:
        """Give the probabilities of images: a row per image, a column per level."""
        return model_probabilities(self, images, batch_size=batch_size, on_error=on_error, progress=progress)

    def describe(self) -> dict[str, Any]:
        """Say what it is, as plain data."""
        return describe_classifier(self)

    def save(self, folder: PathLike, *, overwrite: bool = False, images: KeptImages = "all") -> None:
        """Write it to a folder, which it knows from then on."""
        self.folder = str(write_classifier(self, folder, overwrite=overwrite, images=images).resolve())

    def __repr__(self) -> str:
        return spell_classifier(self)


@checked
def as_classifier(
    model: KerasModel,
    levels: Sequence[Label],
    generator: ImageDataGenerator | ImageFlow | None = None,
    *,
    target_size: tuple[int, int] | None = None,
    color_mode: ColorMode | None = None,
    interpolation: Interpolation | None = None,
    exif: bool = True,
) -> Classifier:
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
        has no say here), or the flow that the model was trained with. Where not given, grey levels are divided by 255,
        unless the model scales them itself.
    target_size
        Height and width of the images; the model's where not given.
    color_mode
        `"rgb"`, `"rgba"` or `"grayscale"`; by the model's channels where not given.
    interpolation
        How images are resized; `"bilinear"` where not given.
    exif
        Whether pictures are turned as their EXIF data say; False leaves them as they are stored, as Keras does. A flow
        has its own.

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
    labels = [as_text(level) for level in levels]
    check_levels(labels, "levels")
    head = read_head(model)
    check_units(head, labels)
    trained = seen_by(model).levels
    if trained:
        _check_order(labels, trained, "but the model was trained on")
    elif is_flow(generator):
        _check_order(labels, generator.levels, "but the flow has")
    generator = generator_for(model, generator)
    preprocessing = prepare_images(model, generator, target_size, color_mode, interpolation, exif=exif)
    return Classifier(
        model=model,
        levels=labels,
        preprocessing=preprocessing,
        history=empty_history(),
        images=pd.DataFrame({column: pd.Series(dtype=object) for column in IMAGE_COLUMNS[:4]}),
        outputs="logit" if head.gives_logits else "probability",
    )


def _check_order(levels: Sequence[str], known: Sequence[str], than: str) -> None:
    """Refuse known labels in another order; other names for them are the user's choice."""
    if set(levels) == set(known) and list(levels) != list(known):
        raise InputError(
            f"`levels` are in the order {listed(levels)}, {than} {listed(known)}.",
            hint="Levels stand in the order of the model's units: take those of the flow that it was trained with.",
        )


@checked
def glance_classifier(classifier: TrainedClassifier) -> pd.DataFrame:
    """Sum up a classifier in one row.

    `val_loss` and `val_accuracy` are those of the weights that the model has; missing without validation.
    """
    said = classifier.describe()
    return pd.DataFrame([{name: NA_REAL if said.get(name) is None else said[name] for name in _GLANCED}])


@checked
def model_of(classifier: TrainedClassifier) -> KerasModel:
    """Give the one model of a classifier."""
    model = getattr(classifier, "model", None)
    if model is None:
        raise InputError(
            f"`classifier` must have one Keras model, whose layers can be listed, but {type(classifier).__name__!r} "
            "has none.",
            hint="It predicts and is saved like any classifier.",
        )
    known: KerasModel = model
    return known

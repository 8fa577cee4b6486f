"""Features: what a layer of a network gives for images, as a frame that any other model can learn from."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from tidycnn.core.checks import checked
from tidycnn.core.errors import InputError
from tidycnn.core.frames import FEATURE_PREFIX, NA_REAL, feature_columns, tell_left_out, usable_rows
from tidycnn.core.preprocessing import Preprocessing
from tidycnn.core.types import KerasModel, OnError, PathLike, TrainedClassifier
from tidycnn.fit._further import network_of
from tidycnn.fit._layers import layer_values, part_of, precision_of
from tidycnn.fit._preparation import generator_for, prepare_images
from tidycnn.fit.control import DEFAULT_CONTROL, FitControl
from tidycnn.fit.predict import with_failures
from tidycnn.flow.generator import ImageDataGenerator
from tidycnn.images.table import complete_images, image_table


@checked
def extract_features(
    base: KerasModel | TrainedClassifier,
    images: pd.DataFrame | PathLike,
    *,
    layer: str | int | None = None,
    generator: ImageDataGenerator | None = None,
    target_size: tuple[int, int] | None = None,
    exif: bool = True,
    pooling: Literal["avg", "max", "none"] = "avg",
    on_error: OnError = "skip",
    control: FitControl = DEFAULT_CONTROL,
    progress: bool = True,
) -> pd.DataFrame:
    """Give what a layer of a network says of every image, as columns of numbers.

    Other models learn from them: those of scikit-learn, or of R. They are computed once: the next call on the same
    images, by the same layers and weights, reads them from the cache.

    Parameters
    ----------
    base
        A Keras model, mostly one without its last layers, or a classifier, whose images are prepared as it knows.
    images
        A frame with `path` (labels are not needed), or a folder.
    layer
        The layer whose output is taken: its name as `list_layers()` has it, the name of an inner model, or its position
        there. What the model itself gives where missing.
    generator
        How images are scaled; never augmented here. Where not given, grey levels are divided by 255, unless the model
        scales them itself. A classifier has its own.
    target_size
        Height and width of the images; the model's where not given.
    exif
        Whether pictures are turned as their EXIF data say. A classifier has its own.
    pooling
        What becomes of maps: `"avg"` and `"max"` take the mean or the maximum of each channel, `"none"` all numbers.
    on_error
        What happens when a file cannot be read any more: `"skip"` leaves its numbers missing, with a warning; `"stop"`
        is an error that names it.
    control
        Of what `fit_control()` gives, `precision` and `threads`.
    progress
        Whether to show how far the work has come.

    Returns
    -------
    The rows, the index and the columns of `images` with a column `.x0001`, `.x0002` and so on for each number, missing
    where an image cannot be read.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from tidycnn import cnn, make_blood_cells
    >>> images = make_blood_cells(mkdtemp(), n=4, size=32, seed=1)
    >>> model = cnn((32, 32, 3), 4, filters=6, seed=1)
    >>> features = extract_features(model, images, layer="pool_1", progress=False)
    >>> features.filter(like=".x").shape
    (4, 6)
    """
    network, classifier = network_of(base)
    preprocessing = preprocessing_of(network, classifier, generator, target_size, exif=exif)
    frame = _without_features(images) if isinstance(images, pd.DataFrame) else image_table(images, progress=progress)
    frame = complete_images(frame, progress=progress)
    usable = usable_rows(frame).to_numpy()
    part = part_of(network, [layer], pooling=pooling)
    known: dict[str, Any] = {"control": control, "precision": precision_of(control), "on_error": on_error}
    [found], failed = layer_values(part, frame[usable], preprocessing, **known, progress=progress)
    frame = with_failures(frame, np.flatnonzero(usable)[failed])
    if isinstance(images, pd.DataFrame):  # Of files that it was given itself, `image_table()` has told.
        tell_left_out(frame["status"][~usable], len(frame), "images", fate="without features")
    values = np.full((len(frame), found.shape[1]), NA_REAL)
    values[usable] = found
    columns = feature_columns(found.shape[1])
    return pd.concat([frame, pd.DataFrame(values, columns=columns, index=frame.index)], axis=1)


def preprocessing_of(
    network: Any,
    classifier: Any,
    generator: ImageDataGenerator | None,
    target_size: tuple[int, int] | None,
    *,
    exif: bool,
    argument: str = "base",
) -> Preprocessing:
    """Give how images are prepared: as the classifier knows, else as the generator and the network say."""
    if classifier is None:
        return prepare_images(network, generator_for(network, generator), target_size, exif=exif)
    if generator is not None or target_size is not None:
        raise InputError(
            f"`generator` and `target_size` have no say where `{argument}` is a classifier, which prepares its own "
            "images.",
            hint="Give its model to prepare them in another way.",
        )
    known: Preprocessing = classifier.preprocessing
    known.check_complete()
    return known


def _without_features(images: pd.DataFrame) -> pd.DataFrame:
    return images[[name for name in images.columns if not str(name).startswith(FEATURE_PREFIX)]]

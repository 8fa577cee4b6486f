"""Predictions: the images frame with one class and one probability per level, in input order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.checks import check_count, checked
from tidycnn.core.errors import InputError, counted, listed, spell_shape, warn
from tidycnn.core.frames import (
    NA_REAL,
    PREDICTED,
    PREDICTION_PREFIX,
    TRAINED,
    in_label_order,
    is_missing_real,
    label_text,
    prediction_columns,
    tell_left_out,
    usable_rows,
)
from tidycnn.core.types import ImageFlow, OnError, PathLike, TrainedClassifier, is_flow
from tidycnn.images.table import complete_images, image_table, with_facts
from tidycnn.splits.leaks import rows_shared
from tidycnn.train.seen import seen_by


@checked
def predict_images(
    classifier: TrainedClassifier,
    images: pd.DataFrame | ImageFlow | PathLike | Sequence[PathLike],
    *,
    batch_size: int = 32,
    on_error: OnError = "skip",
    progress: bool = True,
) -> pd.DataFrame:
    """Predict the class of every image.

    Every row of `images` stands in the answer, in its place: images that cannot be read have missing predictions, and
    `status` says what is wrong with them. Images are sized and scaled as they were for the fit, and never augmented.

    Parameters
    ----------
    classifier
        A classifier, as `fit_classifier()`, `load_classifier()` or `as_classifier()` gives.
    images
        A frame with `path` (labels are not needed), one path or several, a folder, or a flow.
    batch_size
        How many images are predicted at once; a flow has its own.
    on_error
        What happens when a file cannot be read any more: `"skip"` leaves its prediction missing, with a warning;
        `"stop"` is an error that names it.
    progress
        Whether to show how far the work has come.

    Returns
    -------
    The rows, the index and the columns of `images` with `.pred_class` (a factor with the levels of the classifier) and
    one probability `.pred_<level>` per level. Where the classifier was trained on some of them, `.trained` tells which
    rows are of a file, or identical to one, that trained it; `score_predictions()` warns of them.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from tidycnn import as_classifier, cnn, make_blood_cells
    >>> images = make_blood_cells(mkdtemp(), n=4, size=32, seed=1)
    >>> model = cnn((32, 32, 3), 4, filters=4, units=None, seed=1)
    >>> classifier = as_classifier(model, images["label"].cat.categories)
    >>> len(predict_images(classifier, images, progress=False)) == len(images)
    True
    """
    check_count(batch_size, "batch_size")
    if is_flow(images):
        given, frame = images, without_predictions(images.images)
        usable = np.ones(len(frame), dtype=bool)
    else:
        frame = _as_frame(images, progress)
        usable = usable_rows(frame).to_numpy()
        given = frame[usable]
    levels = list(classifier.levels)
    probabilities = np.full((len(frame), len(levels)), NA_REAL)
    probabilities[usable] = _checked(
        classifier.probabilities(given, batch_size=batch_size, on_error=on_error, progress=progress),
        (int(usable.sum()), len(levels)),
    )
    failed = usable & is_missing_real(probabilities).all(axis=1)
    frame = with_failures(frame, np.flatnonzero(failed))
    if isinstance(images, pd.DataFrame):  # Of files that it was given itself, `image_table()` has told.
        tell_left_out(frame["status"][~usable], len(frame), "images", fate="without a prediction")
    is_trained = None
    if not is_flow(images) or images.is_of_files:
        is_trained = trained_rows(getattr(classifier, "model", None), classifier, frame)
    predictions = with_predictions(_aligned(frame, levels), probabilities, levels)
    return predictions if is_trained is None else predictions.assign(**{TRAINED: is_trained})


def trained_rows(network: Any, classifier: Any, frame: pd.DataFrame) -> NDArray[np.bool_] | None:
    """Tell which of labelled images, that can be scored, a network or its classifier was trained on; None for none."""
    if "label" not in frame.columns or frame["label"].isna().all():
        return None
    known = getattr(classifier, "images", None)
    seen = [] if network is None else [seen_by(network).images]
    if known is not None and "split" in known.columns:
        seen.append(known[known["split"] == "train"])
    trained = [rows_shared(frame, images) for images in seen if len(images)]
    found = np.logical_or.reduce(trained) if trained else np.zeros(0, dtype=bool)
    return found if found.any() else None


def _checked(values: Any, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Refuse what is not one row per image and one column per level."""
    probabilities = np.asarray(values, dtype=np.float64)
    if probabilities.shape != shape:
        raise InputError(
            f"`classifier` gave values of the shape {spell_shape(probabilities.shape)} for "
            f"{counted(shape[0], 'image')} and {counted(shape[1], 'label')}.",
            hint="Its `probabilities()` must give one row per image and one column per label.",
        )
    return probabilities


def warn_unread(paths: Sequence[str], said_in: str | None = None) -> None:
    """Tell which images a prediction could not read; `said_in` names where it stands what is wrong with each."""
    where = "" if said_in is None else f", and {said_in} says what is wrong"
    warn(
        f"{counted(len(paths), 'image')} cannot be read any more: {listed(paths, most=3)}. "
        f"The predictions are missing{where}."
    )


def _as_frame(images: Any, progress: bool) -> pd.DataFrame:
    if not isinstance(images, pd.DataFrame):
        return image_table(images, progress=progress)
    return complete_images(without_predictions(images), progress=progress)


def without_predictions(images: pd.DataFrame) -> pd.DataFrame:
    """Give images without what was predicted of them before."""
    return images[[name for name in images.columns if not str(name).startswith(PREDICTION_PREFIX) and name != TRAINED]]


def with_failures(frame: pd.DataFrame, failed: NDArray[np.intp]) -> pd.DataFrame:
    """Say of files that could be read once, and now could not, what is wrong with them."""
    if not len(failed):
        return frame
    paths = frame["path"].iloc[failed]
    found = with_facts(pd.DataFrame({"path": paths.tolist()}))["status"]
    status = frame["status"].astype(object).to_numpy(copy=True)
    # A file may be back already.
    status[failed] = ["unreadable" if now == "ok" else now for now in found]
    warn_unread(paths.tolist(), said_in="`status`")
    return frame.assign(status=status)


def _aligned(frame: pd.DataFrame, levels: Sequence[str]) -> pd.DataFrame:
    """Give `label` the levels of the classifier, so that truth and prediction can be compared."""
    if "label" not in frame.columns:
        return frame
    text = label_text(frame["label"], levels)
    unknown = in_label_order(set(text.dropna()) - set(levels))
    if unknown:
        warn(
            f"`images` has the labels {listed(unknown)}, which the classifier does not know "
            f"(it knows {listed(levels)}): those images can only be predicted wrongly."
        )
    return frame.assign(label=pd.Categorical(text, categories=[*levels, *unknown]))


def with_predictions(frame: pd.DataFrame, probabilities: NDArray[np.float64], levels: list[str]) -> pd.DataFrame:
    """Give images with what is predicted of each; nothing where the probabilities are missing."""
    is_known = ~np.isnan(probabilities).any(axis=1)
    codes: NDArray[np.int64] = np.where(is_known, np.where(is_known[:, None], probabilities, 0).argmax(axis=1), -1)
    columns = dict(zip(prediction_columns(levels), probabilities.T, strict=True))
    predicted = pd.Categorical.from_codes(codes.tolist(), categories=pd.Index(levels))
    predictions = pd.DataFrame({PREDICTED: predicted, **columns}, index=frame.index)
    return pd.concat([frame, predictions], axis=1)

"""Which figure shows what: a frame by its kind, a classifier by its history, a flow by its first batch."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from tidycnn.core.errors import InputError, described, listed
from tidycnn.core.frames import frame_kind
from tidycnn.core.types import ImageFlow, TrainedClassifier
from tidycnn.flow.preview import batch_pictures
from tidycnn.images.table import class_counts
from tidycnn.report._comparison import comparison_figure, probe_figure
from tidycnn.report._confusion import confusion_figure, predictions_figure
from tidycnn.report._counts import counts_figure
from tidycnn.report._figure import Figure
from tidycnn.report._history import history_figure
from tidycnn.report._pictures import pictures_figure
from tidycnn.report._rates import rates_figure
from tidycnn.report._scores import scores_figure

_FIGURES: dict[str, Callable[[pd.DataFrame, str], Figure]] = {
    "counts": counts_figure,
    "images": lambda images, argument: counts_figure(class_counts(images), argument),
    "history": history_figure,
    "rates": rates_figure,
    "confusion": confusion_figure,
    "predictions": predictions_figure,
    "scores": scores_figure,
    "comparison": comparison_figure,
    "probe": probe_figure,
}


def figure_of(x: pd.DataFrame | TrainedClassifier | ImageFlow, argument: str = "x") -> Figure:
    """Give the figure of a frame, a classifier or a flow; `argument` is what messages call it."""
    if isinstance(x, pd.DataFrame):
        return _of_frame(x, argument)
    if isinstance(x, TrainedClassifier):
        return _of_classifier(x, argument)
    return pictures_figure(batch_pictures(x))


def _of_frame(frame: pd.DataFrame, argument: str) -> Figure:
    kind = frame_kind(frame)
    if kind not in _FIGURES:
        raise InputError(
            f"`{argument}` must be a frame of a kind that can be drawn ({listed(_FIGURES, last='or')}), "
            f"not {described(frame)}.",
            hint="`class_counts()`, `confusion_matrix()` and `score_predictions()` give such frames.",
        )
    if len(frame) == 0:
        raise InputError(f"`{argument}` must have at least one row to be drawn.")
    return _FIGURES[kind](frame, argument)


def _of_classifier(classifier: TrainedClassifier, argument: str) -> Figure:
    history = getattr(classifier, "history", None)
    if history is None or len(history) == 0:
        raise InputError(
            f"`{argument}` must be a classifier that was fitted: this one has no history.",
            hint="`fit_classifier()` gives one that has.",
        )
    return history_figure(history, argument, images=_images_of(classifier))


def _images_of(classifier: TrainedClassifier) -> str | None:
    images = getattr(classifier, "images", None)
    if images is None or "split" not in images.columns:
        return None
    n = images["split"].value_counts()
    parts = [f"{n[split]:,} {split}" for split in ("train", "validation") if n.get(split, 0)]
    return f"{' and '.join(parts)} images" if parts else None

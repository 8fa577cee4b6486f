"""One function that draws whatever the other functions return."""

from __future__ import annotations

from collections.abc import Callable

import matplotlib
import pandas as pd
from matplotlib.figure import Figure

from tidycnn.core.checks import checked
from tidycnn.core.errors import InputError, described, listed
from tidycnn.core.frames import frame_kind
from tidycnn.core.types import ImageFlow, TrainedClassifier
from tidycnn.evaluate.confusion import confusion_matrix
from tidycnn.images.table import class_counts
from tidycnn.report._confusion import draw_confusion
from tidycnn.report._counts import draw_counts
from tidycnn.report._history import draw_history
from tidycnn.report._scores import draw_scores
from tidycnn.report._style import SETTINGS

_DRAWN: dict[str, Callable[[pd.DataFrame], Figure]] = {
    "counts": draw_counts,
    "images": lambda images: draw_counts(class_counts(images)),
    "history": draw_history,
    "confusion": draw_confusion,
    "predictions": lambda predictions: draw_confusion(confusion_matrix(predictions)),
    "scores": draw_scores,
}


@checked
def autoplot(x: pd.DataFrame | TrainedClassifier | ImageFlow) -> Figure:
    """Draw a frame, a classifier or a flow.

    Parameters
    ----------
    x
        Class counts or an images frame (bars), a history or a classifier (lines), a confusion matrix or predictions
        (a heat map), scores (points with intervals), a flow (pictures of its first batch). The kind of a frame is
        told from its columns.

    Returns
    -------
    A figure of matplotlib. No window is opened: notebooks show it, and `figure.savefig("name.png")` writes it.

    Notes
    -----
    Of more than 40 labels, bars are drawn for the 20 with the most and the 20 with the fewest images; of more than
    12 classes, scores are drawn for the 5 lowest of each metric. The subtitle then says so. The best epoch is the
    one with the lowest validation loss. Counts are written into the cells of a confusion matrix up to 25 labels,
    shares up to 12. Colours are those of Okabe and Ito (2008), which colour-blind people can tell apart.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"label": ["cat", "dog"], "split": "train", "n": [30, 10], "share": [0.75, 0.25]})
    >>> figure = autoplot(counts)
    >>> figure.get_suptitle()
    'Images of each label\\nn = 40 images of 2 labels'
    """
    with matplotlib.rc_context(SETTINGS):
        if isinstance(x, pd.DataFrame):
            return _draw_frame(x)
        if isinstance(x, TrainedClassifier):
            return _draw_classifier(x)
        from tidycnn.flow.preview import show_batch

        figure: Figure = show_batch(x)
        return figure


def _draw_frame(frame: pd.DataFrame) -> Figure:
    kind = frame_kind(frame)
    if kind not in _DRAWN:
        raise InputError(
            f"`x` must be a frame of a kind that can be drawn ({listed(_DRAWN, last='or')}), not {described(frame)}.",
            hint="`class_counts()`, `confusion_matrix()` and `score_predictions()` give such frames.",
        )
    if len(frame) == 0:
        raise InputError("`x` must have at least one row to be drawn.")
    return _DRAWN[kind](frame)


def _draw_classifier(classifier: TrainedClassifier) -> Figure:
    if len(classifier.history) == 0:
        raise InputError(
            "`x` must be a classifier that was fitted: this one has no history.",
            hint="`list_layers()` describes its model.",
        )
    return draw_history(classifier.history, images=_images_of(classifier))


def _images_of(classifier: TrainedClassifier) -> str | None:
    images = classifier.images
    if images is None or "split" not in images.columns:
        return None
    n = images["split"].value_counts()
    parts = [f"{n[split]:,} {split}" for split in ("train", "validation") if n.get(split, 0)]
    return f"{' and '.join(parts)} images" if parts else None

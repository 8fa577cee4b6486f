"""The probabilities that a model gives to images."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidycnn.core.errors import warn
from tidycnn.core.frames import NA_REAL
from tidycnn.core.progress import track
from tidycnn.core.types import OnError, is_flow
from tidycnn.fit._preparation import check_same_preprocessing, flow_preprocessing
from tidycnn.flow.making import make_prediction_flow
from tidycnn.train.callbacks import CountBatches
from tidycnn.train.head import as_probabilities
from tidycnn.train.loops import predict_batches
from tidycnn.train.views import PredictionView


def model_probabilities(
    classifier: Any, images: Any, *, batch_size: int, on_error: OnError, progress: bool
) -> NDArray[np.float64]:
    """Give what a classifier of one model says to a frame or flow of images: a row per image, a column per level.

    Rows of files that cannot be read any more are `NA_REAL`.
    """
    if is_flow(images):
        preparation = flow_preprocessing(images)
        check_same_preprocessing(classifier.preprocessing, preparation, "images", than="the classifier")
        flow = images.plain()
    else:
        classifier.preprocessing.check_complete()
        if not len(images):
            return np.empty((0, len(classifier.levels)))
        flow = make_prediction_flow(images, classifier.preprocessing, batch_size=batch_size)
    view = PredictionView(flow, on_error=on_error)
    with track("Predicting", len(flow), shown=progress) as task:
        values = predict_batches(
            classifier.model,
            view,
            callback=CountBatches(task),
            on_main_thread=flow.needs_main_thread,
        )
    failed = sorted(view.failed)
    values = np.array(values, dtype=np.float64)
    values[failed] = np.nan
    if not np.isfinite(np.delete(values, failed, axis=0)).all():
        warn("The model gives values that are no numbers: its weights are spoilt, or the images are not scaled.")
    probabilities = as_probabilities(values, classifier.outputs)
    probabilities[failed] = NA_REAL
    return probabilities

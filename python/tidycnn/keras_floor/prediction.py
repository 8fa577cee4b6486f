"""Evaluating and predicting as scripts of Keras do, but in the order of the images."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tidycnn.core.checks import check_positive, checked
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, counted, described, listed, warn
from tidycnn.core.frames import NA_REAL
from tidycnn.core.progress import track
from tidycnn.core.types import ImageFlow, KerasModel, is_flow
from tidycnn.fit.classifier import as_classifier
from tidycnn.fit.predict import predict_images, warn_unread
from tidycnn.flow.options import LABELLED
from tidycnn.keras_floor._data import (
    arrays_of,
    check_compiled,
    check_known_levels,
    check_model,
    check_shape,
    count_calls,
    gives_batches,
    needs_main_thread,
    pictures_of,
    view_of,
)
from tidycnn.keras_floor._generators import FunctionView
from tidycnn.keras_floor._values import as_weights
from tidycnn.keras_floor.calls import in_words_of_r
from tidycnn.model.graph import outputs_of
from tidycnn.splits.leaks import rows_shared
from tidycnn.train.callbacks import CountBatches
from tidycnn.train.loops import evaluate_batches, predict_batches, recovering
from tidycnn.train.seen import seen_by
from tidycnn.train.views import PredictionView


@checked
def evaluate_model(
    model: Any,
    x: Any,
    y: Any = None,
    *,
    batch_size: int | None = None,
    steps: float | None = None,
    sample_weight: Any = None,
    name: str = "x",
) -> dict[str, float]:
    """Give loss and metrics of a compiled model on a flow, on what an R function gives, or on arrays."""
    check_compiled(model)
    if is_flow(x):
        check_known_levels(x, seen_by(model).levels, name, than="the model was trained on")
        _warn_of_seen(model, x, name)
    with in_words_of_r(is_running=True), recovering(model):
        if gives_batches(x):
            view = view_of(model, x, steps, "steps", name)
            measured = evaluate_batches(model, view, on_main_thread=needs_main_thread(x))
        else:
            arrays, targets = arrays_of(model, x, y, name)
            weights = as_weights(sample_weight, outputs_of(model))
            measured = model.evaluate(
                arrays, targets, batch_size=batch_size, sample_weight=weights, verbose=0, return_dict=True
            )
    return {
        metric: float(np.mean(measured[metric])) for metric in sorted(measured, key=lambda metric: metric != "loss")
    }


@checked
def predict_model(
    model: Any,
    x: Any,
    *,
    batch_size: int | None = None,
    steps: float | None = None,
    progress: bool = True,
    name: str = "x",
) -> Any:
    """Give what a model says to each picture, in the order of the flow's `filenames`, shuffled or not.

    With `steps` only to the first so many batches, and to each picture once at most.
    """
    check_model(model)
    if not gives_batches(x):
        with in_words_of_r(is_running=True):
            return model.predict(pictures_of(model, x, name), batch_size=batch_size, verbose=0)
    if is_flow(x):
        if steps is not None:
            check_positive(steps, "steps")
        # A share of a step is a batch here: whoever divides the images by the batch size means all of them.
        check_shape(model, x.image_shape, name)
        _warn_of_order(model, x, name)
        plain = x.plain()
        view: Any = PredictionView(
            plain, None if steps is None else min(len(plain), math.ceil(steps)), on_error=x.on_error
        )
        on_main_thread = plain.needs_main_thread
    else:
        calls, on_main_thread = count_calls(steps, "steps", name), True
        view = FunctionView(x, calls, model, has_targets=False)
    with track("Predicting", len(view), shown=progress) as task, in_words_of_r(is_running=True):
        values = predict_batches(model, view, callback=CountBatches(task), on_main_thread=on_main_thread)
    return _with_missing(values, x.filenames, view.failed) if is_flow(x) and view.failed else values


def _with_missing(values: Any, paths: Sequence[str], failed: Mapping[int, Any]) -> Any:
    """Give predictions with missing rows for the images that could not be read."""
    rows = sorted(failed)
    warn_unread([paths[row] for row in rows])

    def blank(each: Any) -> Any:
        each = np.array(each, dtype=np.float64)
        each[rows] = NA_REAL
        return each

    return keras.tree.map_structure(blank, values)


def augment_model(model: KerasModel, flow: ImageFlow) -> pd.DataFrame:
    """Give the images of a flow with their predictions."""
    if not is_flow(flow):
        raise InputError(
            f"`new_data` must be a flow, not {described(flow)}.",
            hint="`as_classifier(model, levels, generator)` makes a classifier, which predicts frames and folders.",
        )
    return predict_images(as_classifier(model, seen_by(model).levels or flow.levels, flow), flow)


def _warn_of_seen(model: Any, flow: Any, name: str) -> None:
    """Warn of images that an evaluation shows and the model was trained on."""
    trained = seen_by(model).images
    if not flow.is_of_files or not len(trained):
        return
    is_seen = rows_shared(flow.images, trained)
    if is_seen.any():
        warn(
            f"`{name}`: the model was trained on {is_seen.sum():,} of {counted(flow.n, 'image')}, or on identical "
            f"files, such as {listed(flow.images['path'][is_seen].iloc[:1])}: it will look better than it is."
        )


def _warn_of_order(model: Any, flow: Any, name: str) -> None:
    """Warn of a flow whose labels are in another order than the columns of the prediction."""
    known = seen_by(model).levels
    if flow.class_mode in LABELLED and list(flow.levels) != known and set(flow.levels) == set(known):
        warn(
            f"`{name}` has the labels in the order {listed(flow.levels)}; the columns of the prediction are those that "
            f"the model was trained on, {listed(known)}."
        )

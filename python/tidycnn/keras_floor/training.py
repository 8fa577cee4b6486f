"""Compiling, training, evaluating and predicting as scripts of Keras do: the model itself changes.

Concerns kept apart: batches run in `fit`; here stands what the Keras floor means by its arguments.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tidycnn.core.checks import check_count, check_positive, checked
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, counted, described, warn
from tidycnn.core.progress import remark, track
from tidycnn.core.types import ImageFlow, KerasModel
from tidycnn.fit._decay import FollowDecay, decay_of
from tidycnn.fit._head import check_units, read_head
from tidycnn.fit._loops import evaluate_batches, predict_batches, run_epochs
from tidycnn.fit._rows import is_flow
from tidycnn.fit._specification import count_steps
from tidycnn.fit._view import FitView
from tidycnn.fit.callbacks import FollowEpochs, RecordHistory, ShowProgress
from tidycnn.fit.classifier import as_classifier
from tidycnn.fit.predict import predict_images
from tidycnn.flow.doors import flow_images_from_data
from tidycnn.keras_floor._generators import FunctionView, as_numbers, unnamed
from tidycnn.keras_floor.calls import drawing_from, in_words_of_r

_LABELLED = ("categorical", "binary", "sparse")
# What Keras of 2018 called the metrics of the same meaning.
_ALIASES = {"acc": "accuracy", "val_acc": "val_accuracy", "accuracy": "acc", "val_accuracy": "val_acc"}


@checked
def compile_model(
    model: Any, optimizer: Any, loss: Any = None, metrics: Any = None, loss_weights: Any = None, **options: Any
) -> Any:
    """Compile a model in place."""
    measured = [metrics] if isinstance(metrics, str) else metrics
    if getattr(loss, "needs_main_thread", False):
        raise InputError(
            "`loss` cannot be an R function, which TensorFlow cannot differentiate.",
            hint="Name a Keras loss, such as 'categorical_crossentropy'.",
        )
    with in_words_of_r():
        model.compile(optimizer=optimizer, loss=loss, metrics=measured, loss_weights=loss_weights, **options)
    return model


@checked
def fit_model(
    model: Any,
    x: Any,
    y: Any = None,
    *,
    batch_size: int | None = None,
    epochs: int = 10,
    steps_per_epoch: float | None = None,
    callbacks: Any = None,
    validation_split: float = 0.0,
    validation_data: Any = None,
    validation_steps: float | None = None,
    shuffle: bool = True,
    class_weight: Any = None,
    sample_weight: Any = None,
    initial_epoch: int = 0,
    progress: bool = True,
    seed: int = 0,
) -> dict[str, Any]:
    """Train a compiled model in place.

    Parameters
    ----------
    model
        A compiled Keras model.
    x, y
        A flow, an R function that gives batches, or arrays.
    steps_per_epoch, validation_steps
        How many batches, rounded down; one pass where not given.
    class_weight
        By label, or by position from 0.
    seed
        What the shuffling of arrays follows from; a flow has its own.

    Returns
    -------
    `params`, and `history`, the history frame.
    """
    _check_compiled(model)
    check_count(epochs, "epochs")
    own = _several(callbacks)
    validation_data = unnamed(validation_data)
    if not (is_flow(x) or callable(x)) and (is_flow(validation_data) or callable(validation_data)):
        # Keras would fetch what validates on threads of its own.
        arrays, targets = _arrays_of(x, y)
        x = flow_images_from_data(
            arrays, targets, batch_size=batch_size or 32, shuffle=shuffle, sample_weight=sample_weight, seed=seed
        )
    record, decay = RecordHistory(), decay_of(model.optimizer)
    follow = FollowDecay(decay)
    watching = [*([follow] if decay else []), *own, record]
    if is_flow(x) or callable(x):
        view = _view_of(model, x, steps_per_epoch, "steps_per_epoch", "generator")
        held = None if validation_data is None else _held_view(model, validation_data, validation_steps)
        steps = len(view)

        def run(show: Any) -> None:
            run_epochs(
                model,
                view,
                held,
                epochs=epochs,
                callbacks=[FollowEpochs(view), *watching, show],
                class_weight=_weights_by_position(class_weight, getattr(x, "levels", None)),
                on_main_thread=_needs_main_thread(x, validation_data),
                initial_epoch=initial_epoch,
            )
    else:
        if steps_per_epoch is not None:
            raise InputError("`steps_per_epoch` is for flows and functions.", hint="Arrays have a `batch_size`.")
        arrays, targets = _arrays_of(x, y)
        size = 32 if batch_size is None else batch_size
        check_count(size, "batch_size")
        trained = len(arrays) - (math.ceil(len(arrays) * validation_split) if validation_data is None else 0)
        steps = math.ceil(trained / size)

        def run(show: Any) -> None:
            model.fit(
                arrays,
                targets,
                batch_size=size,
                epochs=epochs,
                verbose=0,
                callbacks=[*watching, show],
                validation_split=0.0 if validation_data is not None else validation_split,
                validation_data=None if validation_data is None else _pair(validation_data),
                shuffle=shuffle,
                class_weight=_weights_by_position(class_weight, None),
                sample_weight=sample_weight,
                initial_epoch=initial_epoch,
            )

    if _needs_main_thread(x, validation_data):
        remark("The batches need a function that runs on the main thread only: this fit is slower than others.")
    with track("Fitting", steps * max(epochs - initial_epoch, 1), shown=progress) as task:
        try:
            with drawing_from(seed), in_words_of_r(is_running=True), _monitors_matched(own, model):
                run(ShowProgress(task, epochs))
        except KeyboardInterrupt:
            done = counted(record.epochs, "complete epoch")
            warn(f"The fit was interrupted after {done}: the model keeps what it learned.")
        finally:
            follow.restore()
    return {"params": {"epochs": epochs, "steps": steps}, "history": record.history()}


@checked
def evaluate_model(
    model: Any,
    x: Any,
    y: Any = None,
    *,
    batch_size: int | None = None,
    steps: float | None = None,
    sample_weight: Any = None,
) -> dict[str, float]:
    """Give loss and metrics of a compiled model on a flow, on what an R function gives, or on arrays."""
    _check_compiled(model)
    with in_words_of_r(is_running=True):
        if is_flow(x) or callable(x):
            view = _view_of(model, x, steps, "steps", "generator")
            measured = evaluate_batches(model, view, on_main_thread=_needs_main_thread(x))
        else:
            arrays, targets = _arrays_of(x, y)
            measured = model.evaluate(
                arrays, targets, batch_size=batch_size, sample_weight=sample_weight, verbose=0, return_dict=True
            )
    return {name: float(np.mean(measured[name])) for name in sorted(measured, key=lambda name: name != "loss")}


@checked
def predict_model(
    model: Any, x: Any, *, batch_size: int | None = None, steps: float | None = None, progress: bool = True
) -> Any:
    """Give what a model says to each picture, in the order of the flow's `filenames`, shuffled or not.

    With `steps` only to the first so many batches, and to each picture once at most.
    """
    if not (is_flow(x) or callable(x)):
        with in_words_of_r(is_running=True):
            return model.predict(_pictures(x), batch_size=batch_size, verbose=0)
    if not is_flow(x):
        view = _view_of(model, x, steps, "steps", "generator")
        with in_words_of_r(is_running=True):
            return np.concatenate([model.predict_on_batch(view[index][0]) for index in range(len(view))])
    flow = x.plain()
    if steps is not None:
        check_positive(steps, "steps")
    # A share of a step is a batch here: whoever divides the images by the batch size means all of them.
    n = len(flow) if steps is None else min(len(flow), math.ceil(steps))
    with track("Predicting", n, shown=progress) as task, in_words_of_r(is_running=True):
        callback = keras.callbacks.LambdaCallback(on_predict_batch_end=lambda batch, logs=None: task.advance())
        return predict_batches(model, FitView(flow, n), callback=callback, on_main_thread=flow.needs_main_thread)


def augment_model(model: KerasModel, flow: ImageFlow) -> pd.DataFrame:
    """Give the images of a flow with their predictions."""
    if not is_flow(flow):
        raise InputError(
            f"`new_data` must be a flow, not {described(flow)}.",
            hint="`as_classifier(model, levels, generator)` makes a classifier, which predicts frames and folders.",
        )
    return predict_images(as_classifier(model, flow.levels, flow), flow)


def _check_compiled(model: Any) -> None:
    if not getattr(model, "compiled", False):
        raise InputError(
            "The model is not compiled.",
            hint='Compile it first: model |> compile(loss = "categorical_crossentropy", optimizer = "rmsprop").',
        )


def _view_of(model: Any, data: Any, steps: float | None, argument: str, name: str) -> Any:
    if is_flow(data):
        if data.levels and data.class_mode in _LABELLED:
            check_units(read_head(model), data.levels)
        return FitView(data, _count(steps, len(data), argument))
    if steps is None:
        raise InputError(f"`{argument}` must be given where `{name}` is a function: it has no end.")
    return FunctionView(data, _count(steps, 1, argument))


def _count(steps: float | None, batches: int, argument: str) -> int:
    try:
        return count_steps(steps, batches)
    except InputError as error:
        raise InputError(error.message.replace("`steps_per_epoch`", f"`{argument}`"), hint=error.hint) from None


def _held_view(model: Any, data: Any, steps: float | None) -> Any:
    if is_flow(data) or callable(data):
        return _view_of(model, data, steps, "validation_steps", "validation_data")
    x, y = _pair(data)
    flow = flow_images_from_data(x, y, shuffle=False)
    return FitView(flow, _count(steps, len(flow), "validation_steps"))


def _pair(data: Any) -> tuple[Any, Any]:
    if not isinstance(data, list | tuple) or len(data) != 2:
        raise InputError(f"`validation_data` must be a flow, or a list of `x` and `y`, not {described(data)}.")
    return _arrays_of(*data)


def _arrays_of(x: Any, y: Any) -> tuple[Any, Any]:
    if not isinstance(x, np.ndarray):
        raise InputError(f"Pictures must be a flow, an R function that gives batches, or an array, not {described(x)}.")
    if y is None:
        raise InputError("`y` must be given where `x` is an array.")
    targets = as_numbers(y)
    pictures = _pictures(x)
    if len(pictures) != len(targets):
        raise InputError(f"`y` must have one row for each of the {len(pictures):,} of `x`, not {len(targets):,}.")
    return pictures, targets


def _pictures(x: Any) -> Any:
    if not isinstance(x, np.ndarray):
        raise InputError(f"`x` must be an array or a flow, not {described(x)}.")
    return x.astype(np.float32) if x.dtype.kind == "f" else x


def _needs_main_thread(*data: Any) -> bool:
    return any(getattr(each, "needs_main_thread", False) for each in data)


def _weights_by_position(weights: Any, levels: Sequence[str] | None) -> dict[int, float] | None:
    """Give class weights by position: R names them by label, or by the position from 0."""
    if weights is None:
        return None
    if not isinstance(weights, Mapping):
        raise InputError(f"`class_weight` must be named by label or by position, not {described(weights)}.")
    found = {}
    for name, weight in weights.items():
        if levels and name in levels:
            found[list(levels).index(name)] = float(weight)
        elif str(name).isdigit():
            found[int(name)] = float(weight)
        else:
            raise InputError(f"`class_weight` names {name!r}, which is neither a label nor a position from 0.")
    return found


@contextlib.contextmanager
def _monitors_matched(callbacks: Sequence[Any], model: Any) -> Iterator[None]:
    """Let callbacks that watch `val_acc` watch `val_accuracy` where that is measured, and the other way round."""
    measured = _metric_names(model)
    changed: list[tuple[Any, str]] = []
    for callback in callbacks:
        monitor = getattr(callback, "monitor", None)
        alias = _ALIASES.get(monitor, "") if isinstance(monitor, str) else ""
        if alias.removeprefix("val_") in measured and str(monitor).removeprefix("val_") not in measured:
            changed.append((callback, str(monitor)))
            callback.monitor = alias
    try:
        yield
    finally:
        for callback, monitor in changed:
            callback.monitor = monitor


def _metric_names(model: Any) -> set[str]:
    # The live ones: what is written down of a metric has lost its name.
    metrics = model._compile_config.config.get("metrics") or []
    flat = list(metrics.values()) if isinstance(metrics, Mapping) else metrics
    return {metric if isinstance(metric, str) else getattr(metric, "name", "") for metric in _several(flat)}


def _several(values: Any) -> list[Any]:
    """R writes one value as it writes several, and may name them."""
    known = unnamed(values)
    return [] if known is None else list(known) if isinstance(known, list | tuple) else [known]

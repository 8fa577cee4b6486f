"""Compiling and training as scripts of Keras do: the model itself changes.

Concerns kept apart: batches run in `fit`; here stands what the Keras floor means by its arguments.
"""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tidycnn.core.checks import check_count, checked
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, counted, described, warn
from tidycnn.core.progress import track
from tidycnn.core.signals import heeding_signals, spell_end
from tidycnn.flow.doors import flow_images_from_data
from tidycnn.keras_floor._arrays import count_rows
from tidycnn.keras_floor._data import (
    BATCH,
    arrays_of,
    check_compiled,
    count_outputs,
    gives_batches,
    held_view,
    needs_main_thread,
    pair_of,
    view_of,
)
from tidycnn.keras_floor._monitors import monitors_matched
from tidycnn.keras_floor._values import several, unnamed
from tidycnn.keras_floor.calls import drawing_from, in_words_of_r
from tidycnn.train.callbacks import FollowEpochs, HeedSignals, RecordHistory, ShowProgress, check_writers
from tidycnn.train.compilation import METRICS_BY_HEAD, find_loss, find_metric, find_optimizer
from tidycnn.train.decay import following_decay
from tidycnn.train.loops import recovering, remark_main_thread, run_epochs


class _Plan(NamedTuple):
    """How many steps an epoch has, and what runs the epochs with some callbacks."""

    steps: int
    run: Callable[..., None]


@checked
def compile_model(
    model: Any, optimizer: Any, loss: Any = None, metrics: Any = None, loss_weights: Any = None, **options: Any
) -> Any:
    """Compile a model in place."""
    measured = [metrics] if isinstance(metrics, str) else metrics
    rule = find_optimizer(optimizer)
    for each in several(loss):
        find_loss(each)
    for each in several(metrics):
        if isinstance(each, str) and each not in METRICS_BY_HEAD:
            find_metric(each)
    with in_words_of_r():
        model.compile(optimizer=rule, loss=loss, metrics=measured, loss_weights=loss_weights, **options)
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
    name: str = "x",
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
    name
        What the user calls `x`.

    Returns
    -------
    `params`, and `history`, the history frame.
    """
    held, own, record = unnamed(validation_data), several(callbacks), RecordHistory()
    size = BATCH if batch_size is None else batch_size
    weights = _weights_by_position(class_weight, getattr(x, "levels", None))
    _check_fit(model, epochs=epochs, batch_size=size, callbacks=own, validation_split=validation_split, weights=weights)
    if not gives_batches(x) and gives_batches(held):
        # Keras would fetch what validates on threads of its own.
        x = _flow_of(*arrays_of(model, x, y, name), size, shuffle=shuffle, sample_weight=sample_weight, seed=seed)
    known: dict[str, Any] = {"epochs": epochs, "initial_epoch": initial_epoch, "class_weight": weights}
    if gives_batches(x):
        views = view_of(model, x, steps_per_epoch, "steps_per_epoch", name), held_view(model, held, validation_steps)
        plan = _plan_batches(model, *views, needs_main_thread(x, held), known)
    else:
        if steps_per_epoch is not None:
            raise InputError("`steps_per_epoch` is for flows and functions.", hint="Arrays have a `batch_size`.")
        known |= {"batch_size": size, "shuffle": shuffle, "sample_weight": sample_weight}
        known |= {"validation_split": validation_split} if held is None else {"validation_data": pair_of(model, held)}
        plan = _plan_arrays(model, *arrays_of(model, x, y, name), known)
    if needs_main_thread(x, held):
        remark_main_thread()
    with (
        heeding_signals() as signals,
        track("Fitting", plan.steps * max(epochs - initial_epoch, 1), shown=progress) as task,
        following_decay(model) as decay,
        signals.waiting(),
        _keeping(record),
        drawing_from(seed),
        in_words_of_r(is_running=True),
        recovering(model),
        monitors_matched(own, model),
    ):
        plan.run(callbacks=[*decay, *own, record, ShowProgress(task, epochs), HeedSignals(signals)])
    return {"params": {"epochs": epochs, "steps": plan.steps}, "history": record.history()}


@contextlib.contextmanager
def _keeping(record: RecordHistory) -> Iterator[None]:
    """End a training that was stopped; say of one that failed what there is to go on with."""
    try:
        yield
    except KeyboardInterrupt as asked:
        done = f"{spell_end(getattr(asked, 'number', None))} after {counted(record.epochs, 'complete epoch')}"
        warn(f"The fit was {done}: the model keeps what it learned.")
    except Exception:
        if record.epochs:
            warn(
                f"The fit failed after {counted(record.epochs, 'complete epoch')}: the model keeps what it learned, "
                "and `model$history$history` the metrics."
            )
        raise


def _check_fit(
    model: Any, *, epochs: int, batch_size: int, callbacks: Sequence[Any], validation_split: float, weights: Any
) -> None:
    check_compiled(model)
    check_count(epochs, "epochs")
    check_count(batch_size, "batch_size")
    for callback in callbacks:
        if not isinstance(callback, keras.callbacks.Callback):
            raise InputError(
                f"`callbacks` must be a callback or a list of them, not {described(callback)}.",
                hint="Make one with a function such as `callback_early_stopping()`.",
            )
    check_writers(callbacks)
    if not 0 <= validation_split < 1:
        raise InputError(f"`validation_split` must be a share from 0 to below 1, not {validation_split:g}.")
    if weights and count_outputs(model) > 1:
        raise InputError("`class_weight` is for models with one output.", hint="Let a generator give weights itself.")


def _flow_of(x: Any, y: Any, batch_size: int, **options: Any) -> Any:
    if isinstance(x, tuple) or x.ndim != 4:
        raise InputError(
            "`validation_data` can be a flow or a function only where the network learns from pictures.",
            hint="Give it a list of `x` and `y`.",
        )
    return flow_images_from_data(x, y, batch_size=batch_size, **options)


def _plan_batches(model: Any, view: Any, held: Any, on_main_thread: bool, known: Mapping[str, Any]) -> _Plan:
    def run(callbacks: Sequence[Any]) -> None:
        followed = [FollowEpochs(view), *callbacks]
        run_epochs(model, view, held, callbacks=followed, on_main_thread=on_main_thread, **known)

    return _Plan(len(view), run)


def _plan_arrays(model: Any, x: Any, y: Any, known: Mapping[str, Any]) -> _Plan:
    rows = count_rows(x)
    held = math.ceil(rows * known.get("validation_split", 0.0))
    return _Plan(math.ceil((rows - held) / known["batch_size"]), functools.partial(model.fit, x, y, verbose=0, **known))


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

"""Compiling and training as scripts of Keras do: the model itself changes.

Concerns kept apart: training runs in `train`; here stands what the Keras floor means by its arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidycnn.core.checks import check_count, checked
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, counted, described, listed, warn
from tidycnn.core.signals import heeding_signals, spell_end
from tidycnn.core.types import is_flow
from tidycnn.keras_floor._arrays import ArraysFlow, divided
from tidycnn.keras_floor._backup import backing_up
from tidycnn.keras_floor._data import (
    BATCH,
    arrays_of,
    check_alike,
    check_compiled,
    gives_batches,
    held_arrays,
    held_view,
    needs_main_thread,
    view_of,
)
from tidycnn.keras_floor._monitors import monitors_matched
from tidycnn.keras_floor._names import arranged
from tidycnn.keras_floor._values import as_weights, several
from tidycnn.keras_floor._weights import weights_of
from tidycnn.keras_floor.calls import in_words_of_r
from tidycnn.model.drawing import drawing_from
from tidycnn.model.graph import Ports, outputs_of
from tidycnn.splits.leaks import warn_of_shared
from tidycnn.train.backup import backup_among
from tidycnn.train.compilation import METRICS_BY_HEAD, changed_since_learning, find_loss, find_metric, find_optimizer
from tidycnn.train.plan import Plan
from tidycnn.train.run import Batches, Trained, run_plan
from tidycnn.train.seen import remember_seen
from tidycnn.train.writers import check_writers


@checked
def compile_model(
    model: Any, optimizer: Any, loss: Any = None, metrics: Any = None, loss_weights: Any = None, **options: Any
) -> Any:
    """Compile a model in place."""
    outputs = outputs_of(model)
    rule = find_optimizer(optimizer)
    losses = arranged(loss, outputs, "loss") if isinstance(loss, Mapping) else loss
    weights = arranged(loss_weights, outputs, "loss_weights") if isinstance(loss_weights, Mapping) else loss_weights
    for argument, values in (("loss", losses), ("loss_weights", weights)):
        _check_count(values, outputs, argument)
    measured = _metrics_of(metrics, outputs)
    for each in several(losses):
        find_loss(each)
    for each in keras.tree.flatten(measured):
        if isinstance(each, str) and each not in METRICS_BY_HEAD:
            find_metric(each)
    with in_words_of_r():
        model.compile(optimizer=rule, loss=losses, metrics=measured, loss_weights=weights, **options)
    return model


def _check_count(values: Any, outputs: Ports, argument: str) -> None:
    """Refuse a list that is shorter or longer than the outputs of the model."""
    if isinstance(values, list | tuple) and outputs.names and len(values) != outputs.count:
        raise InputError(
            f"`{argument}` must have one value, or one for each of the {counted(outputs.count, 'output')} of the model "
            f"({listed(outputs.names)}), not {len(values)}."
        )


def _metrics_of(metrics: Any, outputs: Ports) -> list[Any] | None:
    """Give metrics by output where there are several: by name, else in their order, else all of them for each."""
    if isinstance(metrics, Mapping):
        found = arranged(metrics, outputs, "metrics", may_lack=True)
        return found if outputs.count > 1 else several(found[0])
    known = None if metrics is None else several(metrics)
    is_flat = bool(known) and not any(isinstance(each, list | tuple) for each in known or [])
    return [known] * outputs.count if is_flat and outputs.count not in (1, len(known or [])) else known


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
        `"balanced"`, or by label, or by position from 0.
    seed
        What the shuffling of arrays follows from; a flow has its own.
    name
        What the user calls `x`.

    Returns
    -------
    `params`, and `history`, the history frame.
    """
    own, callback = backup_among(several(callbacks))
    size = BATCH if batch_size is None else batch_size
    _check_fit(model, epochs=epochs, batch_size=size, callbacks=callbacks, validation_split=validation_split)
    if class_weight and outputs_of(model).count > 1:
        raise InputError("`class_weight` is for models with one output.", hint="Let a generator give weights itself.")
    train, held = x, validation_data
    if not gives_batches(x):
        if steps_per_epoch is not None:
            raise InputError("`steps_per_epoch` is for flows and functions.", hint="Arrays have a `batch_size`.")
        train, held = _array_flows(model, (x, y, sample_weight), held, share=validation_split, size=size, name=name)
    check_alike(x, held, "validation_data")
    weights = weights_of(class_weight, train, _count_labels(model))
    with (
        backing_up(callback) as backup,
        heeding_signals() as signals,
        signals.held(),
        in_words_of_r(is_running=True),
        monitors_matched(own, model),
    ):
        seed = backup.seed(seed)
        if not gives_batches(x):
            train = train.shuffled(seed) if shuffle else train
        backup.go_on_with(train=train, validation=held)
        source = Batches(
            view_of(model, train, steps_per_epoch, "steps_per_epoch", name),
            held_view(model, held, validation_steps),
            needs_main_thread(train, held),
        )
        plan = Plan(epochs=epochs, steps=len(source.train), seed=seed, class_weight=weights)
        names = {"train": name, "validation": "validation_data" if validation_data is not None else "validation_split"}
        backup.begin(plan, names, train=train, validation=held)
        _remember(model, x, held, name)
        known: dict[str, Any] = {"callbacks": own, "initial_epoch": initial_epoch, "checkpoints": backup.checkpoints}
        with drawing_from(seed):
            trained = run_plan(plan, model, source, progress=progress, **known)
        _tell_ending(trained, backup.spell_way_on())
        if trained.ended is None:
            backup.finish()
    return {"params": {"epochs": epochs, "steps": plan.steps}, "history": trained.history}


def _array_flows(
    model: Any, given: tuple[Any, Any, Any], held: Any, *, share: float, size: int, name: str
) -> tuple[ArraysFlow, Any]:
    """Give arrays in batches: those that train, and what validates, maybe the last share of them."""
    x, y, weights = given
    counts = as_weights(weights, outputs_of(model))
    arrays = (*arrays_of(model, x, y, name), *([] if counts is None else [counts]))
    if held is None and share:
        arrays, last = divided(arrays, share)
        return ArraysFlow(arrays, size), ArraysFlow(last, size)
    if held is None or gives_batches(held):
        return ArraysFlow(arrays, size), held
    return ArraysFlow(arrays, size), ArraysFlow(held_arrays(model, held), size)


def _remember(model: Any, x: Any, held: Any, name: str) -> None:
    """Know what the model is trained on, and warn of images that validate too."""
    if is_flow(x):
        if is_flow(held) and x.is_of_files and held.is_of_files:
            warn_of_shared(x.images, held.images)
        remember_seen(model, x, name)


def _count_labels(model: Any) -> int | None:
    """Count the labels that a model with one output tells apart, as far as that is known."""
    shape = getattr(model, "output_shape", None) if getattr(model, "built", False) else None
    is_row = isinstance(shape, tuple) and len(shape) == 2 and isinstance(shape[1], int)
    return max(2, shape[1]) if is_row and shape else None


def _tell_ending(trained: Trained, way_on: str) -> None:
    """Say of a training that was stopped, or that failed, what there is to go on with."""
    done = counted(trained.history["epoch"].nunique(), "complete epoch")
    if isinstance(trained.ended, KeyboardInterrupt):
        was = spell_end(getattr(trained.ended, "number", None))
        warn(f"The fit was {was} after {done}: the model keeps what it learned.{way_on}")
    elif trained.ended is not None:
        warn(f"The fit failed after {done}: the model keeps what it learned, and `model$history$history` the metrics.")
        raise trained.ended


def _check_fit(model: Any, *, epochs: int, batch_size: int, callbacks: Any, validation_split: float) -> None:
    check_compiled(model)
    if changed_since_learning(model):
        warn(
            "Layers were frozen or unfrozen since the model began to learn, which Keras heeds only once it is compiled "
            "again: compile() it before it learns further."
        )
    check_count(epochs, "epochs")
    check_count(batch_size, "batch_size")
    for callback in several(callbacks):
        if not isinstance(callback, keras.callbacks.Callback):
            raise InputError(
                f"`callbacks` must be a callback or a list of them, not {described(callback)}.",
                hint="Make one with a function such as `callback_early_stopping()`.",
            )
    check_writers(several(callbacks))
    if not 0 <= validation_split < 1:
        raise InputError(f"`validation_split` must be a share from 0 to below 1, not {validation_split:g}.")

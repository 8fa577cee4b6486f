"""Compiling and training as scripts of Keras do: the model itself changes.

Concerns kept apart: training runs in `train`; here stands what the Keras floor means by its arguments.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tidycnn.core.checks import check_count, checked
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, counted, described, listed, warn
from tidycnn.core.signals import heeding_signals, spell_end
from tidycnn.core.types import is_flow
from tidycnn.flow.keras_doors import flow_images_from_data
from tidycnn.keras_floor._arrays import count_rows
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
from tidycnn.keras_floor._weights import weights_by_position
from tidycnn.keras_floor.calls import drawing_from, in_words_of_r
from tidycnn.model.graph import Ports, outputs_of
from tidycnn.splits.leaks import warn_of_shared
from tidycnn.train.compilation import METRICS_BY_HEAD, changed_since_learning, find_loss, find_metric, find_optimizer
from tidycnn.train.plan import Plan
from tidycnn.train.run import Batches, Trained, run_plan
from tidycnn.train.seen import remember_seen
from tidycnn.train.writers import check_writers


@dataclass(frozen=True)
class _Arrays:
    """Arrays that train, of which Keras makes the batches."""

    x: Any
    y: Any
    options: Mapping[str, Any]
    is_validated: bool
    on_main_thread: bool = False

    def run(self, model: Any, *, callbacks: Sequence[Any], initial_step: int = 0, **options: Any) -> None:
        if initial_step:
            raise InputError("A fit on arrays cannot go on in the midst of an epoch: Keras makes its batches.")
        model.fit(self.x, self.y, callbacks=list(callbacks), verbose=0, **self.options, **options)


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
        By label, or by position from 0.
    seed
        What the shuffling of arrays follows from; a flow has its own.
    name
        What the user calls `x`.

    Returns
    -------
    `params`, and `history`, the history frame.
    """
    held, own = validation_data, several(callbacks)
    size = BATCH if batch_size is None else batch_size
    levels = x.levels if is_flow(x) else []
    weights = weights_by_position(class_weight, levels, len(levels) or _count_labels(model))
    _check_fit(model, epochs=epochs, batch_size=size, callbacks=own, validation_split=validation_split, weights=weights)
    if not gives_batches(x) and gives_batches(held):
        # Keras would fetch what validates on threads of its own.
        x = _flow_of(*arrays_of(model, x, y, name), size, shuffle=shuffle, sample_weight=sample_weight, seed=seed)
    check_alike(x, held, "validation_data")
    source: Batches | _Arrays
    if gives_batches(x):
        view = view_of(model, x, steps_per_epoch, "steps_per_epoch", name)
        source, steps = Batches(view, held_view(model, held, validation_steps), needs_main_thread(x, held)), len(view)
    else:
        if steps_per_epoch is not None:
            raise InputError("`steps_per_epoch` is for flows and functions.", hint="Arrays have a `batch_size`.")
        known: dict[str, Any] = {"batch_size": size, "shuffle": shuffle}
        known["sample_weight"] = as_weights(sample_weight, outputs_of(model))
        known |= (
            {"validation_split": validation_split} if held is None else {"validation_data": held_arrays(model, held)}
        )
        arrays = arrays_of(model, x, y, name)
        source = _Arrays(*arrays, known, is_validated=held is not None or validation_split > 0)
        # Keras rounds the rows that train down.
        rows = math.floor(count_rows(arrays[0]) * (1.0 - known.get("validation_split", 0.0)))
        steps = math.ceil(rows / size)
    if is_flow(x) and is_flow(held) and x.is_of_files and held.is_of_files:
        warn_of_shared(x.images, held.images)
    plan = Plan(epochs=epochs, steps=steps, seed=seed, class_weight=weights)
    with (
        heeding_signals() as signals,
        signals.held(),
        drawing_from(seed),
        in_words_of_r(is_running=True),
        monitors_matched(own, model),
    ):
        if is_flow(x):
            remember_seen(model, x, name)
        trained = run_plan(plan, model, source, callbacks=own, initial_epoch=initial_epoch, progress=progress)
        _tell_ending(trained)
    return {"params": {"epochs": epochs, "steps": steps}, "history": trained.history}


def _count_labels(model: Any) -> int | None:
    """Count the labels that a model with one output tells apart, as far as that is known."""
    shape = getattr(model, "output_shape", None) if getattr(model, "built", False) else None
    is_row = isinstance(shape, tuple) and len(shape) == 2 and isinstance(shape[1], int)
    return max(2, shape[1]) if is_row and shape else None


def _tell_ending(trained: Trained) -> None:
    """Say of a training that was stopped, or that failed, what there is to go on with."""
    done = counted(trained.history["epoch"].nunique(), "complete epoch")
    if isinstance(trained.ended, KeyboardInterrupt):
        was = spell_end(getattr(trained.ended, "number", None))
        warn(f"The fit was {was} after {done}: the model keeps what it learned.")
    elif trained.ended is not None:
        warn(f"The fit failed after {done}: the model keeps what it learned, and `model$history$history` the metrics.")
        raise trained.ended


def _check_fit(
    model: Any, *, epochs: int, batch_size: int, callbacks: Sequence[Any], validation_split: float, weights: Any
) -> None:
    check_compiled(model)
    if changed_since_learning(model):
        warn(
            "Layers were frozen or unfrozen since the model began to learn, which Keras heeds only once it is compiled "
            "again: compile() it before it learns further."
        )
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
    if weights and outputs_of(model).count > 1:
        raise InputError("`class_weight` is for models with one output.", hint="Let a generator give weights itself.")


def _flow_of(x: Any, y: Any, batch_size: int, **options: Any) -> Any:
    if not isinstance(x, np.ndarray) or x.ndim != 4:
        raise InputError(
            "`validation_data` can be a flow or a function only where the network learns from pictures.",
            hint="Give it a list of `x` and `y`.",
        )
    return flow_images_from_data(x, y, batch_size=batch_size, **options)

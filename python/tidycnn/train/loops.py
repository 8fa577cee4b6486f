"""Running the batches: by Keras's own `fit`, or on the main thread for data that must not leave it."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from tidycnn.core.engine import keras
from tidycnn.core.loading import check_process
from tidycnn.core.progress import remark_once
from tidycnn.train.callbacks import as_number
from tidycnn.train.mirrored import is_spread, made_ahead, parts_of
from tidycnn.train.spanning import SpanningCallbacks

# Gives the batches of an epoch of a view from a step on.
BatchesOf: TypeAlias = Callable[[Any, int], Iterator[Any]]


class _QuietFilter(logging.Filter):
    """Holds back advice on tracing: every fit is of a new model, which TensorFlow takes for a mistake."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "triggered tf.function retracing" not in record.getMessage()


logging.getLogger("tensorflow").addFilter(_QuietFilter())


def run_epochs(
    model: Any,
    view: Any,
    validation: Any,
    *,
    epochs: int,
    callbacks: Sequence[Any],
    class_weight: Mapping[int, float] | None,
    on_main_thread: bool,
    initial_epoch: int = 0,
    initial_step: int = 0,
) -> None:
    """Train `model` on the batches of `view`, and validate it on those of `validation` after each epoch.

    The first of the epochs begins at `initial_step`.
    """
    known: dict[str, Any] = {
        "epochs": epochs,
        "initial_epoch": initial_epoch,
        "initial_step": initial_step,
        "class_weight": dict(class_weight) if class_weight else None,
    }
    views = [view] if validation is None else [view, validation]
    try:
        _make_variables(model, weighted(view.look_at(initial_step), class_weight))
        if is_spread(model):
            batches_of = _made_here if on_main_thread else made_ahead
            _train_here(model, view, validation, callbacks=callbacks, batches_of=batches_of, **known)
            return
        with _on_one_device(model.optimizer):
            if on_main_thread:
                _train_here(model, view, validation, callbacks=callbacks, batches_of=_made_here, **known)
            else:
                _train_in_keras(model, view, validation, callbacks=list(callbacks), **known)
    finally:
        # Keras forgets this one where an epoch is broken off, and it would keep the flow alive.
        model._eval_epoch_iterator = None
        for each in views:
            each.release()
        _forget_kernels()


def _make_variables(model: Any, batch: Any) -> None:
    """Make the variables of the optimizer and of metrics before the first step.

    Several devices cannot make them while they train, metrics that go on must have them, and where a step makes them
    TensorFlow keeps all of that step for as long as the process lives.
    """
    with model.distribute_strategy.scope():
        model._symbolic_build(data_batch=batch)


def _forget_kernels() -> None:
    """Let TensorFlow forget what it holds ready for functions, as Keras's `clear_session()` does.

    It would keep this for functions that are gone, about a megabyte a fit.
    """
    from tensorflow.python.eager import context

    context.context().clear_kernel_cache()


@contextlib.contextmanager
def _on_one_device(optimizer: Any) -> Iterator[None]:
    """Let an optimizer take gradients as they are.

    Where Keras sums them over a single device, TensorFlow keeps all of the step for as long as the process lives.
    """
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    optimizer._all_reduce_sum_gradients = list
    try:
        yield
    finally:
        del optimizer._all_reduce_sum_gradients


@contextlib.contextmanager
def recovering(model: Any) -> Iterator[None]:
    """Let a model be trained again where its first step failed or was interrupted: TensorFlow keeps the half of it."""
    try:
        yield
    except BaseException:
        model.train_function = model.test_function = model.predict_function = None
        raise


def remark_main_thread() -> None:
    """Say what a function of R costs."""
    remark_once("A function of R runs on the main thread only, which makes fits with it slower than others.")


def predict_batches(model: Any, view: Any, *, callback: Any, on_main_thread: bool) -> Any:
    """Give what `model` says to every batch of `view`, one row per image."""
    check_process()
    try:
        with recovering(model):
            if not on_main_thread:
                with view.raising():
                    return model.predict(view, verbose=0, callbacks=[callback])
            rows = []
            for index in range(len(view)):
                inputs = view[index]
                rows.append(
                    model.predict_on_batch(inputs[0] if len(inputs) == 1 and isinstance(inputs, tuple) else inputs)
                )
                callback.on_predict_batch_end(index)
            return keras.tree.map_structure(lambda *parts: np.concatenate(parts), *rows)
    finally:
        view.release()


def evaluate_batches(model: Any, view: Any, *, on_main_thread: bool) -> dict[str, float]:
    """Give loss and metrics of `model` over the batches of `view`."""
    try:
        if on_main_thread:
            model.make_test_function()
            return _validate(model, view, keras.callbacks.CallbackList([], model=model), _made_here)
        with view.raising():
            return _numbers(model.evaluate(view, verbose=0, return_dict=True))
    finally:
        model._eval_epoch_iterator = None
        view.release()


def _train_in_keras(
    model: Any,
    view: Any,
    validation: Any,
    *,
    callbacks: Sequence[Any],
    epochs: int,
    initial_epoch: int,
    initial_step: int,
    **options: Any,
) -> None:
    spanning = SpanningCallbacks(callbacks, model, epochs=epochs, steps=len(view))
    known = {"validation_data": validation, "shuffle": False, "verbose": 0, "callbacks": spanning, **options}
    with view.raising(), contextlib.nullcontext() if validation is None else validation.raising():
        if initial_step:
            # Keras's epochs are all of one length: the rest of the one that was broken off is a fit of its own.
            view.begin_at(initial_step)
            with spanning.resting(initial_step):
                model.fit(view, initial_epoch=initial_epoch, epochs=initial_epoch + 1, **known)
            view.begin_at(0)
            initial_epoch += 1
            epochs = initial_epoch if model.stop_training else epochs
        model.fit(view, initial_epoch=initial_epoch, epochs=epochs, **known)


def _train_here(
    model: Any,
    view: Any,
    validation: Any,
    *,
    epochs: int,
    initial_epoch: int,
    initial_step: int,
    callbacks: Sequence[Any],
    class_weight: Mapping[int, float] | None,
    batches_of: BatchesOf,
) -> None:
    around = keras.callbacks.CallbackList(
        list(callbacks), add_history=True, model=model, epochs=epochs, steps=len(view), verbose=0
    )
    model.stop_training = False
    model.make_train_function()
    model.make_test_function()
    around.on_train_begin()
    logs: dict[str, float] = {}
    for epoch in range(initial_epoch, epochs):
        model.reset_metrics()
        around.on_epoch_begin(epoch)
        first = initial_step if epoch == initial_epoch else 0
        logs = _train_epoch(model, batches_of(view, first), around, class_weight, first)
        if validation is not None:
            logs |= {f"val_{name}": value for name, value in _validate(model, validation, around, batches_of).items()}
        around.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    # As Keras does: averaged weights take the place of the last ones.
    model.optimizer.finalize_variable_values(model.trainable_weights)
    around.on_train_end(logs)


def _train_epoch(
    model: Any, batches: Iterator[Any], around: Any, class_weight: Mapping[int, float] | None, first: int
) -> dict[str, float]:
    logs: dict[str, float] = {}
    for step, batch in enumerate(batches, first):
        around.on_train_batch_begin(step)
        # Not by train_on_batch(), which forgets the metrics of the batches before.
        logs = _stepped(model, model.train_function, weighted(batch, class_weight), is_training=True)
        around.on_train_batch_end(step, logs)
        if model.stop_training:
            break
    return logs


def _validate(model: Any, validation: Any, around: Any, batches_of: BatchesOf) -> dict[str, float]:
    model.reset_metrics()
    logs: dict[str, float] = {}
    around.on_test_begin()
    for step, batch in enumerate(batches_of(validation, 0)):
        around.on_test_batch_begin(step)
        logs = _stepped(model, model.test_function, weighted(batch), is_training=False)
        around.on_test_batch_end(step, logs)
    around.on_test_end(logs)
    return logs


def _stepped(model: Any, function: Any, batch: Any, *, is_training: bool) -> dict[str, float]:
    """Do a step of a training or a validation, and give the metrics so far."""
    if not is_spread(model):
        return _numbers(function(iter([batch])))
    # What the function gives is the mean over the devices, however many pictures each of them saw.
    function(iter([parts_of(model, batch, is_training=is_training)]))
    return _numbers(model.get_metrics_result())


def _made_here(view: Any, first: int) -> Iterator[Any]:
    """Give the batches of an epoch from a step on, each when it is asked for."""
    return (view[step] for step in range(first, len(view)))


def weighted(batch: Any, class_weight: Mapping[int, float] | None = None) -> Any:
    """Give pictures, targets and the weight of each picture (None where all count the same)."""
    if class_weight is None:
        return (*batch, None) if len(batch) == 2 else batch
    x, y, *own = batch
    codes = y.argmax(axis=1) if y.ndim == 2 and y.shape[1] > 1 else np.rint(y).astype(int).reshape(-1)
    weights = np.array([class_weight.get(int(code), 1.0) for code in codes], dtype=np.float32)
    return x, y, weights * own[0] if own and own[0] is not None else weights


def _numbers(logs: Mapping[str, Any]) -> dict[str, float]:
    return {name: as_number(value) for name, value in logs.items()}

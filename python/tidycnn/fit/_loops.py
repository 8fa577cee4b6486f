"""Running the batches: by Keras's own `fit`, or on the main thread for data that must not leave it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import keras


def run_epochs(
    model: Any,
    view: Any,
    validation: Any,
    *,
    epochs: int,
    callbacks: Sequence[Any],
    class_weight: Mapping[int, float] | None,
    on_main_thread: bool,
) -> None:
    """Train `model` on the batches of `view`, and validate it on those of `validation` after each epoch."""
    if on_main_thread:
        _train_here(model, view, validation, epochs=epochs, callbacks=callbacks, class_weight=class_weight)
        return
    try:
        with view.raising(), contextlib.nullcontext() if validation is None else validation.raising():
            model.fit(
                view,
                validation_data=validation,
                epochs=epochs,
                callbacks=list(callbacks),
                class_weight=dict(class_weight) if class_weight else None,
                shuffle=False,
                verbose=0,
            )
    finally:
        # Keras forgets this one where an epoch is broken off, and it would keep the flow alive.
        model._eval_epoch_iterator = None


def predict_batches(model: Any, view: Any, *, callback: Any, on_main_thread: bool) -> Any:
    """Give what `model` says to every batch of `view`, one row per image."""
    if not on_main_thread:
        return model.predict(view, verbose=0, callbacks=[callback])
    rows = []
    for index in range(len(view)):
        rows.append(model.predict_on_batch(_inputs(view[index])))
        callback.on_predict_batch_end(index)
    return keras.ops.convert_to_numpy(keras.ops.concatenate(rows, axis=0))


def _train_here(
    model: Any,
    view: Any,
    validation: Any,
    *,
    epochs: int,
    callbacks: Sequence[Any],
    class_weight: Mapping[int, float] | None,
) -> None:
    around = keras.callbacks.CallbackList(
        list(callbacks), add_history=True, model=model, epochs=epochs, steps=len(view), verbose=0
    )
    model.stop_training = False
    around.on_train_begin()
    logs: dict[str, float] = {}
    for epoch in range(epochs):
        around.on_epoch_begin(epoch)
        logs = _train_epoch(model, view, around, class_weight)
        if validation is not None:
            logs |= {f"val_{name}": value for name, value in _validate(model, validation, around).items()}
        around.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    around.on_train_end(logs)


def _train_epoch(model: Any, view: Any, around: Any, class_weight: Mapping[int, float] | None) -> dict[str, float]:
    model.reset_metrics()
    logs: dict[str, float] = {}
    for step in range(len(view)):
        around.on_train_batch_begin(step)
        logs = model.train_on_batch(*view[step], class_weight=class_weight, return_dict=True)
        around.on_train_batch_end(step, logs)
        if model.stop_training:
            break
    return dict(logs)


def _validate(model: Any, validation: Any, around: Any) -> dict[str, float]:
    model.reset_metrics()
    logs: dict[str, float] = {}
    around.on_test_begin()
    for step in range(len(validation)):
        around.on_test_batch_begin(step)
        logs = model.test_on_batch(*validation[step], return_dict=True)
        around.on_test_batch_end(step, logs)
    around.on_test_end(logs)
    return dict(logs)


def _inputs(batch: Any) -> Any:
    return batch[0] if isinstance(batch, tuple) else batch

"""What callbacks decide, without a training."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from tidycnn.core.errors import InputError, TidycnnError
from tidycnn.train import callbacks
from tidycnn.train.callbacks import KeepBest, RecordHistory, ShowProgress, StopAt, StopAtNoNumber, is_falling


class Weighed:
    """A model of one weight."""

    def __init__(self) -> None:
        self.weight = 0.0
        self.stop_training = False
        self.optimizer = SimpleNamespace(learning_rate=0.5)

    def get_weights(self) -> list[float]:
        return [self.weight]

    def set_weights(self, weights: list[float]) -> None:
        self.weight = weights[0]


def run_epochs(callback: Any, losses: list[float], name: str = "val_loss") -> Weighed:
    """End epochs with these values, until the callback stops; the weight is the epoch."""
    model = Weighed()
    callback.set_model(model)
    for epoch, loss in enumerate(losses):
        model.weight = epoch + 1
        callback.on_epoch_end(epoch, {name: loss})
        if model.stop_training:
            break
    return model


def test_the_fit_stops_after_as_many_epochs_without_a_lower_loss_as_patience_says():
    model = run_epochs(KeepBest("val_loss", patience=2), [3.0, 1.0, 2.0, 1.5, 0.5])
    assert model.weight == 4


def test_the_best_weights_come_back_also_where_the_fit_ran_to_its_end():
    callback = KeepBest("val_loss", patience=5)
    model = run_epochs(callback, [3.0, 1.0, 2.0])
    assert callback.restore()
    assert model.weight == 2


def test_without_patience_the_best_epoch_is_known_but_its_weights_are_not_kept():
    callback = KeepBest("val_loss", patience=None)
    run_epochs(callback, [3.0, 1.0, 2.0])
    assert (callback.best_epoch, callback.restore()) == (2, False)


def test_a_loss_that_is_no_number_is_never_the_best():
    callback = KeepBest("val_loss", patience=3)
    run_epochs(callback, [math.nan, 2.0, math.nan])
    assert callback.best_epoch == 2


def test_an_accuracy_stops_the_fit_from_above_and_a_loss_from_below():
    rising = run_epochs(StopAt({"val_accuracy": 0.9}, is_validated=True), [0.5, 0.9, 1.0], "val_accuracy")
    falling = run_epochs(StopAt({"val_loss": 0.3}, is_validated=True), [0.5, 0.2, 0.1])
    assert (rising.weight, falling.weight) == (2, 2)


def test_every_threshold_must_be_reached():
    callback = StopAt({"accuracy": 0.9, "loss": 0.1}, is_validated=False)
    callback.set_model(Weighed())
    callback.on_epoch_end(0, {"accuracy": 0.95, "loss": 0.2})
    assert callback.reached_epoch is None


def test_without_thresholds_nothing_stops():
    callback = StopAt({}, is_validated=True)
    run_epochs(callback, [0.0])
    assert callback.reached_epoch is None


def test_a_threshold_of_an_unknown_metric_is_refused_at_the_first_batch():
    callback = StopAt({"val_auc": 0.9}, is_validated=True)
    with pytest.raises(InputError, match="'val_auc', but this fit measures 'loss', 'accuracy', 'val_loss'"):
        callback.on_train_batch_end(0, {"loss": 1.0, "accuracy": 0.5})


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_no_number_ends_the_fit_and_says_what_to_do(loss):
    callback = StopAtNoNumber()
    callback.set_model(Weighed())
    callback.on_epoch_begin(2)
    with pytest.raises(TidycnnError, match=r"since epoch 3, step 5.\nGive a smaller `learning_rate` \(it is 0.5\)"):
        callback.on_train_batch_end(4, {"loss": loss})


def test_the_history_has_one_row_per_epoch_data_and_metric_with_the_loss_first():
    callback = RecordHistory()
    callback.on_epoch_end(0, {"accuracy": 0.5, "loss": 1.0, "val_accuracy": 0.25, "val_loss": np.float32(2)})
    assert callback.history().to_numpy().tolist() == [
        [1, 1, "train", "loss", 1.0],
        [1, 1, "train", "accuracy", 0.5],
        [1, 1, "validation", "loss", 2.0],
        [1, 1, "validation", "accuracy", 0.25],
    ]


def test_progress_shows_the_values_of_the_epoch_and_tells_every_epoch_with_its_validation(monkeypatch):
    monkeypatch.setattr(callbacks, "time", SimpleNamespace(monotonic=iter([0, 0, 12, 12, 22]).__next__))
    said: list[str] = []
    task = SimpleNamespace(
        advance=lambda *, note: said.append(note), tell=lambda line, *, left: said.append(f"{line}  {left}".strip())
    )
    callback = ShowProgress(task, epochs=20)
    callback.on_epoch_begin(0)
    callback.on_epoch_end(0, {"loss": 1.0, "val_loss": 2.0})
    callback.on_epoch_begin(19)
    callback.on_train_batch_end(0, {"loss": 0.5, "accuracy": 0.75})
    callback.on_epoch_end(19, {"loss": 0.25})
    assert said == [
        "epoch 1/20  loss 1  val_loss 2  12 s  4 min left",
        "epoch 20/20 loss 0.5 accuracy 0.75",
        "epoch 20/20  loss 0.25  10 s",
    ]


def test_a_metric_with_one_value_per_label_counts_as_their_mean():
    record = RecordHistory()
    record.on_epoch_end(0, {"loss": 0.5, "f1_score": np.array([0.2, 0.6])})
    assert record.history()["value"].tolist() == pytest.approx([0.5, 0.4])


@pytest.mark.parametrize(
    ("metric", "falls"),
    [("mae", True), ("mean_squared_error", True), ("hinge", True), ("accuracy", False), ("auc", False), ("loss", True)],
)
def test_whether_less_is_better_is_what_the_metric_of_keras_says(metric, falls):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "mse", metrics=[] if metric == "loss" else [metric])
    model.evaluate(np.zeros((2, 2)), np.array([0.0, 1.0]), verbose=0)
    assert is_falling(model, metric) == is_falling(model, f"val_{metric}") == falls


def test_a_metric_that_does_not_say_it_is_told_by_its_name():
    assert is_falling(object(), "val_error_rate")
    assert not is_falling(object(), "kappa")

"""The learning rate follows from the epoch and the step."""

from __future__ import annotations

import math
import signal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tidycnn import fit_classifier, fit_control, flow_images_from_data, image_data_generator
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, TidycnnWarning
from tidycnn.train.decay import remember_decay
from tidycnn.train.schedules import rate_factor, schedule_settings


def factors(schedule: Any, epochs: int, steps: int = 4) -> list[float]:
    settings = schedule_settings(schedule, epochs=epochs)
    assert settings is not None
    return [rate_factor(settings, epoch, step, steps) for epoch in range(epochs) for step in range(steps)]


def test_cosine_is_that_of_keras():
    known = keras.optimizers.schedules.CosineDecay(1.0, decay_steps=24)
    np.testing.assert_allclose(factors("cosine", 6), [float(known(step)) for step in range(24)], atol=1e-6)


def test_cosine_warms_up_and_begins_again_in_each_cycle():
    found = factors({"name": "cosine", "warmup": 1, "cycles": 2, "final": 0.1}, 5)
    assert found[:5] == [0.25, 0.5, 0.75, 1.0, 1.0]
    assert found[4:12] == pytest.approx(found[12:])
    assert found[8] == pytest.approx(0.55)


def test_one_cycle_rises_and_falls():
    found = factors({"name": "one_cycle", "warmup": 2}, 10)
    assert (found[0], found[4], found[8]) == pytest.approx((0.04, 0.52, 1.0))
    assert found[24] == pytest.approx((1 + 4e-6) / 2)
    assert found == pytest.approx(found[:9] + sorted(found[9:], reverse=True))
    assert schedule_settings("one_cycle", epochs=10)["warmup"] == 3.0


def test_exponential_falls_by_its_factor_each_epoch():
    assert factors({"name": "exponential", "factor": 0.5}, 3, steps=1) == [1.0, 0.5, 0.25]
    assert factors({"name": "exponential", "factor": 0.5, "every": 2}, 5, steps=1)[4] == pytest.approx(0.25)


def test_the_schedule_of_keras_for_cifar_is_one_line():
    schedule = {"name": "step", "at": [80, 120, 160, 180], "factor": [1e-1, 1e-2, 1e-3, 5e-4]}
    found = factors(schedule, 200, steps=1)
    assert [found[epoch] for epoch in (79, 80, 119, 120, 160, 180, 199)] == [1, 1e-1, 1e-1, 1e-2, 1e-3, 5e-4, 5e-4]


def test_one_factor_is_multiplied_by_each_time():
    assert factors({"name": "step", "at": [1, 2], "factor": 0.5}, 3, steps=1) == [1.0, 0.5, 0.25]
    assert schedule_settings("step", epochs=8) == {"name": "step", "warmup": 0.0, "at": [4.0, 6.0], "factor": [0.1]}


def test_behind_its_epochs_a_schedule_stays_at_its_end():
    settings = schedule_settings({"name": "cosine", "epochs": 2, "final": 0.3}, epochs=9)
    assert rate_factor(settings, 5, 0, 4) == 0.3


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"at": [1]}, "`schedule` must have a `name`"),
        ({"name": "linear"}, "must be one of 'cosine'"),
        ({"name": "cosine", "at": [1]}, "`schedule` names 'at', but the settings of 'cosine' are"),
        ({"name": "step", "at": [2, 1]}, "must be rising numbers of epochs"),
        ({"name": "step", "at": [math.nan]}, "must be rising numbers of epochs"),
        ({"name": "step", "at": [1, math.inf]}, "must be rising numbers of epochs"),
        ({"name": "step", "warmup": 30}, "warms up for 30 epochs, but has 4 in all"),
        ({"name": "exponential", "warmup": 4}, "warms up for 4 epochs, but has 4 in all"),
        ({"name": "cosine", "warmup": [1, 2]}, r"warmup.* must be a number, not \[1, 2\]"),
        ({"name": "one_cycle", "epochs": [5]}, r"epochs.* must be a number, not \[5\]"),
        ({"name": "exponential", "factor": []}, "must have one `factor`, not 0"),
        ({"name": "step", "at": [1, 2], "factor": [1, 2, 3]}, "3 values of `factor` for 2 of `at`"),
        ({"name": "cosine", "warmup": 4}, "warms up for 4 epochs, but has 4 in all"),
        ({"name": "cosine", "final": 2}, "must be between 0 and 1"),
        ({"name": "exponential", "factor": 0}, "must be a number above 0"),
        ({"name": "exponential", "factor": "fast"}, "must be a number, not 'fast'"),
    ],
)
def test_settings_that_make_no_sense_are_named(wrong, message):
    with pytest.raises(InputError, match=message):
        schedule_settings(wrong, epochs=4)


# --- in fits ---------------------------------------------------------------------------------------------------------


class Watch(keras.callbacks.Callback):  # type: ignore[misc]
    """Notes the rate of each step, and ends the fit behind one of them."""

    def __init__(self, end: int | None = None) -> None:
        super().__init__()
        self.rates: list[float] = []
        self._end = end

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.rates.append(float(self.model.optimizer.learning_rate))

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if len(self.rates) == self._end:
            signal.raise_signal(signal.SIGINT)


def network(optimizer: Any = None) -> Any:
    keras.utils.set_random_seed(1)
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), layers.Flatten(), layers.Dropout(0.3), layers.Dense(2, activation="softmax")]
    )
    if optimizer is not None:
        model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"])
    return model


def flow() -> Any:
    x = np.random.default_rng(1).random((12, 8, 8, 3))
    generator = image_data_generator(rotation_range=20)
    return flow_images_from_data(x, np.repeat(["a", "b"], 6), generator=generator, batch_size=4, seed=3)


def fit(model: Any = None, **options: Any) -> Any:
    known: dict[str, Any] = {"epochs": 4, "optimizer": "rmsprop", "learning_rate": 0.01, "seed": 1, "progress": False}
    return fit_classifier(model or network(), flow(), **{**known, **options})


def test_each_step_learns_at_its_rate_and_the_optimizer_keeps_its_own():
    watch = Watch()
    classifier = fit(schedule="cosine", callbacks=watch)
    np.testing.assert_allclose(watch.rates, 0.01 * np.array(factors("cosine", 4, steps=3)), rtol=1e-5)
    assert float(classifier.model.optimizer.learning_rate) == pytest.approx(0.01)
    rates = classifier.history.query("metric == 'learning_rate'")["value"].tolist()
    assert rates == pytest.approx([0.01 * factor for factor in factors("cosine", 4, steps=3)[2::3]])


def test_a_callback_that_reduces_the_rate_and_a_schedule_go_together():
    watch = Watch()
    plateau = keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=100)
    classifier = fit(schedule={"name": "step", "at": [3], "factor": 0.1}, callbacks=[plateau, watch])
    assert watch.rates[::3] == pytest.approx([0.01, 0.01, 0.005, 0.00025])
    noted = classifier.history.query("metric == 'learning_rate'")["value"].tolist()
    assert noted == pytest.approx(watch.rates[2::3])


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle", "exponential", "step"])
def test_a_fit_with_a_schedule_goes_on_to_the_same_end(tmp_path, schedule):
    asked = {"name": schedule} if schedule == "one_cycle" else {"name": schedule, "warmup": 1.5}
    expected = fit(schedule=asked, callbacks=Watch())
    control = fit_control(save_every=2)
    with pytest.warns(TidycnnWarning, match="interrupted"):
        fit(schedule=asked, callbacks=Watch(7), folder=tmp_path / "run", control=control)
    found = fit(schedule=asked, callbacks=Watch(), folder=tmp_path / "run", control=control)
    pd.testing.assert_frame_equal(found.history, expected.history)
    for here, there in zip(found.model.get_weights(), expected.model.get_weights(), strict=True):
        np.testing.assert_array_equal(here, there)


def test_another_schedule_is_another_fit(tmp_path):
    fit(schedule="cosine", epochs=1, folder=tmp_path / "run")
    with pytest.raises(InputError, match=r"schedule\$epochs") as refused:
        fit(schedule="cosine", epochs=2, folder=tmp_path / "run")
    assert "follows from `epochs`: give it the values of then" in refused.value.hint
    fit(schedule={"name": "cosine", "epochs": 1}, epochs=2, folder=tmp_path / "run")
    with pytest.raises(InputError, match=r"begun otherwise: .*schedule"):
        fit(epochs=1, folder=tmp_path / "run")


def test_what_else_changes_the_rate_is_refused():
    with pytest.raises(InputError, match="`schedule` and `reduce_lr` cannot both"):
        fit(schedule="cosine", reduce_lr=2)
    decayed = remember_decay(keras.optimizers.SGD(0.1), 0.1)
    with pytest.raises(InputError, match="`schedule` and the `decay`"):
        fit(network(decayed), schedule="cosine", optimizer="adam", learning_rate=None)
    scheduled = keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 10))
    with pytest.raises(InputError, match="`schedule` cannot change a learning rate that follows a schedule of its own"):
        fit(optimizer=scheduled, schedule="step", learning_rate=None)


def test_a_plan_says_the_schedule_as_plain_data():
    stage = fit(schedule={"name": "step", "at": [1], "factor": math.pi / 10}, epochs=1).stages[0]
    assert stage["schedule"] == {"name": "step", "warmup": 0.0, "at": [1.0], "factor": [math.pi / 10]}

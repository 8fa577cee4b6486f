"""The learning-rate range test."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tidycnn.core.engine import keras
from tidycnn.core.progress import track
from tidycnn.train.range_test import RangeTest, smoothed_losses, suggested_step

RATES = np.geomspace(1e-5, 1, 11)


def test_where_the_loss_falls_fastest_is_suggested():
    losses = np.array([9, 9, 9, 8, 6, 3, 2, 2, 5, 9, 9], dtype=float)
    assert suggested_step(RATES, losses, losses) == 4


@pytest.mark.parametrize(
    "losses", [np.arange(1.0, 12.0), np.full(11, 2.0), np.array([1, 2.0, 1, 2, 1, 2, 1, 2, 1, 2, 1]), np.array([])]
)
def test_a_loss_that_falls_no_further_than_by_chance_suggests_nothing(losses):
    assert suggested_step(RATES[: len(losses)], losses, smoothed_losses(losses)) is None


def test_losses_are_smoothed_over_the_steps_around():
    single = np.ones(41)
    single[20] = 2.0
    weights = np.exp(-0.5 * (np.arange(-20, 21) / 3) ** 2)
    np.testing.assert_allclose(smoothed_losses(single), 1 + weights / weights.sum(), atol=1e-4)
    diverged = np.where(single > 1, 100.0, 1.0)
    np.testing.assert_array_equal(smoothed_losses(diverged), smoothed_losses(single))


class Model:
    """Stands in for a model whose loss is the same whatever the rate is."""

    def __init__(self) -> None:
        self.optimizer = keras.optimizers.SGD(1.0)
        self.stop_training = False
        self.resets = 0

    def reset_metrics(self) -> None:
        self.resets += 1


def tried(losses: list[float]) -> tuple[Any, Any, list[float]]:
    with track("Trying rates", len(losses), shown=False) as task:
        test, model, rates = RangeTest(RATES, task), Model(), []
        test.set_model(model)
        for step, loss in enumerate(losses):
            test.on_train_batch_begin(step)
            rates.append(float(model.optimizer.learning_rate))
            test.on_train_batch_end(step, {"loss": loss})
    return test.rates(), model, rates


def test_each_step_has_its_rate_and_the_loss_of_its_own_batch():
    frame, model, rates = tried([4.0, 2.0, 1.0])
    np.testing.assert_allclose(rates, RATES[:3], rtol=1e-6)
    assert frame["loss"].tolist() == [4.0, 2.0, 1.0]
    assert frame["step"].tolist() == [1, 2, 3]
    assert model.resets == 3
    assert not model.stop_training


@pytest.mark.parametrize("last", [100.0, float("nan"), float("inf")])
def test_a_loss_that_diverges_ends_the_test(last):
    frame, model, _ = tried([4.0, 2.0, last])
    assert model.stop_training
    assert np.isfinite(frame["loss"]).all()

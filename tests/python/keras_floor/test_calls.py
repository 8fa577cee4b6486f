"""What R writes becomes what Keras takes."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tidycnn.core.engine import keras
from tidycnn.core.errors import DependencyError, InputError, Missing
from tidycnn.keras_floor import calls
from tidycnn.keras_floor.calls import as_keras, call_keras, make_optimizer
from tidycnn.train.decay import decay_of


def test_whole_numbers_become_ints_unless_the_default_is_a_float() -> None:
    values = as_keras({"units": 20.0}, keras.layers.Dense)
    assert isinstance(values["units"], int)
    assert isinstance(as_keras({"learning_rate": 1.0}, keras.optimizers.Adam)["learning_rate"], float)


def test_vectors_become_tuples_and_a_missing_size_becomes_none() -> None:
    assert as_keras({"shape": [Missing(), 28.0, 3.0]}, keras.Input) == {"shape": (None, 28, 3)}
    assert as_keras({"kernel_size": [3.0, 3.0]}, keras.layers.Conv2D) == {"kernel_size": (3, 3)}


def test_lists_of_other_things_stay_lists() -> None:
    tensors = [keras.Input((2,)), keras.Input((2,))]
    assert as_keras({"inputs": tensors}, keras.Model)["inputs"] == tensors


def test_lr_is_the_learning_rate() -> None:
    assert float(make_optimizer("optimizers.Adam", {"learning_rate": 0.001, "lr": 0.25}).learning_rate) == 0.25


def test_decay_is_kept_beside_the_optimizer() -> None:
    assert decay_of(make_optimizer("optimizers.SGD", {"decay": 0.5})) == 0.5
    assert decay_of(make_optimizer("optimizers.SGD", {"decay": 0.0})) == 0
    with pytest.raises(InputError, match="`decay` must be a number of at least 0, not -1"):
        make_optimizer("optimizers.SGD", {"decay": -1.0})


def test_one_seed_gives_one_set_of_weights_and_disturbs_no_stream() -> None:
    random.seed(5)
    expected = random.random()
    random.seed(5)
    layers = [call_keras("layers.Dense", {"units": 3.0}, seed) for seed in (1, 1, 2)]
    assert random.random() == expected
    for layer in layers:
        layer.build((None, 4))
    first, again, other = (layer.get_weights()[0] for layer in layers)
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_what_keras_refuses_is_an_error_about_input_in_words_of_r() -> None:
    with pytest.raises(InputError, match="invalid value for `units`"):
        call_keras("layers.Dense", {"units": -3.0})


def test_weights_that_cannot_be_fetched_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise Exception("URL fetch failure on https://weights: no network")

    monkeypatch.setattr(calls.keras.applications, "VGG16", fail)
    with pytest.raises(DependencyError, match="`weights` could not be fetched"):
        call_keras("applications.VGG16", {})

"""Sizes that a stored model only claims take no memory; honest models of any kind open."""

from __future__ import annotations

import json
import threading
import zipfile

import keras
import numpy as np
import pytest

from tidycnn.core.errors import UnsafeError
from tidycnn.fit.stored import read_model
from tidycnn.model.allocation import bounded_variables
from tidycnn.model.named import blood_cells_deep
from tidycnn.model.resnet import resnet_cifar

layers = keras.layers


def store(model, path, change=lambda description: description):
    """Store a model with another description than it has."""
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    description = json.loads(parts["config.json"])
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**parts, "config.json": json.dumps(change(description))}.items():
            archive.writestr(name, content)
    return path


def with_sizes(**changes):
    """Give a change of all numbers of these names, however deep they lie."""

    def change(value):
        if isinstance(value, dict):
            return {name: changes[name] if name in changes else change(item) for name, item in value.items()}
        return [change(item) for item in value] if isinstance(value, list) else value

    return change


def dense():
    return keras.Sequential([keras.Input((4, 4, 3)), layers.Flatten(), layers.Dense(2, activation="softmax")])


def nested():
    image = keras.Input((4, 4, 3))
    return keras.Model(image, dense()(keras.Sequential([keras.Input((4, 4, 3)), layers.Conv2D(3, 1)])(image)))


def recurrent():
    return keras.Sequential([keras.Input((5,)), layers.Embedding(11, 3), layers.LSTM(4), layers.Dense(2)])


def attentive():
    image = keras.Input((4, 4, 3))
    rows = layers.Reshape((16, 3))(image)
    return keras.Model(image, layers.Flatten()(layers.MultiHeadAttention(2, 3)(rows, rows)))


def measured(metric):
    model = dense()
    model.compile("adam", "categorical_crossentropy", [metric])
    return model


@pytest.mark.parametrize(
    ("make", "changes"),
    [
        (dense, {"units": 10**10}),
        (dense, {"batch_shape": [None, 10**5, 10**5, 3], "build_config": None}),
        (dense, {"input_shape": [None, 10**10]}),
        (nested, {"filters": 10**10}),
        (nested, {"units": 10**10}),
        (recurrent, {"units": 10**6}),
        (recurrent, {"input_dim": 10**10}),
        (recurrent, {"output_dim": 10**10}),
        (attentive, {"key_dim": 10**10}),
        (lambda: measured(keras.metrics.MeanIoU(2)), {"num_classes": 10**5}),
        (lambda: measured(keras.metrics.AUC()), {"num_thresholds": 10**10, "thresholds": None}),
    ],
)
def test_a_size_that_is_only_claimed_takes_no_memory(tmp_path, make, changes):
    path = store(make(), tmp_path / "model.keras", with_sizes(**changes))
    assert path.stat().st_size < 2**17
    with pytest.raises(UnsafeError, match="would fill the memory"):
        read_model(path, safe=True)


@pytest.mark.parametrize(
    "make",
    [
        dense,
        nested,
        recurrent,
        attentive,
        lambda: measured(keras.metrics.MeanIoU(2)),
        lambda: measured(keras.metrics.AUC()),
        lambda: resnet_cifar(depth=8, seed=1),
        lambda: blood_cells_deep(seed=1),
        lambda: keras.applications.MobileNetV2((32, 32, 3), alpha=0.35, weights=None, classes=2),
    ],
)
def test_honest_models_open(tmp_path, make):
    model = make()
    model.save(tmp_path / "model.keras")
    back = read_model(tmp_path / "model.keras", safe=True)
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), back.get_weights(), strict=True))


@pytest.mark.parametrize("weights", [10, 10**6])
def test_a_model_that_was_compiled_and_not_trained_opens_with_its_optimizer(tmp_path, weights):
    model = keras.Sequential([keras.Input((weights,)), layers.Dense(1)])
    model.compile(keras.optimizers.AdamW(amsgrad=True, use_ema=True), "mse", ["mae"])
    model.save(tmp_path / "model.keras")
    assert len(read_model(tmp_path / "model.keras", safe=True).optimizer.variables) > 8


def test_variables_beside_the_block_are_not_counted():
    made = []
    with bounded_variables(0):
        thread = threading.Thread(target=lambda: made.append(keras.Variable(np.zeros, shape=(2**23,))))
        thread.start()
        thread.join()
        with pytest.raises(UnsafeError):
            keras.Variable("zeros", shape=(2**23,))
    assert [*made, keras.Variable("zeros", shape=(2**23,))][-1].shape == (2**23,)
    assert len(made) == 1


def test_the_sum_counts_and_not_each_variable_alone():
    with bounded_variables(0), pytest.raises(UnsafeError):
        for _ in range(5):
            keras.Variable("zeros", shape=(2**20,))

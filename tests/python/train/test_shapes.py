"""Targets have the shape of what the model gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tidycnn import fit_classifier, flow_images_from_data, flow_images_from_directory, image_data_generator
from tidycnn.core.engine import keras
from tidycnn.keras_floor.prediction import evaluate_model
from tidycnn.keras_floor.training import fit_model
from tidycnn.train.shapes import output_shapes, shaped_targets


def error(y_true: Any, y_pred: Any) -> Any:
    """As a user writes it: the mean distance of truth and prediction."""
    return keras.ops.mean(keras.ops.abs(keras.ops.cast(y_true, y_pred.dtype) - y_pred))


def network(units: int = 1, loss: str = "binary_crossentropy", **compiled: Any) -> Any:
    activation = "sigmoid" if units == 1 else "softmax"
    layers = [keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(units, activation=activation)]
    model = keras.Sequential(layers)
    model.compile("sgd", loss, **compiled)
    return model


def flow_of(folder: Path) -> Any:
    generator = image_data_generator(rescale=1 / 255)
    return flow_images_from_directory(folder, generator, target_size=(8, 8), class_mode="binary", shuffle=False)


def test_a_metric_of_the_users_own_compares_each_image_with_its_own_prediction(picture_folder: Path) -> None:
    model, flow = network(metrics=[error]), flow_of(picture_folder)
    measured = evaluate_model(model, flow)["error"]
    wanted = np.mean(
        [np.abs(y - model.predict_on_batch(x)[:, 0]).mean() for x, y in (flow[i] for i in range(len(flow)))]
    )
    assert measured == pytest.approx(wanted, rel=1e-5)


def test_so_does_that_of_a_classifier(picture_folder: Path) -> None:
    model, flow = network(metrics=[error]), flow_of(picture_folder)
    model.optimizer.learning_rate = 0.0
    fitted = fit_classifier(model, flow, epochs=1, progress=False, seed=1).history
    measured = fitted.loc[fitted["metric"] == "error", "value"].item()
    assert measured == pytest.approx(evaluate_model(model, flow)["error"], rel=1e-5)


@pytest.mark.parametrize(("units", "loss"), [(1, "binary_crossentropy"), (2, "sparse_categorical_crossentropy")])
def test_a_model_takes_a_column_and_then_a_row(units: int, loss: str) -> None:
    x, y = np.random.default_rng(1).random((4, 8, 8, 3)), np.array([0.0, 1.0, 1.0, 0.0])
    model = network(units, loss, metrics=["accuracy"])
    values = [evaluate_model(model, x, each)["loss"] for each in (y[:, None], y)]
    values.append(evaluate_model(model, flow_images_from_data(x, y, shuffle=False))["loss"])
    assert values == pytest.approx([values[0]] * 3)
    for each in (y[:, None], y):
        fit_model(model, x, each, epochs=1, progress=False)


@pytest.mark.parametrize(
    ("targets", "shapes", "shape"),
    [
        (np.zeros(4), [(None, 1)], (4, 1)),
        (np.zeros((4, 1)), [(None, 3)], (4,)),
        (np.zeros((4, 3)), [(None, 3)], (4, 3)),
        (np.zeros(4), [(None,)], (4,)),
        (np.zeros((4, 1)), [(None, 8, 8, 1)], (4, 1)),
        (np.zeros(4), [], (4,)),
    ],
)
def test_only_one_value_an_image_changes_its_shape(targets: Any, shapes: Any, shape: tuple[int, ...]) -> None:
    assert shaped_targets(targets, shapes).shape == shape


def test_several_outputs_are_shaped_each() -> None:
    model = keras.Model(entry := keras.Input((3,)), [keras.layers.Dense(1)(entry), keras.layers.Dense(2)(entry)])
    shaped = shaped_targets((np.zeros(4), np.zeros((4, 1))), output_shapes(model))
    assert [each.shape for each in shaped] == [(4, 1), (4,)]

"""What does not fit together is told before it trains: labels, their order, their weights, targets and losses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tidycnn import as_classifier, flow_images_from_data, flow_images_from_directory, image_data_generator
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, TidycnnWarning
from tidycnn.keras_floor._weights import weights_by_position
from tidycnn.keras_floor.prediction import augment_model, evaluate_model, predict_model
from tidycnn.keras_floor.training import compile_model, fit_model


def network(units: int = 2, loss: Any = "categorical_crossentropy") -> Any:
    activation = "softmax" if units > 1 else "sigmoid"
    layers = [keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(units, activation=activation)]
    return compile_model(keras.Sequential(layers), "sgd", loss)


def flow_of(folder: Path, **options: Any) -> Any:
    known: dict[str, Any] = {"target_size": (8, 8), "batch_size": 4, "seed": 1, **options}
    return flow_images_from_directory(folder, generator=image_data_generator(rescale=1 / 255), **known)


def fit(model: Any, *data: Any, **options: Any) -> Any:
    return fit_model(model, *data, progress=False, epochs=1, **options)


def test_a_flow_that_validates_has_the_labels_of_the_one_that_trains(picture_folder: Path) -> None:
    train, other = flow_of(picture_folder), flow_of(picture_folder, classes=["dog", "cat"])
    with pytest.raises(InputError, match="`validation_data` has the labels 'dog' and 'cat', but the images that train"):
        fit(network(), train, validation_data=other)


def test_a_model_knows_the_labels_that_it_was_trained_on(picture_folder: Path) -> None:
    model, other = network(), flow_of(picture_folder, classes=["dog", "cat"])
    fit(model, flow_of(picture_folder))
    with pytest.raises(InputError, match="`generator` has the labels 'dog' and 'cat', but the model was trained on"):
        evaluate_model(model, other, name="generator")
    with pytest.warns(TidycnnWarning, match="columns of the prediction are those that the model was trained on, 'cat'"):
        predict_model(model, other)
    found = augment_model(model, other)
    assert list(found[".pred_class"].cat.categories) == ["cat", "dog"]
    for generator in (other, image_data_generator()):
        with pytest.raises(InputError, match="`levels` are in the order 'dog' and 'cat', but the model was trained on"):
            as_classifier(model, ["dog", "cat"], generator)
    with pytest.raises(InputError, match="`levels` are in the order 'cat' and 'dog', but the flow has 'dog' and 'cat'"):
        as_classifier(network(), ["cat", "dog"], other)
    assert as_classifier(model, ["chat", "chien"], other).levels == ["chat", "chien"]


def test_positions_of_an_array_may_end_earlier() -> None:
    x = np.zeros((6, 8, 8, 3))
    train, held = (flow_images_from_data(x, np.arange(6) % n) for n in (3, 2))
    fit(network(3, "sparse_categorical_crossentropy"), train, validation_data=(x, np.zeros(6)))
    with pytest.raises(InputError, match="ends with 3 units, but there are 2 labels"):
        fit(network(3, "sparse_categorical_crossentropy"), train, validation_data=held)


def test_an_evaluation_tells_of_images_that_trained(picture_folder: Path, recwarn: pytest.WarningsRecorder) -> None:
    model, flow = network(), flow_of(picture_folder)
    evaluate_model(model, flow)
    assert not [each for each in recwarn if each.category is TidycnnWarning]
    fit(model, flow_of(picture_folder, classes=["cat", "dog"]))
    with pytest.warns(TidycnnWarning, match=f"`x`: the model was trained on {flow.n} of {flow.n} images"):
        evaluate_model(model, flow)


@pytest.mark.parametrize(
    ("units", "loss", "y", "message"),
    [
        (
            3,
            "sparse_categorical_crossentropy",
            [1, 2, 3],
            "positions from 0 to 2, .* they go from 1 to 3[.]\n.*subtract 1",
        ),
        (3, "sparse_categorical_crossentropy", [0.5, 1, 2], "they are not whole"),
        (3, "sparse_categorical_crossentropy", np.eye(3), "must be one column of positions .* but has 3"),
        (3, "categorical_crossentropy", [0, 1, 2], "must have 3 columns for the loss .* but has 1[.]\n`to_categorical"),
        (3, "categorical_crossentropy", np.eye(3)[:, :2], "must have 3 columns .* but has 2"),
        (1, "binary_crossentropy", np.eye(2)[[0, 1, 0]], "must have 1 column .* but has 2"),
        (1, "binary_crossentropy", [1, 2, 2], "must be 0 or 1 .* but goes from 1 to 2"),
        (1, "binary_crossentropy", [0, np.nan, 1], "must have no missing values, but has 1[.]\nLeave"),
        (1, "mse", np.ones((3, 2)), "must have 1 column for the loss 'mse'"),
    ],
)
def test_targets_that_do_not_fit_the_head_are_refused(units: int, loss: str, y: Any, message: str) -> None:
    x, y = np.zeros((3, 8, 8, 3)), np.asarray(y)

    def generator() -> Any:
        return [x, y]

    generator.needs_main_thread = True  # type: ignore[attr-defined]
    for data in ((x, y), (generator,)):
        steps = 1.0 if len(data) == 1 else None
        with pytest.raises(InputError, match=message):
            fit(network(units, loss), *data, steps_per_epoch=steps)
        with pytest.raises(InputError, match=message):
            evaluate_model(network(units, loss), *data, steps=steps)


def test_a_flow_gives_what_the_loss_takes(picture_folder: Path) -> None:
    sparse, one_hot = flow_of(picture_folder, class_mode="sparse"), flow_of(picture_folder)
    with pytest.raises(InputError, match="`x` must have 2 columns for the loss 'categorical_crossentropy'"):
        fit(network(), sparse)
    with pytest.raises(InputError, match="`validation_data` must be one column of positions"):
        fit(network(loss="sparse_categorical_crossentropy"), sparse, validation_data=one_hot)


@pytest.mark.parametrize(
    ("weights", "levels", "found"),
    [
        ({"cat": 2}, ["cat", "dog"], {"0": 2}),
        ({"1": 2}, ["cat", "dog"], {"1": 2}),
        ({"1": 2, "0": 3}, ["0", "1"], {"1": 2, "0": 3}),
        ({"1": 2, "2": 3, "3": 1}, ["1", "2", "3"], {"0": 2, "1": 3, "2": 1}),
        ({"0": 2, "2": 3}, ["1", "2", "3"], {"0": 2, "2": 3}),
    ],
)
def test_weights_go_by_label_or_by_position(weights: Any, levels: list[str], found: dict[str, float]) -> None:
    assert weights_by_position(weights, levels, len(levels)) == found


@pytest.mark.parametrize(
    ("weights", "levels", "message"),
    [
        ({"1": 2}, ["1", "2", "3"], "names '1', which are labels as well as positions from 0[.]\nName all labels"),
        ({"2": 2}, ["cat", "dog"], "names '2', but the labels are 'cat' and 'dog', and positions go from 0 to 1"),
        ({"2": 2}, [], "names '2', but the labels have no names here, and positions go from 0 to 1"),
        ({"0": 2, "dog": 1}, ["cat", "dog"], "names labels and positions: '0' and 'dog'"),
        ({"cat": -1}, ["cat", "dog"], "must be numbers of at least 0, but that of 'cat' is -1"),
        ([1, 2], ["cat", "dog"], "named by label or by position"),
    ],
)
def test_weights_that_could_mean_two_things_or_none_are_refused(weights: Any, levels: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        weights_by_position(weights, levels, 2 if len(levels) != 3 else 3)

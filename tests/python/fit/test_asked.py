"""What a fit is asked comes back from its folder as it was."""

from __future__ import annotations

import json

import keras
import numpy as np
import pandas as pd
import pytest

from tidycnn import (
    as_classifier,
    fit_control,
    fit_image_data_generator,
    flow_images,
    image_data_generator,
)
from tidycnn.core.errors import InputError
from tidycnn.fit._asked import Asked
from tidycnn.model.builders import Network
from tidycnn.train.decay import decay_of, remember_decay


@pytest.fixture
def back(tmp_path):
    """Give a function that packs a value, lets it cross as JSON, and unpacks it."""

    def cross(value):
        packed = json.loads(json.dumps(Asked(tmp_path).pack(value, "value")))
        return Asked(tmp_path).unpack(packed)

    return cross


def test_plain_values_come_back(back):
    value = {"epochs": 3, "patience": None, "stop_at": {"val_accuracy": 0.9}, "target_size": (8, 9), "n": np.int64(2)}
    assert back(value) == {**value, "target_size": [8, 9], "n": 2}


def test_images_come_back_with_levels_and_index(back, images):
    frame = images.set_index(pd.Index([f"row {i}" for i in range(len(images))], name="mine"))
    found = back(frame)
    pd.testing.assert_frame_equal(found, frame, check_dtype=False)
    assert found["label"].cat.categories.tolist() == ["cat", "dog"]


def test_a_model_comes_back_with_its_weights_its_frozen_layers_and_its_compilation(back, make_model):
    model = make_model()
    model.layers[1].trainable = False
    model.compile(remember_decay(keras.optimizers.SGD(0.3), 0.5), "categorical_crossentropy")
    found = back(model)
    for mine, theirs in zip(found.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert [layer.trainable for layer in found.layers] == [layer.trainable for layer in model.layers]
    assert float(found.optimizer.learning_rate) == pytest.approx(0.3)
    assert decay_of(found.optimizer) == 0.5


def test_a_classifier_comes_back_and_its_own_folder_is_not_changed(back, make_model):
    classifier = as_classifier(make_model(), ["cat", "dog"])
    assert back(classifier).levels == ["cat", "dog"]
    assert classifier.folder is None


def test_a_generator_comes_back_with_what_it_has_learned(back):
    generator = image_data_generator(featurewise_center=True, zca_whitening=True, rotation_range=20)
    pictures = np.random.default_rng(1).integers(0, 255, (6, 4, 4, 1))
    fit_image_data_generator(generator, pictures, seed=1)
    found = back(generator)
    assert found.rotation_range == 20
    np.testing.assert_array_equal(found.statistics.whitening, generator.statistics.whitening)
    np.testing.assert_array_equal(found.statistics.mean, generator.statistics.mean)


def test_a_function_of_keras_comes_back_with_its_generator(back):
    function = keras.applications.vgg16.preprocess_input
    assert back(image_data_generator(preprocessing_function=function)).preprocessing_function is function


@pytest.mark.parametrize("value", [fit_control(precision="bfloat16"), Network(builder="cnn", classes=2, seed=1)])
def test_settings_come_back(back, value):
    assert back(value) == value


def test_an_optimizer_and_a_loss_come_back(back):
    found = back(
        {
            "optimizer": remember_decay(keras.optimizers.RMSprop(0.02, rho=0.8), 0.1),
            "loss": keras.losses.CategoricalFocalCrossentropy(gamma=3),
        }
    )
    assert (found["optimizer"].rho, decay_of(found["optimizer"]), found["loss"].gamma) == (0.8, 0.1, 3)


def test_what_is_asked_of_many_fits_is_written_once(tmp_path, images):
    asked = Asked(tmp_path)
    assert asked.pack(images, "images") == asked.pack(images, "images")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["frame-0"]


class MyLoss(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return y_pred


@pytest.mark.parametrize(
    ("argument", "make"),
    [
        ("loss", lambda images: MyLoss()),
        ("optimizer", lambda images: type("MySGD", (keras.optimizers.SGD,), {})()),
        ("loss", lambda images: lambda y, p: 0.0),
        ("callbacks", lambda images: keras.callbacks.LambdaCallback()),
        ("images", flow_images),
        ("generator", lambda images: image_data_generator(preprocessing_function=lambda x: x)),
    ],
)
def test_what_lives_in_this_process_alone_is_refused_by_name(tmp_path, images, argument, make):
    with pytest.raises(InputError, match=f"`{argument}` cannot be given to another process") as caught:
        Asked(tmp_path).pack(make(images), argument)
    assert "fit_control(workers=1)" in caught.value.hint


def test_a_model_with_code_of_its_own_is_refused(tmp_path):
    layers = [keras.Input((8, 8, 3)), keras.layers.Lambda(lambda x: x), keras.layers.Flatten()]
    with pytest.raises(InputError, match="`model` cannot be given to another process: it is a model with code"):
        Asked(tmp_path).pack(keras.Sequential(layers), "model")

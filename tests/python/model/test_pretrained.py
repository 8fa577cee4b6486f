from __future__ import annotations

import os
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from tidycnn.core.errors import InputError, InputTypeError, speaking
from tidycnn.fit.classifier import as_classifier
from tidycnn.fit.folder import load_classifier, save_classifier
from tidycnn.fit.predict import predict_images
from tidycnn.images.table import image_table
from tidycnn.model.applications import APPLICATIONS
from tidycnn.model.pretrained import find_application, list_pretrained, pretrained

SHAPE = {"weights": None, "input_shape": (32, 32, 3), "seed": 1}


@pytest.fixture(scope="module")
def pictures():
    """Give two pictures of grey levels."""
    return np.random.default_rng(1).integers(0, 256, (2, 32, 32, 3)).astype("float32")


@pytest.fixture(scope="module")
def mobile():
    """Give the smallest MobileNetV2."""
    return pretrained("mobilenet_v2", alpha=0.35, pooling="avg", **SHAPE)


def weights_of(model):
    return np.concatenate([weight.ravel() for weight in model.get_weights()])


@pytest.mark.parametrize("name", ["vgg16", "mobilenet", "resnet50_v2", "densenet121"])
def test_grey_levels_give_what_keras_gives_behind_its_own_function(pictures, name):
    ours = pretrained(name, pooling="avg", **SHAPE)
    application = APPLICATIONS[name]
    function = getattr(keras.applications, application.function)
    theirs = function(include_top=False, weights=None, input_shape=(32, 32, 3), pooling="avg")
    theirs.set_weights(ours.get_weights())
    scaled = getattr(keras.applications, application.module).preprocess_input(pictures.copy())
    np.testing.assert_allclose(
        ours.predict(pictures, verbose=0), theirs.predict(scaled, verbose=0), rtol=1e-3, atol=1e-5
    )


def test_a_network_that_scales_itself_is_keras_own(pictures):
    model = pretrained("mobilenet_v3_small", **SHAPE)
    assert [type(layer).__name__ for layer in model.layers[:3]] == ["InputLayer", "Rescaling", "Conv2D"]


def test_its_layers_are_those_of_keras_in_one_model(mobile):
    theirs = keras.applications.MobileNetV2((32, 32, 3), 0.35, weights=None, include_top=False, pooling="avg")
    names = [layer.name for layer in mobile.layers]
    assert names[:2] == ["image", "scaling"]
    assert names[2:-1] == [layer.name for layer in theirs.layers][1:-1]
    assert (mobile.name, mobile.input_shape, mobile.output_shape) == (theirs.name, (None, 32, 32, 3), (None, 1280))
    assert mobile.count_params() == theirs.count_params()
    assert mobile.get_layer("block_16_project_BN").output.shape == (None, 1, 1, 112)


def test_weights_follow_from_the_seed_alone(mobile):
    keras.utils.set_random_seed(5)
    again = pretrained("MobileNetV2", alpha=0.35, pooling="avg", **SHAPE)
    other = pretrained("mobilenet_v2", alpha=0.35, pooling="avg", **{**SHAPE, "seed": 2})
    assert np.array_equal(weights_of(mobile), weights_of(again))
    assert not np.array_equal(weights_of(mobile), weights_of(other))


def test_without_a_shape_it_has_the_size_of_its_weights():
    assert pretrained("mobilenet_v2", None, alpha=0.35).input_shape == (None, 224, 224, 3)


def test_it_is_a_base_like_any_other_and_its_scaling_is_saved_with_it(mobile, picture_folder, tmp_path):
    head = keras.layers.Dense(2, activation="softmax", name="prediction")
    model = keras.Sequential([keras.Input((32, 32, 3)), mobile, head])
    classifier = as_classifier(model, ["cat", "dog"])
    assert classifier.preprocessing.rescale is None
    images = image_table(picture_folder, progress=False)
    before = predict_images(classifier, images, progress=False)
    save_classifier(classifier, tmp_path / "kept")
    after = predict_images(load_classifier(tmp_path / "kept"), images, progress=False)
    assert before[".pred_cat"].tolist() == after[".pred_cat"].tolist()
    assert before[".pred_cat"].nunique() > 1


def test_a_network_that_puts_blue_first_is_opened_safely(picture_folder, tmp_path):
    base = pretrained("vgg16", pooling="avg", **SHAPE)
    model = keras.Sequential([keras.Input((32, 32, 3)), base, keras.layers.Dense(2, activation="softmax")])
    classifier = as_classifier(model, ["cat", "dog"])
    save_classifier(classifier, tmp_path / "kept")
    images = image_table(picture_folder, progress=False)
    frames = [predict_images(each, images, progress=False) for each in (classifier, load_classifier(tmp_path / "kept"))]
    pd.testing.assert_frame_equal(*frames)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "vgg17"}, "`name` must be one of 'vgg16', 'vgg19'"),
        ({"name": 16}, "`name` must be text"),
        ({"name": "vgg16", "alpha": 0.5}, "`alpha` is 0.5, but 'vgg16' comes in one width"),
        ({"name": "mobilenet_v2", "alpha": 0.3}, "`alpha` must be one of 0.35, 0.5, 0.75, 1.0, 1.3 or 1.4, for which"),
        ({"name": "mobilenet_v2", "alpha": -1.0, "weights": None}, "`alpha` must be a number above 0"),
        ({"name": "vgg16", "input_shape": (31, 40, 3)}, "`input_shape` must be at least 32 x 32 pixels for 'vgg16'"),
        ({"name": "inception_v3", "input_shape": (74, 75, 3)}, "`input_shape` must be at least 75 x 75 pixels"),
        ({"name": "vgg16", "input_shape": (32, 32, 1)}, "`input_shape` must have 3 channels for 'vgg16', not 1"),
        ({"name": "vgg16", "input_shape": (32, 32)}, "`input_shape` must be 3 values"),
        ({"name": "vgg16", "pooling": "sum"}, "`pooling` must be one of 'avg' or 'max'"),
        ({"name": "vgg16", "weights": "nowhere.h5"}, "`weights` names the file 'nowhere.h5', which does not exist"),
        ({"name": "vgg16", "weights": None, "seed": -1}, "`seed` must be a whole number"),
    ],
)
def test_what_cannot_be_built_is_refused(options, message):
    with pytest.raises((InputError, InputTypeError)) as caught:
        pretrained(**options)
    assert message in caught.value.message


def test_hints_are_in_the_words_of_r():
    with speaking("r"), pytest.raises(InputError) as caught:
        pretrained("vgg16", input_shape=(8, 8, 3))
    assert "c(224, 224, 3)" in str(caught.value.hint)


@pytest.mark.parametrize("name", ["MobileNetV2", "mobilenet_v2", "mobilenetv2", "MOBILENET-V2"])
def test_names_are_found_however_they_are_spelled(name):
    assert find_application(name, "name").name == "mobilenet_v2"


def test_the_table_is_a_frame(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    networks = list_pretrained()
    assert networks["name"].nunique() == len(APPLICATIONS)
    assert networks.loc[networks["name"] == "mobilenet_v2", "alpha"].tolist() == [0.35, 0.5, 0.75, 1.0, 1.3, 1.4]
    assert networks["here"].sum() == 0
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / networks["file"][3]).touch()
    assert list_pretrained()["here"].to_numpy().nonzero()[0].tolist() == [3]


def test_some_are_listed_by_their_names():
    assert list_pretrained(["resnet50", "VGG16"])["name"].tolist() == ["resnet50", "vgg16"]
    with pytest.raises(InputError, match="`name` must be one of"):
        list_pretrained(["vgg17"])


def test_the_speed_of_each_width_is_measured(monkeypatch):
    monkeypatch.setattr("tidycnn.model.pretrained._speed", lambda model, shape: float(model.count_params()))
    networks = list_pretrained("mobilenet_v3_small", measure=True)
    assert networks["images_per_second"].tolist() == networks["parameters"].tolist()


@pytest.mark.slow
def test_a_speed_is_images_in_a_second():
    assert 1 < list_pretrained("mobilenet_v3_small", measure=True)["images_per_second"].iloc[0] < 1e5


@pytest.mark.real
def test_weights_of_imagenet_tell_cats_from_dogs():
    """The features of real weights, as Keras computes them from the same file."""
    folder = Path(os.environ["TIDYCNN_DATA"]).parent / "weights"
    file = folder / "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5"
    ours = pretrained("mobilenet_v2", file, alpha=0.35, pooling="avg")
    theirs = keras.applications.MobileNetV2((224, 224, 3), 0.35, include_top=False, weights=str(file), pooling="avg")
    x = np.random.default_rng(1).integers(0, 256, (2, 224, 224, 3)).astype("float32")
    scaled = keras.applications.mobilenet_v2.preprocess_input(x.copy())
    np.testing.assert_allclose(ours.predict(x, verbose=0), theirs.predict(scaled, verbose=0), atol=1e-4)

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


@pytest.mark.parametrize(("name", "first"), [("vgg16", "block1_conv1"), ("mobilenet", "conv1"), ("densenet121", 2)])
def test_grey_levels_come_to_the_first_layer_as_keras_own_function_gives_them(pictures, name, first):
    model = pretrained(name, **SHAPE)
    layer = model.layers[first] if isinstance(first, int) else model.get_layer(first)
    function = getattr(keras.applications, APPLICATIONS[name].module).preprocess_input
    arriving = keras.Model(model.input, layer.input)(pictures)
    np.testing.assert_allclose(arriving, function(pictures.copy()), rtol=1e-5, atol=1e-4)


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


def test_it_is_a_base_like_any_other_and_its_scaling_is_saved_with_it(picture_folder, tmp_path, heard):
    base = pretrained("vgg16", pooling="avg", **SHAPE)
    head = keras.layers.Dense(2, activation="softmax", kernel_initializer=keras.initializers.RandomNormal(seed=1))
    classifier = as_classifier(keras.Sequential([keras.Input((32, 32, 3)), base, head]), ["cat", "dog"])
    assert classifier.preprocessing.rescale is None
    save_classifier(classifier, tmp_path / "kept")
    images = image_table(picture_folder, progress=False)
    frames = [predict_images(each, images, progress=False) for each in (classifier, load_classifier(tmp_path / "kept"))]
    pd.testing.assert_frame_equal(*frames)
    assert frames[0][".pred_cat"].nunique() > 1


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
@pytest.mark.parametrize("pooling", ["avg", None])
def test_weights_of_imagenet_give_what_they_give_keras(pooling):
    folder = Path(os.environ.get("TIDYCNN_DATA", "nowhere")).parent / "weights"
    file = folder / "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5"
    if not file.is_file():
        pytest.skip("no weights beside the real images")
    ours = pretrained("mobilenet_v2", file, alpha=0.35, pooling=pooling)
    shape = (224, 224, 3)
    theirs = keras.applications.MobileNetV2(shape, 0.35, include_top=False, weights=str(file), pooling=pooling)
    x = np.random.default_rng(1).integers(0, 256, (2, *shape)).astype("float32")
    scaled = keras.applications.mobilenet_v2.preprocess_input(x.copy())
    found = ours.predict(x, verbose=0)
    assert found.max() > 0.5
    np.testing.assert_allclose(found, theirs.predict(scaled, verbose=0), atol=1e-4)

"""Networks of Keras by our names, with the arguments of R-Keras."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from tidycnn.core.errors import InputError
from tidycnn.keras_floor.applications import call_application, preprocess_application
from tidycnn.model.applications import APPLICATIONS


def test_a_network_is_that_of_keras_with_the_arguments_of_r():
    given = {"include_top": False, "weights": None, "input_shape": [32.0, 32.0, 3.0], "alpha": 0.35}
    first, again, other = (call_application("mobilenet_v2", given, seed) for seed in (1, 1, 2))
    assert (first.name, first.input_shape, first.count_params()) == ("mobilenetv2_0.35_32", (None, 32, 32, 3), 410208)
    assert [type(layer).__name__ for layer in first.layers[:2]] == ["InputLayer", "Conv2D"]
    weights = [model.layers[1].get_weights()[0] for model in (first, again, other)]
    assert np.array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])


def test_what_keras_refuses_is_an_error_about_input():
    with pytest.raises(InputError, match="include_top"):
        call_application("vgg16", {"include_top": True, "weights": "imagenet", "classes": 3.0})


@pytest.mark.parametrize("name", ["vgg16", "mobilenet", "densenet121"])
def test_pictures_are_normalised_as_the_function_of_keras_does(name):
    x = np.random.default_rng(1).integers(0, 256, (2, 4, 4, 3))
    known = getattr(keras.applications, APPLICATIONS[name].module).preprocess_input
    found = preprocess_application(name, x)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, known(x.astype("float64")))


def test_networks_that_scale_themselves_take_grey_levels():
    x = np.full((1, 2, 2, 3), 200)
    assert preprocess_application("efficientnet_b0", x).tolist() == x.tolist()


def test_other_than_three_channels_are_refused():
    with pytest.raises(InputError, match="pictures of three channels"):
        preprocess_application("vgg16", np.zeros((1, 2, 2, 1)))
    with pytest.raises(InputError, match="channels_first"):
        preprocess_application("vgg16", np.zeros((1, 3, 2, 2)), "channels_first")

"""Whether a network takes grey levels or pixels that are scaled is told by its first layers."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from tidycnn.model.applications import APPLICATIONS
from tidycnn.model.pretrained import pretrained
from tidycnn.model.scaling import GREY, Span, computation_of, first_layers, grey_scaler, mean_of, rescaled, span_of

SHAPE = {"weights": None, "input_shape": (32, 32, 3), "seed": 1}


def network(*first):
    """Make a network that begins with some layers."""
    layers = [keras.Input((8, 8, 3)), *first, keras.layers.Conv2D(2, 3, name="conv"), keras.layers.Flatten()]
    return keras.Sequential(layers)


def on_base(base):
    """Put a head on a base, as everybody does."""
    return keras.Sequential([keras.Input(base.input_shape[1:]), base, keras.layers.Dense(2)])


@pytest.fixture(scope="module")
def vgg():
    """Give VGG16 with its scaling in front."""
    return pretrained("vgg16", pooling="avg", **SHAPE)


@pytest.mark.parametrize(
    ("first", "scaler"),
    [
        ([], None),
        ([keras.layers.Rescaling(1 / 255, name="scale")], "scale"),
        ([keras.layers.Rescaling(1 / 127.5, offset=-1, name="scale")], "scale"),
        ([keras.layers.RandomFlip(), keras.layers.Rescaling(1 / 255, name="scale")], "scale"),
        ([keras.layers.Rescaling(0.5, name="a"), keras.layers.Rescaling(1 / 127.5, name="b")], "a"),
        ([keras.layers.Normalization(mean=120.0, variance=9.0, name="norm")], "norm"),
        ([keras.layers.Rescaling(1 / 255, name="a"), keras.layers.Normalization(mean=0.5, variance=1.0)], "a"),
        # For pixels that are scaled already.
        ([keras.layers.Rescaling(2.0, offset=-1)], None),
        ([keras.layers.Rescaling(255.0, offset=-120)], None),
        ([keras.layers.Normalization(mean=0.5, variance=0.1)], None),
        # Behind the first weights it scales no pixels.
        ([keras.layers.Conv2D(3, 1), keras.layers.Rescaling(1 / 255)], None),
    ],
)
def test_a_layer_that_scales_grey_levels_is_named(first, scaler):
    assert grey_scaler(network(*first)) == scaler


@pytest.mark.parametrize("name", ["mobilenet", "densenet121", "mobilenet_v3_small", "efficientnet_b0"])
def test_networks_of_the_table_scale_grey_levels_also_as_a_base(name):
    base = pretrained(name, pooling="avg", **SHAPE)
    scaler = next(layer.name for layer in base.layers if type(layer).__name__ == "Rescaling")
    assert (grey_scaler(base), grey_scaler(on_base(base))) == (scaler, f"{base.name}/{scaler}")


def test_one_that_puts_blue_first_scales_them_too(vgg):
    assert (grey_scaler(vgg), grey_scaler(on_base(vgg))) == ("scaling", "vgg16/scaling")


def test_what_a_known_network_was_not_made_for_is_no_scaling_of_its_own():
    theirs = keras.applications.VGG16(include_top=False, weights=None, input_shape=(32, 32, 3), pooling="avg")
    assert grey_scaler(on_base(theirs)) is None
    image = keras.Input((32, 32, 3))
    assert grey_scaler(keras.Model(image, theirs(keras.layers.Rescaling(1 / 255)(image)))) is None


@pytest.mark.parametrize(
    ("change", "span"),
    [
        (lambda image: image / 2.0, None),
        (lambda image: keras.layers.Rescaling(1 / 255)(image / 2.0), Span(0, 0.5)),
        (lambda image: image / 127.5 - 1.0, Span(-1, 1)),
        (keras.applications.mobilenet_v2.preprocess_input, Span(-1, 1)),
        (keras.applications.vgg16.preprocess_input, Span(-123.68, 151.061)),
        (keras.layers.Lambda(lambda image: image / 255), Span(0, 1)),
        (lambda image: image * 2.0 - 1.0, None),
        # What is far from 0 only where it was scaled before.
        (lambda image: image * 255.0 - 120.0, None),
        (lambda image: image - keras.ops.mean(image, axis=(1, 2, 3), keepdims=True), None),
        # What cannot be told.
        (lambda image: image * 0.0, None),
        (keras.layers.Lambda(lambda image: image * (1 / image.shape[4]), output_shape=lambda shape: shape), None),
    ],
)
@pytest.mark.parametrize("size", [8, None])
def test_what_operations_do_to_pixels_is_tried(change, span, size):
    image = keras.Input((size, size, 3))
    model = keras.Model(image, keras.layers.Conv2D(2, 3)(change(image)))
    computation = computation_of(model)
    assert grey_scaler(model) == (None if span is None else computation.path)
    if span is not None:
        np.testing.assert_allclose(computation.behind(GREY), span, atol=1e-3)


def test_operations_are_followed_through_a_normalisation():
    image = keras.Input((8, 8, 3))
    normal = keras.layers.Normalization(mean=120.0, variance=900.0)
    model = keras.Model(image, keras.layers.Conv2D(2, 3)(normal(image[..., ::-1])))
    assert grey_scaler(model) is not None
    np.testing.assert_allclose(computation_of(model).behind(GREY), (-4, 4.5))


def test_a_part_of_a_network_that_subtracts_means_scales_too(vgg):
    part = keras.Model(vgg.input, vgg.get_layer("block2_pool").output)
    assert grey_scaler(part) == "scaling"
    assert grey_scaler(on_base(part)) == f"{part.name}/scaling"


def test_first_layers_end_at_the_first_weights():
    model = network(keras.layers.ZeroPadding2D(), keras.layers.Rescaling(1 / 255, name="scale"))
    assert [place.path for place in first_layers(model)] == ["scale", "conv"]


def test_pixels_behind_a_layer_are_those_of_all_channels():
    assert rescaled(keras.layers.Rescaling(1 / 127.5, -1.0), GREY) == Span(-1.0, 1.0)
    layer = keras.layers.Rescaling(1.0, [-123.68, -116.779, -103.939])
    np.testing.assert_allclose(rescaled(layer, GREY), (-123.68, 151.061), atol=1e-3)
    assert rescaled(keras.layers.Rescaling(-1.0), Span(0.0, 2.0)) == Span(-2.0, 0.0)


def test_a_normalisation_that_has_learned_nothing_subtracts_nothing():
    assert mean_of(keras.layers.Normalization()) == 0
    layer = keras.layers.Normalization(mean=[-3.0, 1.0, 2.0], variance=[1.0, 1.0, 1.0])
    layer.build((None, 8, 8, 3))
    assert mean_of(layer) == 3


def test_spans_are_near_where_both_ends_are():
    wanted = Span(-124.0, 151.0)
    assert Span(-120.0, 140.0).is_near(wanted)
    assert not Span(0.0, 151.0).is_near(wanted)
    assert (wanted.width, wanted.spelled("_wanted")) == (275.0, {"low_wanted": "-124", "high_wanted": "151"})


@pytest.mark.parametrize(
    ("name", "span"), [("vgg16", (-124, 151)), ("mobilenet", (-1, 1)), ("densenet121", (-2.1, 2.6))]
)
def test_pixels_of_a_known_network_are_told(name, span):
    assert span_of(APPLICATIONS[name]) == span
    assert span_of(APPLICATIONS["convnext_tiny"]) is span_of(None) is None

"""What a classifier is made of."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from tidycnn import as_classifier, image_data_generator
from tidycnn.core.errors import InputError
from tidycnn.fit.classifier import glance_classifier
from tidycnn.flow.making import make_flow
from tidycnn.flow.options import FlowOptions
from tidycnn.train.head import as_probabilities, read_head


def test_the_very_model_is_used(make_model):
    model = make_model()
    assert as_classifier(model, ["cat", "dog"]).model is model


def test_size_and_colours_are_those_of_the_model(make_model):
    preprocessing = as_classifier(make_model(shape=(12, 8, 1)), ["cat", "dog"]).preprocessing
    assert (preprocessing.target_size, preprocessing.color_mode) == ((12, 8), "grayscale")


def test_grey_levels_are_scaled_to_one_unless_the_generator_says_otherwise(make_model):
    scaled = as_classifier(make_model(), ["cat", "dog"])
    plain = as_classifier(make_model(), ["cat", "dog"], image_data_generator())
    assert (scaled.preprocessing.rescale, plain.preprocessing.rescale) == (1 / 255, None)


def test_a_flow_says_how_images_are_prepared(make_model, images):
    flow = make_flow(images, image_data_generator(samplewise_center=True), FlowOptions(target_size=(8, 8), seed=1))
    assert as_classifier(make_model(), ["cat", "dog"], flow).preprocessing == flow.preprocessing


def test_a_model_of_any_size_needs_the_size(make_model):
    model = make_model(shape=(None, None, 3))
    with pytest.raises(InputError, match="`target_size` must be given"):
        as_classifier(model, ["cat", "dog"])
    assert as_classifier(model, ["cat", "dog"], target_size=(20, 30)).preprocessing.target_size == (20, 30)


def test_another_size_than_the_models_is_refused(make_model):
    with pytest.raises(InputError, match="takes images of 8 x 8 x 3, but they would be 9 x 9 x 3"):
        as_classifier(make_model(), ["cat", "dog"], target_size=(9, 9))


@pytest.mark.parametrize(
    ("units", "levels", "message"),
    [
        (4, ["a", "b", "c"], "ends with 4 units, but there are 3 labels"),
        (1, ["a", "b", "c"], "ends with 1 unit, but there are 3 labels"),
        (3, ["a", "b"], "1 sigmoid unit or 2 softmax units"),
        (2, ["a", "a"], "'a' is given twice"),
        (1, ["a"], "at least two labels, but has 'a'"),
        (2, ["a", "class"], "has the label 'class'"),
    ],
)
def test_levels_that_do_not_fit_are_refused(make_model, units, levels, message):
    with pytest.raises(InputError, match=message):
        as_classifier(make_model(units, "sigmoid" if units == 1 else "softmax"), levels)


def test_one_softmax_unit_is_refused(make_model):
    with pytest.raises(InputError, match="1 for every image"):
        as_classifier(make_model(1, "softmax"), ["cat", "dog"])


def test_a_model_without_input_shape_is_refused():
    with pytest.raises(InputError, match="not built yet"):
        as_classifier(keras.Sequential([keras.layers.Dense(2)]), ["cat", "dog"])


def test_a_model_of_rows_of_numbers_is_refused():
    with pytest.raises(InputError, match="must take images"):
        as_classifier(keras.Sequential([keras.layers.Input((5,)), keras.layers.Dense(2)]), ["cat", "dog"])


def test_a_model_with_two_outputs_is_refused():
    start = keras.layers.Input((8, 8, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(start)
    model = keras.Model(start, [keras.layers.Dense(2)(pooled), keras.layers.Dense(2)(pooled)])
    with pytest.raises(InputError, match="must have one output, not 2"):
        as_classifier(model, ["cat", "dog"])


def test_a_model_that_gives_pictures_is_refused():
    model = keras.Sequential([keras.layers.Input((8, 8, 3)), keras.layers.Conv2D(2, 3)])
    with pytest.raises(InputError, match="one row of numbers per image"):
        as_classifier(model, ["cat", "dog"])


@pytest.mark.parametrize(
    "ends",
    [
        lambda: [keras.layers.Dense(2, activation="softmax")],
        lambda: [keras.layers.Dense(2), keras.layers.Softmax()],
        lambda: [keras.layers.Dense(2), keras.layers.Activation("softmax", dtype="float32")],
        lambda: [keras.layers.Dense(2, activation="softmax"), keras.layers.Flatten()],
        lambda: [keras.layers.Dense(2, activation="softmax"), keras.layers.Activation("linear", dtype="float32")],
        lambda: [keras.layers.Dense(2, activation="softmax"), keras.layers.Identity(dtype="float32")],
        lambda: [keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2, activation="softmax")])],
    ],
)
def test_softmax_is_found_wherever_it_stands(ends):
    layers = [keras.layers.Input((8, 8, 3)), keras.layers.GlobalAveragePooling2D()]
    assert read_head(keras.Sequential([*layers, *ends()])).activation == "softmax"


@pytest.mark.parametrize("before", [keras.layers.Dense(2), keras.layers.BatchNormalization()])
def test_units_behind_a_linear_activation_alone_are_logits(before):
    ends = [before, keras.layers.Activation("linear", dtype="float32")]
    head = read_head(keras.Sequential([keras.layers.Input((8, 8, 3)), keras.layers.GlobalAveragePooling2D(), *ends]))
    assert head.gives_logits


def test_softmax_is_found_before_an_inner_model_that_hands_it_on():
    end = keras.Sequential([keras.layers.Input((1, 1, 2)), keras.layers.Dropout(0.5), keras.layers.Flatten()])
    layers = [keras.layers.Input((8, 8, 3)), keras.layers.Conv2D(2, 8, activation="softmax"), end]
    assert read_head(keras.Sequential(layers)).activation == "softmax"


def test_the_activation_is_that_before_this_call_of_a_shared_layer():
    image = keras.layers.Input((8, 8, 3))
    pool = keras.layers.GlobalAveragePooling2D()
    pool(keras.layers.Conv2D(2, 3, activation="relu")(image))
    model = keras.Model(image, pool(keras.layers.Conv2D(2, 3, activation="softmax")(image)))
    assert read_head(model).activation == "softmax"


def test_the_activation_is_that_of_the_output_that_an_inner_model_hands_on():
    image, start = keras.layers.Input((8, 8, 3)), keras.layers.Input((8, 8, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(start)
    ends = [keras.layers.Dense(2, activation=activation)(pooled) for activation in ("relu", "softmax")]
    _, probabilities = keras.Model(start, ends)(image)
    assert read_head(keras.Model(image, keras.layers.Dropout(0.5)(probabilities))).activation == "softmax"


def test_one_unit_is_the_probability_of_the_second_level():
    assert as_probabilities(np.array([[0.2], [0.9]]), "probability") == pytest.approx(
        np.array([[0.8, 0.2], [0.1, 0.9]])
    )


def test_logits_become_probabilities():
    assert as_probabilities(np.array([[0.0], [np.log(3)]]), "logit")[:, 1].tolist() == pytest.approx([0.5, 0.75])
    assert as_probabilities(np.log([[1.0, 3.0]]), "logit").tolist()[0] == pytest.approx([0.25, 0.75])


def test_very_large_logits_stay_numbers():
    assert as_probabilities(np.array([[1e4, -1e4]]), "logit").tolist() == [[1.0, 0.0]]


def test_several_sigmoid_units_are_shares_of_their_sum():
    assert as_probabilities(np.array([[0.9, 0.3]]), "probability").tolist()[0] == pytest.approx([0.75, 0.25])


def test_values_that_are_no_probabilities_are_refused():
    with pytest.raises(InputError, match="values from -2 to 3, which are no probabilities"):
        as_probabilities(np.array([[-2.0, 3.0]]), "probability")


def test_a_classifier_shows_its_labels_size_and_parameters(make_model):
    shown = repr(as_classifier(make_model(), ["cat", "dog"]))
    assert "2 labels ('cat' and 'dog')" in shown
    assert "8 x 8 pixels, rgb" in shown
    assert "26" in shown


def test_a_glance_at_a_classifier_that_was_not_fitted_has_missing_values(make_model):
    row = glance_classifier(as_classifier(make_model(), ["cat", "dog"]))
    assert row["parameters"].tolist() == [26]
    assert row[["best_epoch", "val_loss", "val_accuracy", "seconds", "seed", "groups"]].isna().all(axis=None)


def test_a_glance_needs_a_classifier(make_model):
    with pytest.raises(InputError, match="`classifier` must be a classifier: a model with its levels"):
        glance_classifier(make_model())

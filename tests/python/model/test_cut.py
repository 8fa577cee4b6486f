"""Models are cut behind what is fixed; both parts share the layers of the model."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from tidycnn.model.cut import cut_model

SHAPE = (16, 16, 3)


def base_of(*, dropout=0.0, drawing=None):
    layers = [keras.layers.Input(SHAPE), *([drawing] if drawing else [])]
    layers += [keras.layers.Conv2D(4, 3, name="conv_1"), keras.layers.BatchNormalization(), keras.layers.ReLU()]
    layers += [keras.layers.Dropout(dropout)] if dropout else []
    layers += [keras.layers.MaxPooling2D(), keras.layers.Conv2D(6, 3, name="conv_2")]
    return keras.Sequential(layers, name="base")


def headed(base, *, dropout=0.5):
    layers = [base, keras.layers.GlobalAveragePooling2D(), keras.layers.Dropout(dropout)]
    return keras.Sequential([keras.layers.Input(SHAPE), *layers, keras.layers.Dense(2, "softmax")])


def pictures(n=4):
    return np.random.default_rng(1).random((n, *SHAPE), dtype=np.float32)


def both(cut, x):
    return cut.behind(cut.before(x, training=False), training=False)


def test_a_frozen_base_within_a_model_is_cut_off_with_what_only_hands_on():
    base = base_of()
    base.trainable = False
    model = headed(base)
    cut = cut_model(model)
    assert cut.before.output_shape == (None, 6)
    assert [type(layer).__name__ for layer in cut.behind.layers] == ["InputLayer", "Dropout", "Dense"]
    np.testing.assert_allclose(both(cut, pictures()), model(pictures(), training=False), atol=1e-6)
    assert cut.behind.layers[-1] is model.layers[-1]


def test_where_the_last_block_learns_the_cut_lies_in_front_of_it():
    base = base_of()
    model = headed(base)
    for layer in base.layers[:-1]:
        layer.trainable = False
    cut = cut_model(model)
    assert cut.before.output_shape == (None, 7, 7, 4)
    assert cut.behind.count_params() == base.layers[-1].count_params() + model.layers[-1].count_params()
    np.testing.assert_allclose(both(cut, pictures()), model(pictures(), training=False), atol=1e-6)


def test_what_skips_layers_crosses_the_cut_beside_them():
    x = keras.Input(SHAPE)
    first = keras.layers.Conv2D(3, 3, padding="same", name="first")(x)
    second = keras.layers.Conv2D(3, 3, padding="same", name="second")(first)
    sum_ = keras.layers.Add()([first, keras.layers.Conv2D(3, 1, name="third")(second)])
    model = keras.Model(x, keras.layers.Dense(2)(keras.layers.Flatten()(sum_)))
    for name in ("first", "second"):
        model.get_layer(name).trainable = False
    cut = cut_model(model)
    assert len(cut.before.outputs) == 2
    given = cut.before(pictures())
    np.testing.assert_allclose(cut.behind(given), model(pictures()), atol=1e-5)


def test_layers_of_inner_models_may_have_one_name():
    base = keras.Sequential([keras.layers.Input(SHAPE), keras.layers.Flatten(), keras.layers.Dense(3, name="dense")])
    head = keras.Sequential([keras.layers.Dense(3, name="dense"), keras.layers.Dense(2)])
    model = keras.Sequential([keras.layers.Input(SHAPE), base, head])
    base.trainable = False
    part = cut_model(model)
    np.testing.assert_allclose(both(part, pictures()), model(pictures()), atol=1e-5)
    base.trainable = True
    base.layers[0].trainable = head.layers[0].trainable = True
    assert [layer.name for layer in (base.layers[-1], head.layers[0])] == ["dense", "dense"]


@pytest.mark.parametrize("learns", [True, False])
def test_a_model_of_which_all_learns_or_nothing_is_not_cut(learns):
    model = headed(base_of())
    model.trainable = learns
    assert cut_model(model) is None


def test_normalisation_that_still_changes_is_not_fixed():
    base = base_of()
    base.trainable = False
    base.layers[1].trainable = True
    assert cut_model(headed(base)).before.output_shape == (None, 14, 14, 4)


def test_what_draws_in_front_of_all_weights_keeps_a_model_whole():
    base = base_of(drawing=keras.layers.RandomFlip())
    base.trainable = False
    assert cut_model(headed(base)) is None


def test_dropout_in_front_of_frozen_weights_is_fixed():
    base = base_of(dropout=0.5)
    base.trainable = False
    assert cut_model(headed(base)).before.output_shape == (None, 6)

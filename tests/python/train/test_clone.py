"""A copy of a model is the same model, and the user's is left alone."""

from __future__ import annotations

import random
from typing import Any

import keras
import numpy as np
import pytest

from tidycnn import freeze_weights, list_layers
from tidycnn.core.errors import InputError
from tidycnn.train.clone import clone_keras_model, seed_random_layers


class Doubling(keras.layers.Layer):
    """A layer that Keras has no name for."""

    def call(self, x: Any) -> Any:
        return x * 2


def same_weights(one: Any, other: Any) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights(), strict=True))


def test_a_copy_has_the_weights_and_shares_none(make_model):
    model = make_model()
    copy = clone_keras_model(model)
    assert same_weights(model, copy)
    copy.set_weights([w + 1 for w in copy.get_weights()])
    assert not same_weights(model, copy)


def test_a_copy_is_not_compiled_and_the_model_stays_so(make_model):
    model = make_model()
    model.compile("sgd", lambda y_true, y_pred: y_pred)
    assert (clone_keras_model(model).compiled, model.compiled) == (False, True)


def test_the_users_random_streams_go_on_as_if_nothing_had_been(make_model):
    model = make_model(dropout=0.5)
    random.seed(1)
    np.random.seed(1)
    expected = (random.Random(1).random(), np.random.RandomState(1).rand())
    clone_keras_model(model)
    assert (random.random(), np.random.rand()) == expected


def test_frozen_layers_stay_frozen_within_models_too():
    inner = keras.Sequential(
        [keras.layers.Input((8, 8, 3)), keras.layers.Conv2D(2, 3), keras.layers.BatchNormalization()]
    )
    inner.trainable = False
    inner.layers[0].trainable = True
    start = keras.layers.Input((8, 8, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(inner(start))
    model = keras.Model(start, keras.layers.Dense(2, activation="softmax")(pooled))
    copy = clone_keras_model(model)
    assert same_weights(model, copy)
    assert copy.layers[1] is not inner
    assert [w.shape for w in copy.trainable_weights] == [w.shape for w in model.trainable_weights]


class Block(keras.layers.Layer):
    """A layer that is made of layers, and says so in a word of its own."""

    def __init__(self, layers: int = 2, **options: Any) -> None:
        super().__init__(**options)
        self.layers = layers
        self.parts = [keras.layers.Normalization(), keras.layers.Conv2D(2, 3), keras.layers.BatchNormalization()]

    def call(self, x: Any) -> Any:
        for part in self.parts:
            x = part(x)
        return x


def test_the_frozen_parts_of_a_layer_stay_frozen():
    model = keras.Sequential([keras.layers.Input((8, 8, 3)), Block(), keras.layers.Flatten()])
    model.layers[0].parts[2].trainable = False
    copy = clone_keras_model(model)
    assert [part.trainable for part in copy.layers[0].parts] == [True, True, False]
    assert [w.shape for w in copy.trainable_weights] == [w.shape for w in model.trainable_weights]


def test_what_a_normalization_in_a_layer_learned_is_copied():
    model = keras.Sequential([keras.layers.Input((8, 8, 3)), Block(), keras.layers.Flatten()])
    model.layers[0].parts[0].adapt(np.random.default_rng(1).normal(5, 3, (50, 8, 8, 3)).astype(np.float32))
    x = np.ones((1, 8, 8, 3), np.float32)
    assert np.array_equal(np.asarray(clone_keras_model(model)(x)), np.asarray(model(x)))


def test_a_copy_that_lacks_a_layer_is_refused():
    block = Block()
    block.parts.append(keras.layers.Dropout(0.5))
    model = keras.Sequential([keras.layers.Input((8, 8, 3)), block, keras.layers.Flatten()])
    with pytest.raises(InputError, match="`model` could not be copied: it has 7 layers, its copy 6"):
        clone_keras_model(model)


def test_a_nested_mobile_net_is_copied_with_what_is_frozen():
    base = keras.applications.MobileNetV2((32, 32, 3), 0.35, weights=None, include_top=False)
    model = keras.Sequential([keras.layers.Input((32, 32, 3)), base, keras.layers.Dense(2)])
    freeze_weights(model, to=f"{base.name}/block_8_project_BN")
    copy = clone_keras_model(model)
    assert same_weights(model, copy)
    assert list_layers(copy)["trainable"].tolist() == list_layers(model)["trainable"].tolist()


def test_what_a_normalization_layer_learned_is_copied():
    normalization = keras.layers.Normalization()
    normalization.adapt(np.random.default_rng(1).normal(5, 3, (50, 8, 8, 3)).astype(np.float32))
    model = keras.Sequential([keras.layers.Input((8, 8, 3)), normalization, keras.layers.GlobalAveragePooling2D()])
    x = np.ones((1, 8, 8, 3), np.float32)
    assert np.array_equal(np.asarray(clone_keras_model(model)(x)), np.asarray(model(x)))


def test_layers_of_the_users_own_are_copied():
    model = keras.Sequential([keras.layers.Input((8, 8, 3)), keras.Sequential([Doubling()]), keras.layers.Flatten()])
    assert clone_keras_model(model).count_params() == 0


@pytest.mark.parametrize("said", [["no configuration"], []])
def test_a_model_that_cannot_be_copied_is_refused(said):
    class Closed(keras.Model):
        def __init__(self, units: int) -> None:
            super().__init__()
            self.dense = keras.layers.Dense(units)

        def call(self, x: Any) -> Any:
            return self.dense(x)

        def get_config(self) -> Any:
            raise NotImplementedError(*said)

    model = Closed(2)
    model(np.zeros((1, 3)))
    with pytest.raises(InputError, match="`model` could not be copied: " + "".join(said or ["NotImplementedError"])):
        clone_keras_model(model)


def test_random_layers_draw_the_same_after_the_same_seed(make_model):
    x = np.ones((50, 8, 8, 3), np.float32)
    drawn = []
    for seed in (1, 1, 2):
        model = make_model(dropout=0.5)
        seed_random_layers(model, seed)
        drawn.append(np.asarray(model(x, training=True)))
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])

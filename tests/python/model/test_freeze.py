from __future__ import annotations

import keras
import numpy as np
import pytest

from tidycnn.core.errors import InputError, speaking
from tidycnn.model.cnn import cnn
from tidycnn.model.freeze import freeze_weights, unfreeze_weights
from tidycnn.model.layers import list_layers


@pytest.fixture
def model():
    """Give a model of conv_1, pool_1, flatten, dense_1, prediction."""
    return cnn((8, 8, 3), classes=2, filters=2, units=3, seed=1)


@pytest.fixture
def nested():
    """Give a model with an inner one, `base`, of conv_1 and conv_2, and a layer `prediction`."""
    inner = [keras.layers.Conv2D(2, 3, name=f"conv_{i}") for i in (1, 2)]
    base = keras.Sequential([keras.Input((8, 8, 3)), *inner], name="base")
    last = keras.layers.Dense(2, name="prediction")
    return keras.Sequential([keras.Input((8, 8, 3)), base, keras.layers.Flatten(name="flatten"), last])


class Block(keras.layers.Layer):
    """A layer that is made of layers."""

    def __init__(self, **options):
        super().__init__(**options)
        self.conv, self.normal = keras.layers.Conv2D(3, 3), keras.layers.BatchNormalization()

    def call(self, x):
        return self.normal(self.conv(x))


def learning(model):
    return list_layers(model).query("trainable")["layer"].tolist()


def test_without_from_and_to_nothing_learns(model):
    assert freeze_weights(model) is model
    assert model.trainable_weights == []


@pytest.mark.parametrize(
    ("from_", "to", "left"),
    [
        ("flatten", None, ["conv_1", "pool_1"]),
        (None, "flatten", ["dense_1", "prediction"]),
        ("pool_1", "dense_1", ["conv_1", "prediction"]),
        (1, 3, ["conv_1", "prediction"]),
        ("dense_1", "dense_1", ["conv_1", "pool_1", "flatten", "prediction"]),
    ],
)
def test_both_ends_are_frozen(model, from_, to, left):
    assert learning(freeze_weights(model, from_, to)) == left


def test_positions_count_from_one_in_r(model):
    with speaking("r"):
        freeze_weights(model, 2, 4)
    assert learning(model) == ["conv_1", "prediction"]


def test_unfreezing_after_all_was_frozen_gives_weights_to_learn(model):
    unfreeze_weights(freeze_weights(model), "dense_1")
    learning_weights = {weight.path.split("/")[-2] for weight in model.trainable_weights}
    assert learning_weights == {"dense_1", "prediction"}


def test_an_inner_model_is_frozen_by_its_name(nested):
    assert learning(freeze_weights(nested, "base", "base")) == ["flatten", "prediction"]


def test_a_layer_of_an_inner_model_is_unfrozen(nested):
    freeze_weights(nested, to="base")
    unfreeze_weights(nested, "base/conv_2", "base/conv_2")
    assert learning(nested) == ["base/conv_2", "flatten", "prediction"]
    assert len(nested.trainable_weights) == 4


def test_layers_that_were_not_asked_for_stay_as_they_are_in_their_parts_too():
    block = Block(name="block")
    model = keras.Sequential([keras.Input((8, 8, 3)), block, keras.layers.Dense(2, name="prediction")])
    block.normal.trainable = False
    unfreeze_weights(freeze_weights(model, "prediction"), "prediction")
    assert (block.conv.trainable, block.normal.trainable) == (True, False)
    unfreeze_weights(model)
    assert block.normal.trainable


def test_a_layer_that_stands_twice_is_frozen_where_it_is_asked_for():
    shared = keras.layers.Conv2D(3, 3, padding="same", name="shared")
    base = keras.Sequential([keras.Input((8, 8, 3)), shared, keras.layers.Dense(2, name="dense")], name="base")
    image = keras.Input((8, 8, 3), name="image")
    model = freeze_weights(keras.Model(image, base(shared(image))), "shared", "shared")
    assert learning(model) == ["image", "base/dense"]


@pytest.mark.parametrize("before", [freeze_weights, unfreeze_weights])
def test_an_inner_model_learns_where_one_of_its_layers_does(nested, before):
    inner = nested.get_layer("base")
    unfreeze_weights(freeze_weights(before(nested)), "prediction")
    assert (nested.trainable, inner.trainable) == (True, False)
    unfreeze_weights(nested, "base/conv_2", "base/conv_2")
    assert inner.trainable


def test_the_upper_half_of_a_nested_mobile_net_learns():
    base = keras.applications.MobileNetV2((32, 32, 3), 0.35, weights=None, include_top=False)
    model = keras.Sequential([keras.Input((32, 32, 3)), base, keras.layers.Flatten(), keras.layers.Dense(2)])
    first = f"{base.name}/block_8_expand"
    unfreeze_weights(freeze_weights(model), first)
    names = list_layers(model)["layer"].tolist()
    assert learning(model) == names[names.index(first) :]
    assert 0 < len(base.trainable_weights) == len(model.trainable_weights) - 2


def test_frozen_weights_do_not_learn(model):
    before = model.get_layer("conv_1").get_weights()[0].copy()
    freeze_weights(model, to="conv_1").compile("sgd", "categorical_crossentropy")
    model.train_on_batch(np.ones((2, 8, 8, 3), dtype="float32"), np.eye(2))
    assert np.array_equal(before, model.get_layer("conv_1").get_weights()[0])


@pytest.mark.parametrize(
    ("from_", "to", "message"),
    [
        ("conv_9", None, "`from` names the layer 'conv_9', but the model has 'conv_1', 'pool_1', 'flatten'"),
        (None, 5, "`to` is position 5, but the model has 5 layers"),
        ("flatten", "conv_1", "`to` must not come before `from`, but 'conv_1' comes before 'flatten'"),
        (1.5, None, "`from` must be"),
    ],
)
def test_errors_name_the_argument(model, from_, to, message):
    with pytest.raises(InputError) as caught:
        freeze_weights(model, from_, to)
    assert message in caught.value.message

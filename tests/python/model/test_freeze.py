from __future__ import annotations

import keras
import numpy as np
import pytest

from tidycnn.core.errors import InputError, TidycnnWarning, speaking
from tidycnn.model.cnn import cnn
from tidycnn.model.freeze import freeze_weights, list_trainable, unfreeze_weights
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
    unfreeze_weights(model, batch_normalization=True)
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
    unfreeze_weights(freeze_weights(model), first, batch_normalization=True)
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
        (-6, None, "`from` is position -6, but the model has 5 layers"),
        ("flatten", "conv_1", "`to` must not come before `from`, but 'conv_1' comes before 'flatten'"),
        (1.5, None, "`from` must be"),
    ],
)
def test_errors_name_the_argument(model, from_, to, message):
    with pytest.raises(InputError) as caught:
        freeze_weights(model, from_, to)
    assert message in caught.value.message


@pytest.mark.parametrize(("from_", "to"), [(-2, None), (-2, -1), ("dense_1", -1), (3, -1)])
def test_negative_positions_count_from_the_end(model, from_, to):
    assert learning(freeze_weights(model, from_, to)) == ["conv_1", "pool_1", "flatten"]


def test_negative_positions_are_the_same_in_r_where_0_is_none(model):
    with speaking("r"):
        freeze_weights(model, -5, -4)
        with pytest.raises(InputError, match="position 0, but the model has 5 layers"):
            freeze_weights(model, 0)
    assert learning(model) == ["flatten", "dense_1", "prediction"]


@pytest.mark.parametrize(
    "which", [["conv_1", "dense_1"], [0, 3], [0, -2], ["conv_1", 3], [True, False, False, True, False]]
)
def test_layers_are_chosen_by_names_positions_and_truth_values(model, which):
    assert learning(freeze_weights(model, which=which)) == ["pool_1", "flatten", "prediction"]


def test_which_takes_one_layer_and_inner_models(nested):
    assert learning(freeze_weights(nested, which="base")) == ["flatten", "prediction"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"which": ["conv_9"]}, "`which` names the layer 'conv_9'"),
        ({"which": [True, False]}, "`which` must have names, positions, or 5 truth values, one for each layer"),
        ({"which": [True, 1]}, "`which` must have names, positions, or 5 truth values, one for each layer"),
        ({"which": []}, "`which` must name at least one layer"),
        ({"which": [False] * 5}, "`which` must name at least one layer"),
        ({"which": [1.5]}, "`which` must be"),
        ({"from_": "conv_1", "which": [1]}, "`from` and `which` cannot be given together"),
        ({"to": "conv_1", "block": "block1"}, "`from` and `block` cannot be given together"),
        ({"block": "block2"}, "`block` names the block 'block2', but the model has 'block1' and 'head'"),
        ({"block": 1}, "`block` must be a list of texts or None, not 1"),
    ],
)
@pytest.mark.parametrize("change", [freeze_weights, unfreeze_weights])
def test_what_names_no_layers_is_refused(model, change, options, message):
    with pytest.raises(InputError) as caught:
        change(model, **options)
    assert message in caught.value.message


@pytest.fixture(scope="module")
def mobile():
    """Give a head on a nested MobileNetV2."""
    base = keras.applications.MobileNetV2((32, 32, 3), 0.35, weights=None, include_top=False, pooling="avg")
    return keras.Sequential([keras.Input((32, 32, 3)), base, keras.layers.Dense(2, name="prediction")])


def kinds_learning(model):
    rows = list_trainable(model).query("trainable")
    return set(rows["block"]), set(rows["type"])


def test_a_block_of_a_nested_base_is_unfrozen_without_its_batch_normalisation(mobile, heard):
    freeze_weights(mobile, block=["stem"])
    unfreeze_weights(freeze_weights(mobile), block=["block_16", "head"])
    blocks, kinds = kinds_learning(mobile)
    assert blocks == {"block_16", "head"}
    assert kinds == {"Conv2D", "DepthwiseConv2D", "Dense"}
    assert heard.remarks[-1].startswith("3 layers of batch normalisation stay frozen")


@pytest.mark.parametrize("options", [{"batch_normalization": True}, {"which": "block_16_project_BN"}])
def test_batch_normalisation_learns_where_it_is_asked_to(mobile, heard, options):
    base = mobile.layers[0]
    given = {"block": ["block_16"]} if "which" not in options else {}
    unfreeze_weights(freeze_weights(base), **given, **options)
    assert "BatchNormalization" in kinds_learning(base)[1]
    assert heard.remarks == []


def test_frozen_batch_normalisation_keeps_its_statistics_while_its_model_learns(mobile):
    unfreeze_weights(freeze_weights(mobile), block=["block_16", "head"])
    norm = mobile.layers[0].get_layer("block_16_project_BN")
    before = [weight.copy() for weight in norm.get_weights()]
    mobile.compile("sgd", "mse")
    x = np.random.default_rng(1).normal(size=(4, 32, 32, 3)).astype("float32")
    mobile.train_on_batch(x, np.zeros((4, 2)))
    assert all(np.array_equal(old, new) for old, new in zip(before, norm.get_weights(), strict=True))


def test_a_base_in_its_frozen_form_gives_the_same_in_training(mobile):
    base = freeze_weights(mobile.layers[0])
    x = np.random.default_rng(1).normal(size=(2, 32, 32, 3)).astype("float32")
    assert np.array_equal(base(x, training=True), base(x, training=False))


def test_unfreezing_what_learns_already_is_told(model):
    with pytest.warns(TidycnnWarning, match="`unfreeze_weights\\(\\)` changes nothing: the layers that it names learn"):
        unfreeze_weights(model, "dense_1")


def test_what_is_trained_is_a_frame(model):
    rows = list_trainable(freeze_weights(model, block="block1"))
    assert rows["layer"].tolist() == ["conv_1", "dense_1", "prediction"]
    assert rows["block"].tolist() == ["block1", "head", "head"]
    assert rows["parameters"].tolist() == [56, 57, 8]
    assert rows["learned"].tolist() == [0, 57, 8]
    assert rows["trainable"].tolist() == [False, True, True]


def test_of_batch_normalisation_half_is_learned():
    model = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.BatchNormalization(name="norm")])
    rows = list_trainable(model)
    assert rows[["layer", "parameters", "learned"]].values.tolist() == [["norm", 12, 6]]


def test_a_layer_of_a_frozen_model_does_not_learn(nested):
    nested.get_layer("base").trainable = False
    nested.get_layer("base").get_layer("conv_1").trainable = True
    assert list_trainable(nested).query("trainable")["layer"].tolist() == ["prediction"]


def test_a_model_without_shapes_is_refused():
    with pytest.raises(InputError, match="must be built"):
        list_trainable(keras.Sequential([keras.layers.Dense(2)]))

from __future__ import annotations

import keras
import pytest

from tidycnn.core.errors import InputError
from tidycnn.model.blocks import base_of, block_places, blocks_of
from tidycnn.model.cnn import cnn
from tidycnn.model.resnet import resnet_cifar


def names_of(model):
    return {block: [place.path for place in places] for block, places in blocks_of(model).items()}


@pytest.fixture(scope="module")
def vgg():
    """Give VGG16 without weights of ImageNet and without top."""
    return keras.applications.VGG16(weights=None, include_top=False, input_shape=(32, 32, 3))


def on_base(base):
    """Put a head on a base, as everybody does."""
    head = [keras.layers.Flatten(name="flatten"), keras.layers.Dense(2, name="prediction")]
    return keras.Sequential([keras.Input(base.input_shape[1:]), keras.layers.Rescaling(1.0, name="scale"), base, *head])


def test_blocks_of_a_known_network_are_those_of_its_layer_names(vgg):
    blocks = names_of(vgg)
    assert list(blocks) == ["block1", "block2", "block3", "block4", "block5"]
    assert blocks["block5"] == [f"block5_{part}" for part in ("conv1", "conv2", "conv3", "pool")]
    assert blocks["block1"][1:] == ["block1_conv1", "block1_conv2", "block1_pool"]


def test_of_a_nested_base_they_are_the_same_and_what_follows_is_the_head(vgg):
    model = on_base(vgg)
    assert base_of(model) is vgg
    blocks = names_of(model)
    assert list(blocks) == ["block1", "block2", "block3", "block4", "block5", "head"]
    assert blocks["block1"] == ["scale", "vgg16/block1_conv1", "vgg16/block1_conv2", "vgg16/block1_pool"]
    assert blocks["head"] == ["flatten", "prediction"]


def test_dense_layers_behind_the_last_convolution_are_the_head(vgg):
    top = keras.layers.Dense(2, name="prediction")(keras.layers.Flatten(name="flatten")(vgg.output))
    blocks = names_of(keras.Model(vgg.input, top))
    assert list(blocks) == ["block1", "block2", "block3", "block4", "block5", "head"]
    assert blocks["head"] == ["flatten", "prediction"]


def test_without_telling_names_a_pooling_ends_a_block():
    blocks = names_of(cnn((32, 32, 3), filters=(2, 2), units=3, seed=1))
    assert blocks == {
        "block1": ["conv_1", "pool_1"],
        "block2": ["conv_2", "pool_2"],
        "head": ["flatten", "dense_1", "prediction"],
    }


def test_stages_of_unknown_networks_are_told_by_names():
    blocks = names_of(resnet_cifar(depth=8, seed=1))
    assert list(blocks) == ["stage_1", "stage_2", "stage_3", "head"]
    assert blocks["head"] == ["pool", "prediction"]


def test_every_layer_belongs_to_one_block_in_the_order_of_the_model():
    model = keras.applications.MobileNetV2((32, 32, 3), 0.35, weights=None, include_top=False)
    blocks = names_of(model)
    assert list(blocks) == ["stem", "expanded_conv", *(f"block_{i}" for i in range(1, 17)), "top"]
    assert [path for paths in blocks.values() for path in paths] == [layer.name for layer in model.layers]
    assert blocks["top"] == ["Conv_1", "Conv_1_bn", "out_relu"]


def test_a_layer_with_a_number_of_keras_belongs_to_the_block_before_it():
    blocks = names_of(keras.applications.Xception(weights=None, include_top=False, input_shape=(71, 71, 3)))
    assert list(blocks) == [f"block{i}" for i in range(1, 15)]
    assert sum(path.startswith(("conv2d", "add")) for path in blocks["block13"]) == 2


def test_a_block_that_does_not_exist_is_refused_with_those_that_do(vgg):
    with pytest.raises(InputError) as caught:
        block_places(vgg, "block6", "unfreeze")
    assert caught.value.message == (
        "`unfreeze` names the block 'block6', but the model has 'block1', 'block2', 'block3', 'block4' and 'block5'."
    )

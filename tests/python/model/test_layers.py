from __future__ import annotations

import keras
import numpy as np
import pandas as pd
import pytest

from tidycnn.core.errors import InputError
from tidycnn.model.cnn import cnn
from tidycnn.model.layers import list_layers
from tidycnn.model.named import blood_cells_small, weather_cnn
from tidycnn.model.resnet import resnet_cifar

layers = keras.layers


def fields(model):
    listed = list_layers(model)
    return dict(zip(listed["layer"], listed["receptive_field"], strict=True))


def test_columns_are_those_of_the_contract():
    assert list_layers(cnn((16, 16, 3), filters=4)).columns.tolist() == [
        *("layer", "type", "output_shape", "parameters", "trainable"),
        *("kernel", "strides", "padding", "receptive_field"),
    ]


def test_a_convolution_a_pooling_and_a_dense_layer():
    listed = list_layers(cnn((17, 32, 3), filters=4, kernel_size=5, strides=3, padding="same", units=None))
    rows = listed.astype(object).where(listed.notna(), None).to_numpy().tolist()
    assert rows == [
        ["conv_1", "Conv2D", "6 x 11 x 4", 304, True, "5 x 5", "3 x 3", "same", 5],
        ["pool_1", "MaxPooling2D", "3 x 5 x 4", 0, True, "2 x 2", "2 x 2", "valid", 8],
        ["flatten", "Flatten", "60", 0, True, None, None, None, 32],
        ["prediction", "Dense", "4", 244, True, None, None, None, 32],
    ]


def test_receptive_fields_of_blood_cells_small():
    # By hand: each convolution adds 2 strides so far, each pooling 1; 7 x 7 cells that lie 16 pixels apart see 142.
    assert list(fields(blood_cells_small()).values()) == [3, 4, 8, 10, 18, 22, 38, 46, 142, 142, 142, 142]


def test_receptive_fields_with_strides():
    # The 2 x 2 cells that are left lie 108 pixels apart.
    assert list(fields(weather_cnn()).values()) == [3, 3, 9, 18, 54, 108, 216, 216, 216]


def test_receptive_fields_through_branches_add_up():
    seen = fields(resnet_cifar(depth=20))
    # Two convolutions of 3 pixels a block: 7 at one pixel's step, then 1 + 5 and 1 + 5 as the step doubles.
    assert seen["stage_1_block_3_add"] == 3 + 6 * 2
    assert seen["stage_2_block_3_add"] == 15 + 2 + 5 * 4
    assert seen["stage_3_block_3_add"] == 37 + 4 + 5 * 8
    assert seen["stage_2_block_1_shortcut"] == 15
    assert seen["pool"] == 81 + 7 * 4


def test_a_branch_that_sees_more_on_one_side_widens_the_other():
    image = keras.Input((20, 20, 3))
    up = layers.Cropping2D(((4, 0), (4, 0)))(image)
    down = layers.Cropping2D(((0, 4), (0, 4)))(image)
    both = layers.Add(name="both")([up, down])
    assert fields(keras.Model(image, both))["both"] == 5


def test_branches_of_different_steps_are_not_known():
    image = keras.Input((20, 20, 3))
    coarse = layers.Conv2D(3, 1, strides=2)(image)
    fine = layers.Cropping2D(5)(image)
    model = keras.Model(image, layers.Add(name="both")([coarse, fine]))
    assert list_layers(model).set_index("layer")["receptive_field"].isna()["both"]


def test_a_gate_on_the_whole_image_sees_the_whole_image():
    image = keras.Input((20, 20, 3))
    gate = layers.GlobalAveragePooling2D(keepdims=True)(image)
    gated = layers.Multiply(name="gated")([layers.Conv2D(3, 3, padding="same")(image), gate])
    assert fields(keras.Model(image, gated))["gated"] == 22


def test_dilation_widens_the_window():
    model = keras.Sequential([keras.Input((20, 20, 3)), layers.Conv2D(3, 3, dilation_rate=2, name="wide")])
    assert fields(model) == {"wide": 5}


def test_layers_of_an_inner_model_are_listed_with_its_name():
    inner = keras.Sequential([keras.Input((10, 10, 4)), layers.Conv2D(4, 3, name="conv")], name="base")
    model = keras.Sequential([keras.Input((12, 12, 3)), layers.Conv2D(4, 3, name="first"), inner])
    assert fields(model) == {"first": 3, "base/conv": 5}


def test_an_inner_functional_model_continues_the_field():
    inner = resnet_cifar((32, 32, 16), depth=8)
    model = keras.Sequential([keras.Input((64, 64, 3)), layers.Conv2D(16, 2, strides=2, name="first"), inner])
    assert fields(model)["resnet_8_v1/conv"] == 2 + 2 * 2


def test_a_layer_that_stands_in_two_models_has_a_field_at_each_place():
    shared = layers.Conv2D(3, 3, padding="same", name="shared")
    inner = keras.Sequential([keras.Input((8, 8, 3)), shared], name="base")
    image = keras.Input((8, 8, 3), name="image")
    assert fields(keras.Model(image, inner(shared(image)))) == {"image": 1, "shared": 3, "base/shared": 5}


def test_an_inner_model_sees_through_the_tensors_that_its_inputs_are_named_for():
    left, right = keras.Input((8, 8, 3), name="left"), keras.Input((8, 8, 3), name="right")
    seen = [layers.ReLU(name="relu_left")(left), layers.ReLU(name="relu_right")(right)]
    inner = keras.Model([right, left], layers.Add(name="sum")(seen), name="base")
    image = keras.Input((8, 8, 3), name="image")
    changed = layers.Conv2D(3, 3, padding="same", name="changed")(image)
    listed = fields(keras.Model(image, inner({"left": image, "right": changed})))
    assert (listed["base/relu_left"], listed["base/relu_right"], listed["base/sum"]) == (1, 3, 3)


@pytest.mark.filterwarnings("ignore:Layer 'base'")
def test_a_mask_before_an_inner_model_changes_nothing():
    inner = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(3, 3, name="conv")], name="base")
    model = keras.Sequential([keras.Input((8, 8, 3)), layers.Masking(name="mask"), inner])
    assert fields(model) == {"mask": 1, "base/conv": 3}


def test_a_nested_mobile_net_has_the_rows_that_it_has_alone():
    base = keras.applications.MobileNetV2((32, 32, 3), 0.35, weights=None, include_top=False)
    model = keras.Sequential([keras.Input((32, 32, 3)), base, layers.GlobalAveragePooling2D(), layers.Dense(2)])
    alone, nested = list_layers(base)[1:], list_layers(model)[:-2]
    assert nested["layer"].tolist() == [f"{base.name}/{name}" for name in alone["layer"]]
    pd.testing.assert_frame_equal(nested.drop(columns="layer"), alone.reset_index(drop=True).drop(columns="layer"))
    assert not nested["receptive_field"].isna().any()


def test_a_layer_that_may_look_anywhere_is_not_known():
    class Anywhere(layers.Layer):
        def call(self, x):
            return x

    model = keras.Sequential([keras.Input((8, 8, 3)), Anywhere(name="own"), layers.Conv2D(2, 3, name="next")])
    assert list_layers(model)["receptive_field"].isna().tolist() == [True, True]


def test_sizes_that_vary_are_question_marks():
    model = keras.Sequential([keras.Input((None, None, 3)), layers.Conv2D(2, 3), layers.GlobalMaxPooling2D()])
    listed = list_layers(model)
    assert listed["output_shape"].tolist() == ["? x ? x 2", "2"]
    assert listed["receptive_field"].isna().tolist() == [False, True]


def test_a_subclassed_model_is_listed_without_shapes():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.only = layers.Dense(2, name="only")

        def call(self, x):
            return self.only(x)

    model = Own()
    model(np.ones((1, 3)))
    listed = list_layers(model)
    assert listed["parameters"].tolist() == [8]
    assert listed["output_shape"].isna().all()


def test_a_model_that_knows_no_shape_is_refused():
    with pytest.raises(InputError, match="`model` must be built"):
        list_layers(keras.Sequential([layers.Dense(2)]))

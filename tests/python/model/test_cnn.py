from __future__ import annotations

import random

import numpy as np
import pytest

from tidycnn.core.errors import InputError
from tidycnn.model.cnn import cnn


def output_shapes(model):
    return [layer.output.shape[1:] for layer in model.layers]


def test_one_value_serves_every_block():
    model = cnn((32, 32, 3), filters=(4, 8), kernel_size=3, pool_size=2, units=(6, 5))
    assert output_shapes(model) == [(30, 30, 4), (15, 15, 4), (13, 13, 8), (6, 6, 8), (288,), (6,), (5,), (4,)]


def test_the_longest_vector_says_how_many_blocks_there_are():
    model = cnn((32, 32, 1), filters=4, kernel_size=(5, 3), padding="same", pool_size=(4, 1), units=None)
    assert output_shapes(model) == [(32, 32, 4), (8, 8, 4), (8, 8, 4), (256,), (4,)]


def test_layers_have_readable_names():
    model = cnn((32, 32, 3), filters=(4, 8), dropout=(0, 0.5), units=6, dense_dropout=0.2)
    assert [layer.name for layer in model.layers] == [
        *("conv_1", "pool_1", "conv_2", "pool_2", "dropout_2"),
        *("flatten", "dense_1", "dense_dropout_1", "prediction"),
    ]


def test_strides_divide_the_shape():
    model = cnn((20, 30, 3), filters=4, strides=3, padding="same", pool_size=1, units=[])
    assert output_shapes(model)[0] == (7, 10, 4)


def test_a_sigmoid_head_is_one_unit():
    layer = cnn((16, 16, 3), classes=2, filters=4, head="sigmoid").layers[-1]
    assert (layer.units, layer.activation.__name__) == (1, "sigmoid")


def test_seed_gives_identical_weights():
    first, second = (cnn((16, 16, 3), filters=4, seed=7).get_weights() for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_other_seeds_give_other_weights():
    first, second = (cnn((16, 16, 3), filters=4, seed=seed).get_weights()[0] for seed in (7, 8))
    assert not np.array_equal(first, second)


def test_layers_of_one_shape_start_with_different_weights():
    weights = cnn((16, 16, 3), filters=(3, 3), padding="same", seed=7).get_weights()
    assert not np.array_equal(weights[0], weights[2])


@pytest.mark.parametrize("seed", [None, 7])
def test_global_random_state_is_left_alone(seed):
    python, numpy = random.getstate(), np.random.get_state()[1].tobytes()
    cnn((16, 16, 3), filters=4, dropout=0.5, dense_dropout=0.5, seed=seed)
    assert random.getstate() == python
    assert np.random.get_state()[1].tobytes() == numpy


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"input_shape": (20, 20, 3)}, "`pool_size` is 2 in block 3, but only 1 x 1 pixels are left"),
        ({"input_shape": (14, 14, 3)}, "`kernel_size` is 3 in block 3, but only 2 x 2 pixels are left"),
        ({"filters": (4, 8), "strides": (1, 2, 1)}, "`filters` must have one value, or 3 as `strides` has"),
        ({"filters": ()}, "`filters` must have"),
        ({"filters": 0}, "`filters` must be a whole number of at least 1, not 0"),
        ({"dropout": 1.0}, "`dropout` must be between 0 and 0.99"),
        ({"units": (64, 0)}, "`units` must be a whole number of at least 1"),
        ({"activation": "rellu"}, "`activation` must be the name of a Keras activation, not 'rellu'"),
        ({"padding": ("same", "full", "same")}, "`padding` must be one of 'valid' or 'same', not 'full'"),
        ({"classes": 1}, "`classes` must be a whole number of at least 2"),
        ({"classes": 4, "head": "sigmoid"}, "`head` 'sigmoid' is one unit"),
        ({"input_shape": (0, 20, 3)}, "`input_shape` must be height, width and channels"),
        ({"input_shape": (20, 20)}, "`input_shape` must be 3 values"),
    ],
)
def test_errors_name_the_argument(options, message):
    with pytest.raises(InputError) as caught:
        cnn(**options)
    assert message in caught.value.message

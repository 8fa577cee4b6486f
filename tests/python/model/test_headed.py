"""A head behind a base, and what of both learns."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from tidycnn.core.errors import InputError
from tidycnn.model.headed import base_within, headed_model, learn_from


def base_of(shape=(16, 16, 3)):
    layers = [keras.layers.Input(shape)]
    for number in (1, 2):
        layers += [keras.layers.Conv2D(4, 3, name=f"block{number}_conv"), keras.layers.MaxPooling2D()]
        layers += [keras.layers.BatchNormalization(name=f"block{number}_bn")]
    return keras.Sequential(layers, name="base")


def put_on(base, head=None, **options):
    return headed_model(base, head, 3, **{"size": None, "seed": 1, **options})


def learning(model):
    return [layer.name for layer in base_within(model).layers if layer.trainable_weights]


def test_the_head_of_our_own_pools_drops_and_tells_the_labels():
    model = put_on(base_of())
    assert [type(layer).__name__ for layer in model.layers[2:]] == ["GlobalAveragePooling2D", "Dropout", "Dense"]
    assert model.output_shape == (None, 3)


def test_weights_of_a_head_follow_from_the_seed():
    def head_of_users():
        return keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(3)])

    for head in (lambda: None, head_of_users):
        same, other = (put_on(base_of(), head(), seed=seed).get_weights()[-2] for seed in (1, 2))
        np.testing.assert_array_equal(put_on(base_of(), head(), seed=1).get_weights()[-2], same)
        assert not np.array_equal(same, other)


def test_a_head_that_is_not_built_stays_so():
    head = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(3)])
    put_on(base_of(), head)
    assert not head.built


@pytest.mark.parametrize(
    ("unfreeze", "names"),
    [(None, []), (1, ["block2_conv"]), ("block2", ["block2_conv"]), ("all", ["block1_conv", "block2_conv"])],
)
def test_so_much_of_the_base_learns_and_never_its_normalisation(unfreeze, names):
    model = put_on(base_of())
    learn_from(model, "all")
    learn_from(model, unfreeze)
    assert learning(model) == names
    assert model.layers[-1].trainable_weights


@pytest.mark.parametrize(
    ("unfreeze", "message"),
    [
        (0, "from 1 to 2, not 0"),
        (3, "from 1 to 2, not 3"),
        ("block5", "names the block 'block5', but 'base' has 'block1' and 'block2'"),
    ],
)
def test_blocks_that_are_not_there_are_refused(unfreeze, message):
    with pytest.raises(InputError, match=message):
        learn_from(put_on(base_of()), unfreeze)


def test_a_stage_that_unfreezes_nothing_is_refused():
    base = keras.Sequential([keras.layers.Input((16, 16, 3)), keras.layers.MaxPooling2D(name="block1_pool")])
    with pytest.raises(InputError, match="there is nothing to learn"):
        learn_from(put_on(base), "all")


def test_images_that_a_base_leaves_nothing_of_are_refused():
    with pytest.raises(InputError, match="`base` 'base' cannot take images of 4 x 4"):
        put_on(base_of((None, None, 3)), size=(4, 4))


def test_a_head_for_another_base_is_refused():
    head = keras.Sequential([keras.layers.Input((7,)), keras.layers.Dense(3)])
    with pytest.raises(InputError, match="`head` does not fit `base`, which gives \\(2, 2, 4\\)"):
        put_on(base_of(), head)

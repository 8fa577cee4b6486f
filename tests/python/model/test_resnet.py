from __future__ import annotations

import random

import numpy as np
import pytest

from tidycnn.core.errors import InputError
from tidycnn.model.resnet import resnet_cifar


# Figures of Keras's example for CIFAR-10; the trainable ones leave out the moving statistics of normalisation.
@pytest.mark.parametrize(
    ("depth", "version", "parameters", "trainable"),
    [(20, 1, 274_442, 273_066), (56, 1, 861_770, 857_706), (20, 2, 574_090, 570_602), (29, 2, 849_002, 843_786)],
)
def test_parameters_of_the_example(depth, version, parameters, trainable):
    model = resnet_cifar(depth=depth, version=version)
    assert model.count_params() == parameters
    assert sum(int(np.prod(w.shape)) for w in model.trainable_weights) == trainable


@pytest.mark.parametrize(("depth", "version", "convolutions"), [(8, 1, 7 + 2), (11, 2, 10 + 3)])
def test_depth_counts_the_layers_behind_one_another(depth, version, convolutions):
    model = resnet_cifar(depth=depth, version=version)
    assert sum(type(layer).__name__ == "Conv2D" for layer in model.layers) == convolutions


@pytest.mark.parametrize(("version", "channels"), [(1, [16, 16, 32, 64]), (2, [16, 64, 128, 256])])
def test_every_stage_halves_the_resolution(version, channels):
    model = resnet_cifar(depth={1: 8, 2: 11}[version], version=version)
    added = [
        model.get_layer(name).output.shape[1:] for name in ("conv", *[f"stage_{i}_block_1_add" for i in (1, 2, 3)])
    ]
    assert added == [(32, 32, channels[0]), (32, 32, channels[1]), (16, 16, channels[2]), (8, 8, channels[3])]


def test_any_image_from_four_pixels_on_is_taken():
    assert resnet_cifar((4, 50, 1), classes=2, depth=8, head="sigmoid").output_shape == (None, 1)


def test_seed_gives_identical_weights_and_leaves_global_state_alone():
    state = random.getstate()
    first, second = (resnet_cifar(depth=8, seed=3).get_weights() for _ in range(2))
    assert random.getstate() == state
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"depth": 21}, "`depth` must be 6n + 2 in version 1, not 21.\nThe nearest are 20 and 26."),
        ({"depth": 2}, "`depth` must be 6n + 2 in version 1, not 2.\nThe nearest are 8 and 14."),
        ({"depth": 26, "version": 2}, "`depth` must be 9n + 2 in version 2, not 26.\nThe nearest are 20 and 29."),
        ({"version": 3}, "`version` must be 1 or 2, not 3."),
        ({"input_shape": (3, 32, 3)}, "`input_shape` must be at least 4 x 4 pixels, not 3 x 32."),
    ],
)
def test_errors_name_the_argument(options, message):
    with pytest.raises(InputError) as caught:
        resnet_cifar(**options)
    assert str(caught.value) == message

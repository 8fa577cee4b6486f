from __future__ import annotations

import dataclasses
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from tidycnn import ImageDataGenerator, image_data_generator
from tidycnn.core.errors import InputError


def test_the_function_makes_what_the_class_makes() -> None:
    assert image_data_generator(rotation_range=5, zoom_range=[0.5, 2]) == ImageDataGenerator(
        rotation_range=5.0, zoom_range=(0.5, 2.0)
    )


def test_function_and_class_take_the_same_arguments() -> None:
    import inspect

    fields = {field.name: field.default for field in dataclasses.fields(ImageDataGenerator) if field.init}
    arguments = inspect.signature(image_data_generator).parameters
    assert fields == {name: argument.default for name, argument in arguments.items()}


def test_it_can_be_made_without_keras() -> None:
    code = (
        "import sys, tidycnn; tidycnn.image_data_generator(rotation_range=3); "
        "assert not {'keras', 'tensorflow'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_it_never_changes() -> None:
    generator = image_data_generator()
    with pytest.raises(dataclasses.FrozenInstanceError):
        generator.rescale = 2.0  # type: ignore[misc]
    assert hash(image_data_generator(width_shift_range=[1.0, 2.0])) == hash(
        image_data_generator(width_shift_range=(1.0, 2.0))
    )


def test_it_shows_what_differs_from_the_defaults() -> None:
    generator = image_data_generator(rescale=0.5, zoom_range=(0.5, 2), horizontal_flip=True, fill_mode="wrap")
    shown = "zoom_range = (0.5, 2), fill_mode = 'wrap', horizontal_flip = True, rescale = 0.5"
    assert repr(generator) == f"<ImageDataGenerator: {shown}>"
    assert repr(image_data_generator()) == "<ImageDataGenerator: nothing is changed>"


def test_it_can_be_pickled() -> None:
    generator = image_data_generator(rescale=1 / 255, zoom_range=0.2)
    assert pickle.loads(pickle.dumps(generator)) == generator


def test_one_number_zooms_to_either_side() -> None:
    assert image_data_generator(zoom_range=0.25).zoom == (0.75, 1.25)
    assert image_data_generator(zoom_range=(0.5, 0.75)).zoom == (0.5, 0.75)


@pytest.mark.parametrize(
    "options",
    [
        {"rotation_range": 1},
        {"width_shift_range": 0.1},
        {"height_shift_range": [2, 3]},
        {"shear_range": 1},
        {"zoom_range": 0.1},
        {"horizontal_flip": True},
        {"vertical_flip": True},
    ],
    ids=lambda options: next(iter(options)),
)
def test_each_geometric_parameter_warps(options: dict[str, Any]) -> None:
    assert image_data_generator(**options).is_warping
    assert image_data_generator(**options).is_augmenting


@pytest.mark.parametrize("options", [{"brightness_range": (0.5, 1)}, {"channel_shift_range": 3}])
def test_colours_are_augmented_without_warping(options: dict[str, Any]) -> None:
    assert not image_data_generator(**options).is_warping
    assert image_data_generator(**options).is_augmenting


def test_without_augmentation_keeps_the_normalisation_alone() -> None:
    generator = image_data_generator(
        rescale=1 / 255,
        samplewise_std_normalization=True,
        rotation_range=9,
        brightness_range=(0.5, 1),
        channel_shift_range=4,
        vertical_flip=True,
        validation_split=0.2,
        split_seed=7,
    )
    plain = generator.without_augmentation()
    assert not plain.is_augmenting
    assert plain.preprocessing((2, 2)) == generator.preprocessing((2, 2))
    assert (plain.validation_split, plain.split_seed) == (0.2, 7)


def test_dividing_by_the_deviation_centres_too() -> None:
    assert image_data_generator(samplewise_std_normalization=True).samplewise_center


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rotation_range": -1}, "`rotation_range` must be a number of at least 0, not -1.0"),
        ({"rotation_range": "10"}, "`rotation_range` must be a number, not '10'"),
        ({"shear_range": 90}, "`shear_range` must be a number of at least 0 and below 90"),
        ({"width_shift_range": -0.1}, "`width_shift_range` must be a number of at least 0"),
        ({"width_shift_range": []}, "`width_shift_range` must hold at least one number"),
        ({"height_shift_range": [np.nan]}, "`height_shift_range` must hold"),
        ({"zoom_range": (0.8, 1, 1.2)}, r"`zoom_range` must be a number or 2 values \(a number, a number\)"),
        ({"zoom_range": 1}, "`zoom_range` must be a number from 0 to below 1"),
        ({"zoom_range": (1.2, 0.8)}, "`zoom_range` must be two numbers above 0, the lower one first"),
        ({"zoom_range": (0, 1)}, "`zoom_range` must be two numbers above 0"),
        ({"brightness_range": (1.5, 0.5)}, "`brightness_range` must be two numbers of at least 0"),
        ({"brightness_range": 0.5}, "`brightness_range` must be"),
        ({"channel_shift_range": -3}, "`channel_shift_range` must be"),
        ({"fill_mode": "mirror"}, "`fill_mode` must be one of 'nearest', 'constant', 'reflect' or 'wrap'"),
        ({"cval": np.inf}, "`cval` must be a finite number"),
        ({"rescale": 0}, "`rescale` must be a number other than 0 or None"),
        ({"validation_split": 1}, "`validation_split` must be between 0 and 1, not 1"),
        ({"interpolation_order": 3}, "`interpolation_order` must be 0 or 1, not 3"),
        ({"horizontal_flip": "yes"}, "`horizontal_flip` must be a truth value"),
        ({"preprocessing_function": 3}, "`preprocessing_function` must be a function or None"),
        ({"split_seed": -1}, "`split_seed` must be"),
    ],
)
def test_a_wrong_value_is_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        image_data_generator(**options)
    with pytest.raises(InputError, match=message):
        ImageDataGenerator(**options)

"""The parameters of augmentation and normalisation: what they mean, what is refused, and as plain data."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from keras.src.legacy.preprocessing.image import ImageDataGenerator as KerasGenerator
from numpy.typing import NDArray

from tidycnn import (
    ImageDataGenerator,
    fit_image_data_generator,
    flow_images_from_data,
    image_data_generator,
    image_table,
)
from tidycnn.core.errors import InputError, TidycnnWarning
from tidycnn.flow.augmentation import Augmentation
from tidycnn.flow.making import make_flow
from tidycnn.flow.options import FlowOptions

PICTURES = np.random.default_rng(1).integers(0, 256, (6, 4, 4, 3)).astype(np.uint8)


def halved(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    return picture / 2


class OfR:
    """Stands for a function of R's."""

    needs_main_thread = True

    def __call__(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        return picture


def written_and_read(augmentation: Augmentation, **options: Any) -> Augmentation:
    return Augmentation.from_dict(json.loads(json.dumps(augmentation.to_dict())), **options)


def test_it_never_changes() -> None:
    generator = image_data_generator()
    with pytest.raises(dataclasses.FrozenInstanceError):
        generator.rescale = 2.0  # type: ignore[misc]
    assert hash(image_data_generator(width_shift_range=[1.0, 2.0])) == hash(
        image_data_generator(width_shift_range=(1.0, 2.0))
    )


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


@pytest.mark.parametrize(("zoom", "factors"), [((1.2, 0.8), (1.2, 0.8)), ((0.8, 1.2), (0.8, 1.2))])
def test_the_greater_factor_of_zooming_may_come_first(zoom: Any, factors: tuple[float, float]) -> None:
    assert image_data_generator(zoom_range=zoom).zoom == factors
    assert image_data_generator(brightness_range=zoom).brightness_range == factors


@pytest.mark.parametrize("zoom", [1, 1.5, (0, 1), (-1, 1)])
def test_zooming_until_nothing_is_left_is_told(zoom: Any) -> None:
    with pytest.warns(TidycnnWarning, match=r"`zoom_range` .* means factors from"):
        generator = image_data_generator(zoom_range=zoom)
    lower, upper = generator.zoom
    theirs = KerasGenerator(zoom_range=zoom).zoom_range
    assert [lower, upper] == list(theirs)


def test_what_keras_takes_for_nothing_is_nothing() -> None:
    names = ["rotation_range", "width_shift_range", "height_shift_range", "shear_range", "validation_split"]
    nothing = dict.fromkeys([*names, "data_format", "dtype", "rescale", "brightness_range"])
    assert image_data_generator(**nothing) == ImageDataGenerator(**nothing) == ImageDataGenerator()
    assert image_data_generator(rescale=0).rescale is None


def test_parameters_may_be_given_in_the_order_of_keras() -> None:
    assert ImageDataGenerator(False, True).samplewise_center


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rotation_range": -1}, "`rotation_range` must be a number of at least 0, not -1.0"),
        ({"rotation_range": "10"}, r"`rotation_range` must be a number( or None)?, not '10'"),
        ({"shear_range": 90}, "`shear_range` must be a number of at least 0 and below 90"),
        ({"width_shift_range": -0.1}, "`width_shift_range` must be a number of at least 0"),
        ({"width_shift_range": []}, "`width_shift_range` must hold at least one number"),
        ({"height_shift_range": [np.nan]}, "`height_shift_range` must hold"),
        ({"zoom_range": (0.8, 1, 1.2)}, r"`zoom_range` must be a number or 2 values \(a number, a number\)"),
        ({"zoom_range": -0.2}, "`zoom_range` must be a number of at least 0"),
        ({"zoom_range": (np.inf, 1)}, "`zoom_range` must be two finite numbers"),
        ({"brightness_range": (-1, 0.5)}, "`brightness_range` must be two numbers of at least 0"),
        ({"brightness_range": 0.5}, "`brightness_range` must be"),
        ({"channel_shift_range": -3}, "`channel_shift_range` must be"),
        ({"fill_mode": "mirror"}, "`fill_mode` must be one of 'nearest', 'constant', 'reflect' or 'wrap'"),
        ({"cval": np.inf}, "`cval` must be a finite number"),
        ({"rescale": np.inf}, "`rescale` must be a finite number or None"),
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


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"zoom_range": (0.5, 2), "brightness_range": (0.8, 1.2), "fill_mode": "wrap", "rescale": 1 / 255},
        {"width_shift_range": 2, "height_shift_range": 2.0},
        {"width_shift_range": (2, 5), "samplewise_std_normalization": True, "data_format": "channels_first"},
        {"zca_whitening": True, "validation_split": 0.2, "split_seed": 7, "dtype": "float64", "exact": True},
    ],
)
def test_plain_data_of_a_file_make_the_same_parameters(parameters: dict[str, Any]) -> None:
    augmentation = Augmentation(**parameters)
    read = written_and_read(augmentation)
    assert read == augmentation
    assert type(read.width_shift_range) is type(augmentation.width_shift_range)
    assert read.differences(augmentation) == []


def test_plain_data_hold_every_parameter() -> None:
    assert set(Augmentation().to_dict()) == {*Augmentation.parameters(), "statistics"}


def test_what_plain_data_do_not_say_has_its_default() -> None:
    assert Augmentation.from_dict({"rotation_range": 3}) == Augmentation(rotation_range=3)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"rotation": 3}, "`data` names 'rotation', but the parameters are 'featurewise_center'"),
        ({"zoom_range": -3}, "`zoom_range` must be a number of at least 0"),
        ({"fill_mode": "mirror"}, "`fill_mode` must be one of"),
        ({"preprocessing_function": 3}, "`preprocessing_function` must be text or None, not 3"),
    ],
)
def test_plain_data_that_are_wrong_are_named(data: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Augmentation.from_dict(data)


def test_what_differs_is_named_with_both_values() -> None:
    mine, other = Augmentation(rotation_range=5, zoom_range=(0.5, 2)), Augmentation(rescale=0.5)
    assert mine.differences(other) == [
        "`rotation_range` (5.0, not 0.0)",
        "`zoom_range` ([0.5, 2.0], not 0.0)",
        "`rescale` (None, not 0.5)",
    ]


def test_whole_pixels_differ_from_as_many_of_any_size() -> None:
    whole, any_size = Augmentation(width_shift_range=2), Augmentation(width_shift_range=2.0)
    assert whole.differences(any_size) == ["`width_shift_range` (2, not 2.0)"]


def test_a_function_of_keras_is_found_again_by_its_name() -> None:
    from keras.applications.imagenet_utils import preprocess_input

    read = written_and_read(Augmentation(preprocessing_function=preprocess_input))
    assert read.preprocessing_function is preprocess_input


@pytest.mark.parametrize("function", [halved, OfR()], ids=["python", "r"])
def test_of_another_function_only_the_name_is_kept_and_the_first_picture_says_so(function: Any) -> None:
    augmentation = Augmentation(preprocessing_function=function)
    read = written_and_read(augmentation)
    assert read.differences(augmentation) == []
    assert read.to_dict() == augmentation.to_dict()
    flow = flow_images_from_data(PICTURES, generator=ImageDataGenerator.from_dict(augmentation.to_dict()))
    with pytest.raises(InputError, match=f"{augmentation.to_dict()['preprocessing_function']}.*not stored"):
        flow[0]


def test_statistics_are_read_again_and_a_matrix_is_given_beside_them() -> None:
    centred, whitened = image_data_generator(featurewise_center=True), image_data_generator(zca_whitening=True)
    for generator in (centred, whitened):
        fit_image_data_generator(generator, PICTURES)
    assert written_and_read(centred).differences(centred) == []
    assert written_and_read(centred).needs_fit is False
    assert whitened.statistics is not None
    read = written_and_read(whitened, whitening=whitened.statistics.whitening)
    assert read.differences(whitened) == []
    with pytest.raises(InputError, match="The matrix that whitens"):
        written_and_read(whitened)


def test_learned_statistics_are_a_difference() -> None:
    learned = fit_image_data_generator(image_data_generator(featurewise_center=True), PICTURES)
    assert len(learned.differences(image_data_generator(featurewise_center=True))) == 1


def test_parameters_alone_make_the_batches_of_a_generator(picture_folder: Path) -> None:
    images = image_table(picture_folder, progress=False)
    parameters: dict[str, Any] = {"rescale": 1 / 255, "rotation_range": 20, "brightness_range": (0.5, 1)}
    options = FlowOptions(target_size=(8, 8), seed=1)
    mine, theirs = (make_flow(images, made(**parameters), options) for made in (Augmentation, ImageDataGenerator))
    np.testing.assert_array_equal(mine.batch(1, 0)[0], theirs.batch(1, 0)[0])

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tidycnn.core.errors import InputError
from tidycnn.core.preprocessing import Preprocessing, normalise


def grey_levels() -> NDArray[np.float32]:
    return np.arange(24, dtype=np.float32).reshape(2, 2, 2, 3)


def halved(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    return picture / 2


class OnMainThread:
    needs_main_thread = True

    def __call__(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        return picture


def test_it_survives_a_json_file() -> None:
    preprocessing = Preprocessing(target_size=(96, 64), color_mode="grayscale", rescale=1 / 255, samplewise_center=True)
    assert Preprocessing.from_dict(json.loads(json.dumps(preprocessing.to_dict()))) == preprocessing


def test_differences_name_what_differs() -> None:
    mine = Preprocessing(target_size=(96, 64), rescale=0.5)
    theirs = Preprocessing(target_size=(64, 64))
    assert mine.differences(mine) == []
    assert mine.differences(theirs) == ["`target_size` ([96, 64], not [64, 64])", "`rescale` (0.5, not None)"]


def test_an_unknown_setting_in_a_file_is_refused() -> None:
    with pytest.raises(InputError, match="blur"):
        Preprocessing.from_dict({"target_size": [2, 2], "blur": 3})


def test_image_shape_has_the_channels_of_the_colour_mode() -> None:
    assert Preprocessing(target_size=(4, 5), color_mode="rgba").image_shape == (4, 5, 4)


def test_rescale_multiplies() -> None:
    batch = normalise(grey_levels(), Preprocessing(target_size=(2, 2), rescale=0.5))
    np.testing.assert_array_equal(batch, grey_levels() / 2)


def test_rescale_is_not_done_twice() -> None:
    preprocessing = Preprocessing(target_size=(2, 2), rescale=0.5)
    assert preprocessing.factor == 0.5
    np.testing.assert_array_equal(normalise(grey_levels(), preprocessing, is_rescaled=True), grey_levels())


def test_the_function_sees_grey_levels_and_comes_before_rescale() -> None:
    preprocessing = Preprocessing(target_size=(2, 2), rescale=10.0, preprocessing_function=lambda x: x + 1)
    assert preprocessing.factor == 1.0
    batch = normalise(grey_levels(), preprocessing, is_rescaled=True)
    np.testing.assert_array_equal(batch, (grey_levels() + 1) * 10)


@pytest.mark.parametrize("standardised", [False, True])
def test_samplewise_normalisation_is_that_of_keras(standardised: bool) -> None:
    from keras.src.legacy.preprocessing.image import ImageDataGenerator as KerasGenerator

    options: dict[str, Any] = {
        "samplewise_center": True,
        "samplewise_std_normalization": standardised,
        "rescale": 1 / 255,
    }
    theirs = np.stack([KerasGenerator(**options).standardize(picture) for picture in grey_levels()])
    ours = normalise(grey_levels(), Preprocessing(target_size=(2, 2), **options))
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_a_picture_of_one_colour_is_not_divided_by_zero() -> None:
    preprocessing = Preprocessing(target_size=(1, 1), samplewise_center=True, samplewise_std_normalization=True)
    assert normalise(np.full((1, 1, 1, 3), 7, dtype=np.float32), preprocessing).tolist() == [[[[0.0, 0.0, 0.0]]]]


def test_a_function_that_changes_the_shape_is_refused() -> None:
    preprocessing = Preprocessing(target_size=(2, 2), preprocessing_function=lambda x: x[:, :, :1])
    with pytest.raises(InputError, match=r"`preprocessing_function` .* \(2, 2, 3\), not \(2, 2, 1\)"):
        normalise(grey_levels(), preprocessing)


def test_a_function_that_gives_no_numbers_is_refused() -> None:
    preprocessing = Preprocessing(target_size=(2, 2), preprocessing_function=lambda x: x.astype(str))
    with pytest.raises(InputError, match="must give numbers"):
        normalise(grey_levels(), preprocessing)


def test_a_function_of_keras_is_found_again_by_name() -> None:
    from keras.applications.imagenet_utils import preprocess_input

    stored = Preprocessing(target_size=(2, 2), preprocessing_function=preprocess_input).to_dict()
    assert Preprocessing.from_dict(stored).preprocessing_function is preprocess_input


def test_another_function_is_lost_and_says_so_when_a_picture_reaches_it() -> None:
    preprocessing = Preprocessing(target_size=(2, 2), preprocessing_function=halved)
    opened = Preprocessing.from_dict(preprocessing.to_dict())
    assert opened.differences(preprocessing) == []
    with pytest.raises(InputError, match="halved"):
        normalise(grey_levels(), opened)


def test_a_name_in_a_file_runs_no_other_code() -> None:
    opened = Preprocessing.from_dict({"target_size": [2, 2], "preprocessing_function": "os:system"})
    with pytest.raises(InputError, match="not stored"):
        normalise(grey_levels(), opened)


def test_a_function_may_ask_for_the_main_thread() -> None:
    assert Preprocessing(target_size=(2, 2), preprocessing_function=OnMainThread()).needs_main_thread
    assert not Preprocessing(target_size=(2, 2), preprocessing_function=halved).needs_main_thread

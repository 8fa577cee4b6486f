"""Pictures and labels as arrays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tidycnn import flow_images_from_directory, image_data_generator
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError
from tidycnn.keras_floor.pictures import code_categories, load_picture, preprocess_imagenet, resize_array


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
@pytest.mark.parametrize("options", [{}, {"interpolation": "nearest"}, {"keep_aspect_ratio": True}, {"exact": True}])
def test_a_picture_is_read_as_a_flow_sees_it(draw_folder: Callable[..., Path], suffix: str, options: Any) -> None:
    folder = draw_folder({"cat": 1}, size=(90, 61), suffix=suffix)
    generator = image_data_generator(exact=options.get("exact", False))
    chosen = {name: value for name, value in options.items() if name != "exact"}
    flow = flow_images_from_directory(folder, generator, target_size=(20, 13), class_mode=None, **chosen)
    read = load_picture(next(folder.glob("cat/*")), target_size=(20, 13), **options)
    np.testing.assert_array_equal(read, flow[0][0])


def test_an_exact_picture_is_read_as_keras_reads_it(picture_folder: Path) -> None:
    path = next(picture_folder.glob("cat/*"))
    for size in (None, (10, 7)):
        theirs = keras.utils.img_to_array(keras.utils.load_img(path, target_size=size, interpolation="nearest"))
        read = load_picture(path, target_size=size, interpolation="nearest", exact=True)
        np.testing.assert_array_equal(read, theirs)
    assert load_picture(path, grayscale=True).shape == (16, 24, 1)


def test_arrays_are_resized_one_or_several() -> None:
    picture = np.full((10, 20, 3), 7.5)
    np.testing.assert_allclose(resize_array(picture, 5, 6), np.full((5, 6, 3), 7.5))
    assert resize_array(np.zeros((4, 10, 20, 1)), 5, 6).shape == (4, 5, 6, 1)
    with pytest.raises(InputError, match="one picture"):
        resize_array(np.zeros(3), 5, 5)


@pytest.mark.parametrize("mode", ["caffe", "tf", "torch"])
def test_normalisation_for_imagenet_is_that_of_keras(mode: str) -> None:
    from keras.src.applications.imagenet_utils import preprocess_input

    pictures = np.random.default_rng(1).integers(0, 256, (2, 4, 5, 3)).astype(np.float32)
    theirs = preprocess_input(pictures.copy(), data_format="channels_last", mode=mode)
    np.testing.assert_allclose(preprocess_imagenet(pictures, mode), theirs, atol=1e-4)


def test_classes_become_columns() -> None:
    assert code_categories([0, 2, 1]).tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
    assert code_categories([1.0], 3).tolist() == [[0, 1, 0]]
    with pytest.raises(InputError, match="they count from 0"):
        code_categories([1, 2], 2)
    with pytest.raises(InputError, match="whole numbers from 0"):
        code_categories([0.5])

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tidycnn import (
    flow_images,
    flow_images_from_data,
    image_data_generator,
    image_table,
)
from tidycnn.flow.preview import augmentation_pictures, batch_pictures


@pytest.fixture
def flow(picture_folder: Path) -> Any:
    images = image_table(picture_folder, progress=False)
    return flow_images(images, target_size=(16, 24), batch_size=4, shuffle=False)


def ramp() -> Any:
    return np.arange(48, dtype=np.uint8).reshape(4, 4, 3)


def test_the_heading_tells_n_and_size(flow: Any) -> None:
    preview = batch_pictures(flow, n=7)
    assert preview["subtitle"] == "7 of 10 images, 16 x 24 pixels, rgb, not augmented"


def test_rescaled_pictures_are_shown_as_they_were(flow: Any) -> None:
    from tidycnn.images.decode import read_image

    preview = batch_pictures(flow)
    assert len(preview["pictures"]) == 10
    for path, picture in zip(preview["frame"]["path"], preview["pictures"], strict=True):
        np.testing.assert_array_equal(picture, read_image(path, "rgb"))


def test_centred_pictures_are_stretched_and_it_is_said() -> None:
    flow = flow_images_from_data(ramp()[None], generator=image_data_generator(samplewise_center=True))
    preview = batch_pictures(flow)
    assert (preview["pictures"][0].min(), preview["pictures"][0].max()) == (0, 255)
    assert preview["subtitle"].endswith("each stretched to its own range")


def test_floats_from_0_to_1_are_shown_as_grey_levels() -> None:
    flow = flow_images_from_data((ramp() / 47)[None])
    assert batch_pictures(flow)["pictures"][0].max() == 255


def test_augmentations_show_the_picture_first() -> None:
    preview = augmentation_pictures(image_data_generator(rotation_range=90), ramp(), n=3, seed=1)
    np.testing.assert_array_equal(preview["pictures"][0], ramp())
    assert len(preview["pictures"]) == 4
    assert not np.array_equal(preview["pictures"][1], ramp())
    assert preview["subtitle"] == "3 random pictures, 4 x 4 pixels: rotation_range = 90"


def test_augmentations_are_repeatable() -> None:
    generator = image_data_generator(rotation_range=90, brightness_range=(0.5, 2))
    first, second = (augmentation_pictures(generator, ramp(), seed=3)["pictures"] for _ in range(2))
    np.testing.assert_array_equal(np.stack(first), np.stack(second))


def test_normalisation_is_not_shown() -> None:
    generator = image_data_generator(rescale=1 / 255, samplewise_center=True)
    preview = augmentation_pictures(generator, ramp(), n=1)
    np.testing.assert_array_equal(preview["pictures"][1], ramp())
    assert preview["subtitle"].endswith("nothing is random")

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tidycnn import (
    autoplot,
    flow_images,
    flow_images_from_data,
    image_data_generator,
    image_table,
    show_augmentations,
    show_batch,
)
from tidycnn.core.errors import InputError
from tidycnn.flow.preview import batch_pictures


@pytest.fixture
def flow(picture_folder: Path) -> Any:
    images = image_table(picture_folder, progress=False)
    return flow_images(images, target_size=(16, 24), batch_size=4, shuffle=False)


def test_a_batch_is_shown_with_its_labels(flow: Any) -> None:
    figure = show_batch(flow, n=7)
    assert [axes.get_title() for axes in figure.axes] == ["cat"] * 6 + ["dog"]


def test_what_is_no_flow_is_refused() -> None:
    with pytest.raises(InputError, match="`flow` must be"):
        show_batch(np.zeros((4, 4, 3)))  # type: ignore[arg-type]


def test_a_file_can_be_shown_at_another_size(picture_folder: Path) -> None:
    figure = show_augmentations(
        image_data_generator(horizontal_flip=True),
        picture_folder / "cat" / "cat_000.png",
        n=2,
        target_size=(10, 20),
        color_mode="grayscale",
    )
    assert [axes.images[0].get_array().shape for axes in figure.axes] == [(10, 20)] * 3  # type: ignore[union-attr]


@pytest.mark.parametrize("image", [np.zeros((4, 4)), np.zeros((4, 4, 2)), np.zeros((0, 4, 3))])
def test_what_is_no_picture_is_refused(image: Any) -> None:
    with pytest.raises(InputError, match="`image` must be"):
        show_augmentations(image_data_generator(), image)


def test_pictures_are_drawn_as_they_are(flow: Any) -> None:
    drawn = [axes.images[0].get_array() for axes in show_batch(flow, n=5).axes if axes.images]
    np.testing.assert_array_equal(drawn, batch_pictures(flow, n=5)["pictures"])


def test_a_flow_is_drawn_by_its_first_batch(flow: Any) -> None:
    assert autoplot(flow).get_suptitle() == show_batch(flow).get_suptitle()


def test_long_titles_are_cut_in_their_middle() -> None:
    flow = flow_images_from_data(np.zeros((1, 4, 4, 3)), ["a very long label indeed, number 1"])
    assert show_batch(flow).axes[0].get_title() == "a very long labe…umber 1"


def test_long_settings_stand_in_lines_that_fit() -> None:
    generator = image_data_generator(rotation_range=45, width_shift_range=0.2, shear_range=0.3, horizontal_flip=True)
    figure = show_augmentations(generator, np.zeros((8, 8, 3)), n=1)
    figure.draw_without_rendering()
    assert figure._suptitle.get_window_extent().xmax <= figure.bbox.xmax

"""The tidy way into a flow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tidycnn import flow_images, image_table
from tidycnn.core.errors import InputError
from tidycnn.flow.generator import RESCALED

SMALL: dict[str, Any] = {"target_size": (8, 12), "batch_size": 4, "seed": 1}


@pytest.fixture
def images(picture_folder: Path) -> pd.DataFrame:
    return image_table(picture_folder, progress=False)


def test_without_a_generator_grey_levels_become_numbers_from_0_to_1(images: pd.DataFrame) -> None:
    flow: Any = flow_images(images, **SMALL)
    assert flow.generator is RESCALED
    assert 0.5 < np.max(flow[0][0]) <= 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target_size": (0, 8)}, "`target_size` must be a whole number of at least 1, not 0"),
        ({"target_size": 8}, "`target_size` must be 2 values"),
        ({"batch_size": 0}, "`batch_size` must be"),
        ({"color_mode": "bgr"}, "`color_mode` must be one of"),
        ({"class_mode": "other"}, "`class_mode` must be one of"),
        ({"class_mode": "raw"}, "is about columns of a data frame"),
        ({"interpolation": "cubic"}, "`interpolation` must be one of"),
        ({"subset": "test"}, "`subset` must be"),
        ({"subset": "validation"}, "the generator has no `validation_split`"),
        ({"seed": -1}, "`seed` must be"),
    ],
)
def test_a_wrong_argument_is_named(images: pd.DataFrame, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        flow_images(images, **(SMALL | options))


def test_anything_but_a_generator_is_named(images: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="`generator` must be random changes and normalisation of pictures, not 3"):
        flow_images(images, 3)  # type: ignore[arg-type]

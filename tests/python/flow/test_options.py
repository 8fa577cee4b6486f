"""The options of flows as one value: what is refused, as plain data, and how they reach the batches."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tidycnn import (
    flow_images,
    flow_images_from_data,
    flow_images_from_dataframe,
    flow_images_from_directory,
    image_data_generator,
    image_table,
)
from tidycnn.core.errors import InputError
from tidycnn.core.preprocessing import Preprocessing
from tidycnn.flow.making import make_flow
from tidycnn.flow.options import FlowOptions

DOORS = [flow_images, flow_images_from_data, flow_images_from_dataframe, flow_images_from_directory]
GIVEN: dict[str, Any] = {
    "target_size": (8, 12),
    "color_mode": "grayscale",
    "class_mode": "sparse",
    "batch_size": 3,
    "shuffle": False,
    "subset": "training",
    "interpolation": "bicubic",
    "keep_aspect_ratio": True,
    "save_prefix": "a",
    "save_format": "jpeg",
    "on_error": "skip",
    "cache": "memory",
    "cache_size": 1.5,
    "seed": 4,
}


def defaults_of(function: Any) -> dict[str, Any]:
    return {name: parameter.default for name, parameter in inspect.signature(function).parameters.items()}


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_every_door_has_the_defaults_of_the_options(door: Any) -> None:
    options, defaults = FlowOptions().to_dict(), defaults_of(door)
    shared = options.keys() & defaults.keys() - {"target_size"}
    assert len(shared) >= 7
    assert {name: defaults[name] for name in shared} == {name: options[name] for name in shared}


@pytest.mark.parametrize("door", [flow_images, flow_images_from_directory, flow_images_from_dataframe])
def test_every_option_can_be_given_to_a_door_of_files(door: Any) -> None:
    assert set(FlowOptions.parameters()) <= defaults_of(door).keys()


def test_plain_data_of_a_file_make_the_same_options(tmp_path: Path) -> None:
    options = FlowOptions(**GIVEN, save_to_dir=str(tmp_path))
    assert FlowOptions.from_dict(json.loads(json.dumps(options.to_dict()))) == options


def test_plain_data_hold_every_option() -> None:
    assert list(FlowOptions().to_dict()) == FlowOptions.parameters()


def test_the_folder_in_plain_data_is_the_same_from_wherever_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert FlowOptions(save_to_dir=Path("seen")).to_dict()["save_to_dir"] == str(tmp_path / "seen")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target_size": (0, 8)}, "`target_size` must be a whole number of at least 1, not 0"),
        ({"target_size": "8"}, "`target_size` must be 2 values"),
        ({"batch_size": 0}, "`batch_size` must be a whole number of at least 1"),
        ({"class_mode": "other"}, "`class_mode` must be one of"),
        ({"on_error": "ignore"}, "`on_error` must be one of 'stop' or 'skip'"),
        ({"cache": "ram"}, "`cache` must be one of"),
        ({"shuffle": 3}, "`shuffle` must be a truth value"),
        ({"seed": -1}, "`seed` must be"),
    ],
)
def test_a_wrong_value_is_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        FlowOptions(**options)
    with pytest.raises(InputError, match=message):
        FlowOptions.from_dict(options)


def test_an_unknown_name_in_plain_data_is_refused() -> None:
    with pytest.raises(InputError, match="`data` names 'workers', but the parameters are 'target_size'"):
        FlowOptions.from_dict({"workers": 2})


def test_what_differs_is_named() -> None:
    mine, other = FlowOptions(cache="disk", target_size=(8, 8)), FlowOptions()
    assert mine.differences(other) == ["`target_size` ([8, 8], not None)", "`cache` ('disk', not False)"]


def test_options_are_taken_out_of_other_arguments() -> None:
    assert FlowOptions.among({"batch_size": 4, "images": None}) == FlowOptions(batch_size=4)


def test_options_take_the_shape_of_prepared_pictures() -> None:
    preprocessing = Preprocessing(
        target_size=(8, 12), color_mode="grayscale", interpolation="box", keep_aspect_ratio=True
    )
    assert FlowOptions(batch_size=4).prepared_as(preprocessing) == FlowOptions(
        target_size=(8, 12), color_mode="grayscale", interpolation="box", keep_aspect_ratio=True, batch_size=4
    )


def test_a_flow_knows_the_options_that_it_was_made_with(picture_folder: Path) -> None:
    generator = image_data_generator(validation_split=0.2)
    flow: Any = flow_images(image_table(picture_folder, progress=False), generator, **GIVEN)
    assert flow.options == FlowOptions(**GIVEN)


def test_a_flow_of_an_array_knows_its_size_and_colours_and_the_seed_that_was_drawn() -> None:
    flow: Any = flow_images_from_data(np.zeros((3, 5, 7, 1)), [0.5, 1.5, 2.5], batch_size=2)
    assert flow.options == FlowOptions(
        target_size=(5, 7), color_mode="grayscale", class_mode="sparse", batch_size=2, seed=flow.seed
    )


def test_the_options_of_a_flow_make_it_again(picture_folder: Path) -> None:
    images, generator = image_table(picture_folder, progress=False), image_data_generator(rotation_range=20)
    flow: Any = flow_images(images, generator, target_size=(8, 8), batch_size=4)
    again = make_flow(images, generator, FlowOptions.from_dict(flow.options.to_dict()))
    np.testing.assert_array_equal(again.batch(2, 1)[0], flow.batch(2, 1)[0])


def test_a_flow_of_files_needs_a_size(picture_folder: Path) -> None:
    with pytest.raises(InputError, match="`target_size` must be 2 values"):
        make_flow(image_table(picture_folder, progress=False), image_data_generator(), FlowOptions())

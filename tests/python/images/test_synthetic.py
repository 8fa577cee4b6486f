from __future__ import annotations

import cv2
import numpy as np
import pytest

from tidycnn.core.errors import InputError
from tidycnn.images._smear import CELLS
from tidycnn.images.synthetic import make_blood_cells
from tidycnn.images.table import class_counts


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cells"


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.jpeg")}


def test_images_are_divided_among_the_four_kinds(folder):
    images = make_blood_cells(folder, 10, size=16, seed=1)
    assert class_counts(images)[["label", "n"]].to_numpy().tolist() == [
        ["EOSINOPHIL", 3],
        ["LYMPHOCYTE", 3],
        ["MONOCYTE", 2],
        ["NEUTROPHIL", 2],
    ]


def test_files_are_jpegs_of_the_size_asked_for(folder):
    images = make_blood_cells(folder, 4, size=40, seed=1)
    assert images[["status", "format", "width", "height"]].drop_duplicates().to_numpy().tolist() == [
        ["ok", "jpeg", 40, 40]
    ]


def test_named_numbers_make_splits(folder):
    images = make_blood_cells(folder, {"TRAIN": 8, "extra": 4}, size=16, seed=1)
    assert images["split"].value_counts().to_dict() == {"train": 8, "extra": 4}
    assert sorted(path.name for path in folder.iterdir()) == ["TRAIN", "extra"]


def test_splits_share_no_picture(folder):
    images = make_blood_cells(folder, {"train": 8, "test": 8}, size=16, seed=1)
    assert images["hash"].is_unique


def test_a_seed_draws_the_same_pictures_and_a_larger_n_further_ones(tmp_path):
    make_blood_cells(tmp_path / "few", 4, size=16, seed=3)
    make_blood_cells(tmp_path / "many", 8, size=16, seed=3)
    assert contents(tmp_path / "few").items() < contents(tmp_path / "many").items()


def test_another_seed_draws_other_pictures(tmp_path):
    make_blood_cells(tmp_path / "one", 4, size=16, seed=1)
    make_blood_cells(tmp_path / "two", 4, size=16, seed=2)
    assert not set(contents(tmp_path / "one").values()) & set(contents(tmp_path / "two").values())


def test_the_nucleus_is_blue_among_red_cells(folder):
    images = make_blood_cells(folder, 8, size=96, seed=1)
    for path in images["path"]:
        blue, _, red = cv2.split(cv2.imread(path).astype(int))
        assert (blue - red > 20).sum() > 60
        assert (red - blue > 20).sum() > 100


def test_a_lymphocyte_has_the_darkest_round_and_an_eosinophil_red_grains(folder):
    images = make_blood_cells(folder, 40, size=96, seed=1)
    pixels = np.stack([cv2.imread(path) for path in images["path"]]).astype(int)
    nucleus = (pixels[..., 0] - pixels[..., 2] > 30).sum(axis=(1, 2))
    grains = (pixels[..., 2] - pixels[..., 1] > 70).sum(axis=(1, 2))
    area = {label: np.median(nucleus[images["label"] == label]) for label in CELLS}
    redness = {label: np.median(grains[images["label"] == label]) for label in CELLS}
    assert area["LYMPHOCYTE"] > 1.5 * area["NEUTROPHIL"]
    assert redness["EOSINOPHIL"] > 3 * max(redness[label] for label in CELLS if label != "EOSINOPHIL")


def test_drawn_pictures_are_replaced_by_new_ones(folder):
    make_blood_cells(folder, {"train": 8}, size=16, seed=1)
    assert len(make_blood_cells(folder, 4, size=16, seed=1)) == len(contents(folder)) == 4


def test_an_empty_folder_is_filled(folder):
    folder.mkdir()
    assert len(make_blood_cells(folder, 4, size=16, seed=1)) == 4


def test_what_systems_put_into_folders_is_no_other_file(folder):
    make_blood_cells(folder, 4, size=16, seed=1)
    (folder / "MONOCYTE" / ".DS_Store").touch()
    assert len(make_blood_cells(folder, 4, size=16, seed=2)) == 4


def test_a_folder_with_other_files_is_refused_and_left_alone(folder):
    make_blood_cells(folder, 4, size=16, seed=1)
    (folder / "MONOCYTE" / "mine.jpeg").write_bytes(b"precious")
    with pytest.raises(InputError, match=r"holds 'mine\.jpeg'"):
        make_blood_cells(folder, 4, size=16, seed=1)
    assert (folder / "MONOCYTE" / "mine.jpeg").read_bytes() == b"precious"


def test_a_file_in_place_of_the_folder_is_refused(folder):
    folder.write_text("mine")
    with pytest.raises(InputError, match=r"`dir` must be a folder, but .* is a file"):
        make_blood_cells(folder, 4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 3}, "`n` must be a whole number of at least 4, not 3"),
        ({"n": {"train": 8, "test": 0}}, "`n` must be a whole number of at least 4, not 0"),
        ({"n": {}}, "`n` must be a number of images, or named numbers"),
        ({"n": {"../up": 8}}, "`n` must have names that can be names of folders, not '../up'"),
        ({"n": 4.5}, "`n` must be a whole number or named values"),
        ({"size": 8}, "`size` must be a whole number of at least 16, not 8"),
        ({"seed": -1}, "`seed` must be a whole number from 0"),
    ],
)
def test_errors_name_the_argument_and_draw_nothing(folder, options, message):
    with pytest.raises(InputError) as caught:
        make_blood_cells(folder, **options)
    assert message in caught.value.message
    assert not folder.exists()

"""The ways into a flow that scripts of old know."""

from __future__ import annotations

import errno
import inspect
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tidycnn import (
    flow_images_from_data,
    flow_images_from_dataframe,
    flow_images_from_directory,
    image_data_generator,
)
from tidycnn.core.errors import InputError, Missing, StoreError, TidycnnWarning

SMALL: dict[str, Any] = {"target_size": (8, 12), "batch_size": 4, "seed": 1}


def grey_pictures(n: int = 6) -> Any:
    return np.arange(n, dtype=np.uint8).repeat(16).reshape(n, 4, 4, 1)


@pytest.fixture
def dataframe() -> pd.DataFrame:
    names = [f"cat/cat_{i:03d}.png" for i in range(6)] + [f"dog/dog_{i:03d}.png" for i in range(4)]
    return pd.DataFrame({"filename": names, "class": ["cat"] * 6 + ["dog"] * 4, "age": range(10)})


def test_class_folders_are_sorted_labels(picture_folder: Path) -> None:
    flow = flow_images_from_directory(picture_folder, **SMALL)
    assert flow.class_indices == {"cat": 0, "dog": 1}
    assert flow.filenames[0] == "cat/cat_000.png"
    assert flow.filepaths[0] == (picture_folder / "cat/cat_000.png").as_posix()


def test_without_a_generator_grey_levels_stay_as_they_are(picture_folder: Path) -> None:
    assert flow_images_from_directory(picture_folder, **SMALL)[0][0].max() > 100


def test_classes_choose_and_order_the_folders(draw_folder: Any) -> None:
    folder = draw_folder({"a": 1, "b": 2, "c": 3})
    flow = flow_images_from_directory(folder, classes=["c", "a"], **SMALL)
    assert flow.class_indices == {"c": 0, "a": 1}
    assert flow.n == 4


def test_a_class_without_a_folder_keeps_its_place(picture_folder: Path) -> None:
    with pytest.warns(TidycnnWarning, match=r"`classes` names 'ant'.*does not hold.*place.*stays"):
        flow = flow_images_from_directory(picture_folder, classes=["ant", "cat", "dog"], **SMALL)
    assert flow.class_indices == {"ant": 0, "cat": 1, "dog": 2}
    assert set(flow.classes) == {1, 2}
    assert flow[0][1].shape == (4, 3)


def test_classes_none_of_which_has_a_folder_are_refused(picture_folder: Path) -> None:
    with pytest.raises(InputError, match=r"`classes` names 'horse', but .* holds the folders 'cat' and 'dog'"):
        flow_images_from_directory(picture_folder, classes=["horse"])


def test_only_folders_of_the_classes_are_opened(picture_folder: Path) -> None:
    for path in (picture_folder / "dog").iterdir():
        path.write_bytes(b"nothing")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert flow_images_from_directory(picture_folder, classes=["cat"], **SMALL).levels == ["cat"]


def test_folders_named_like_splits_are_classes_here(draw_folder: Any) -> None:
    assert flow_images_from_directory(draw_folder({"bus": 1, "train": 2}), **SMALL).levels == ["bus", "train"]


def test_class_mode_none_can_be_said_both_ways(picture_folder: Path) -> None:
    for class_mode in (None, "none"):
        assert flow_images_from_directory(picture_folder, class_mode=class_mode, **SMALL)[0].shape == (4, 8, 12, 3)


def test_broken_files_of_a_folder_are_told_once(picture_folder: Path) -> None:
    (picture_folder / "cat" / "broken.png").write_bytes(b"nothing")
    with pytest.warns(TidycnnWarning) as told:
        flow = flow_images_from_directory(picture_folder, **SMALL)
    assert flow.n == 10
    assert len(told) == 1


def test_linked_folders_are_followed_only_if_asked(picture_folder: Path, draw_folder: Any) -> None:
    elsewhere = draw_folder({"more": 3}, under="elsewhere")
    (picture_folder / "cat" / "link").symlink_to(elsewhere / "more")
    assert flow_images_from_directory(picture_folder, **SMALL).n == 10
    assert flow_images_from_directory(picture_folder, follow_links=True, **SMALL).n == 13


def test_a_data_frame_names_files_and_labels(picture_folder: Path, dataframe: pd.DataFrame) -> None:
    flow = flow_images_from_dataframe(dataframe, picture_folder, **SMALL)
    assert flow.filenames == dataframe["filename"].tolist()
    assert flow.levels == ["cat", "dog"]
    assert flow.images["age"].tolist() == list(range(10))
    assert flow[0][1].shape == (4, 2)


def test_columns_of_a_data_frame_can_have_other_names(picture_folder: Path, dataframe: pd.DataFrame) -> None:
    renamed = dataframe.rename(columns={"filename": "path", "class": "label"})
    renamed["path"] = [str(picture_folder / name) for name in renamed["path"]]
    flow = flow_images_from_dataframe(renamed, x_col="path", y_col="label", **SMALL)
    assert flow.filepaths == flow.filenames == renamed["path"].tolist()


def test_rows_of_other_classes_are_left_out(picture_folder: Path, dataframe: pd.DataFrame) -> None:
    flow = flow_images_from_dataframe(dataframe, picture_folder, classes=["dog"], class_mode="sparse", **SMALL)
    assert (flow.n, flow.levels) == (4, ["dog"])


def test_a_class_given_twice_is_refused(picture_folder: Path) -> None:
    with pytest.raises(InputError, match="`classes` must name every label once, not 'cat' and 'cat'"):
        flow_images_from_directory(picture_folder, classes=["cat", "cat"], **SMALL)


def test_a_data_frame_without_labels_gives_pictures_alone(picture_folder: Path, dataframe: pd.DataFrame) -> None:
    files = dataframe[["filename"]]
    assert flow_images_from_dataframe(files, picture_folder, class_mode=None, **SMALL)[0].shape == (4, 8, 12, 3)
    with pytest.raises(InputError, match="`dataframe` must have the columns 'class'"):
        flow_images_from_dataframe(files, picture_folder, **SMALL)


def test_an_array_gives_its_pictures_and_targets() -> None:
    flow = flow_images_from_data(grey_pictures(), np.arange(6) * 10, shuffle=False, batch_size=4)
    x, y = flow[1]
    assert x[:, 0, 0, 0].tolist() == [4, 5]
    assert y.tolist() == [40, 50]
    assert flow.image_shape == (4, 4, 1)


def test_an_array_is_shuffled_with_its_targets() -> None:
    x, y = flow_images_from_data(grey_pictures(), np.arange(6), batch_size=6, seed=1)[0]
    assert x[:, 0, 0, 0].tolist() == y.tolist() != list(range(6))


def test_an_array_alone_gives_pictures_alone() -> None:
    assert flow_images_from_data(grey_pictures())[0].shape == (6, 4, 4, 1)


def test_rows_of_zeros_and_a_one_go_through_and_tell_the_label() -> None:
    flow = flow_images_from_data(grey_pictures(3), np.eye(3)[[2, 0, 1]], shuffle=False)
    assert flow[0][1].tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    assert flow.classes.tolist() == [2, 0, 1]


@pytest.mark.parametrize("kind", [np.int64, np.float64])
def test_whole_numbers_are_the_positions_of_labels(kind: type) -> None:
    flow = flow_images_from_data(grey_pictures(12), np.arange(12).astype(kind), shuffle=False)
    assert flow.levels == [str(position) for position in range(12)]
    assert flow.classes.tolist() == flow[0][1].tolist() == list(range(12))


def test_a_label_without_pictures_keeps_its_place() -> None:
    flow = flow_images_from_data(grey_pictures(2), [1, 3], shuffle=False)
    assert flow.levels == ["0", "1", "2", "3"]
    assert flow.classes.tolist() == [1, 3]


@pytest.mark.parametrize("y", [["a", None, "b"], ["a", Missing(), "b"], pd.Categorical(["a", None, "b"])])
def test_a_missing_label_is_refused(y: Any) -> None:
    with pytest.raises(InputError, match="`y` must have a label for every picture, not 1 missing label"):
        flow_images_from_data(grey_pictures(3), y)


def test_text_becomes_one_column_a_label() -> None:
    flow = flow_images_from_data(grey_pictures(3), ["b", "a", "b"], shuffle=False)
    assert flow.levels == ["a", "b"]
    assert flow[0][1].tolist() == [[0, 1], [1, 0], [0, 1]]
    factor = pd.Categorical(["b", "a", "b"], categories=["b", "a"])
    assert flow_images_from_data(grey_pictures(3), factor, shuffle=False)[0][1].tolist() == [[1, 0], [0, 1], [1, 0]]


def test_measured_targets_go_through() -> None:
    flow = flow_images_from_data(grey_pictures(3), [0.5, 1.5, 2.5], shuffle=False)
    assert flow[0][1].tolist() == [0.5, 1.5, 2.5]
    assert flow.levels == []


def test_sample_weights_stay_with_their_pictures() -> None:
    x, y, weights = flow_images_from_data(grey_pictures(), np.arange(6), sample_weight=np.arange(6) / 10, seed=1)[0]
    np.testing.assert_allclose(weights, y / 10, rtol=1e-6)
    assert x[:, 0, 0, 0].tolist() == y.tolist()


def test_arrays_are_divided_into_subsets() -> None:
    generator = image_data_generator(validation_split=0.5)
    y = np.array([0, 1] * 10)
    subsets = [
        flow_images_from_data(grey_pictures(20), y, generator=generator, subset=s, sample_weight=np.arange(20))
        for s in ("training", "validation")
    ]
    shown = [flow[0] for flow in subsets]
    assert sorted(np.concatenate([x[:, 0, 0, 0] for x, _, _ in shown]).tolist()) == list(range(20))
    for x, targets, weights in shown:
        assert targets.tolist() == (x[:, 0, 0, 0] % 2).tolist()
        assert weights.tolist() == x[:, 0, 0, 0].tolist()
        assert targets.sum() == 5


def test_floats_are_augmented_as_floats() -> None:
    x = np.random.default_rng(1).random((3, 8, 8, 3))
    generator = image_data_generator(rotation_range=20, brightness_range=(1.5, 2))
    rendered = flow_images_from_data(x, generator=generator, seed=1)[0]
    assert len(np.unique(rendered)) > 300
    assert rendered.max() == 1


@pytest.mark.parametrize(
    ("x", "options", "message"),
    [
        (np.zeros((3, 4, 4)), {}, r"`x` must be an array .* not an array of shape \(3, 4, 4\)"),
        (np.zeros((3, 4, 4, 2)), {}, "with 1, 3 or 4 channels"),
        (np.zeros((0, 4, 4, 1)), {}, "at least one pixel"),
        ("pictures", {}, "`x` must be an array of numbers"),
        (grey_pictures(), {"y": [1, 2]}, "`y` must have one value for each of the 6 pictures of `x`, not 2"),
        (grey_pictures(), {"sample_weight": [1] * 6}, "`sample_weight` needs `y`"),
    ],
)
def test_wrong_data_are_named(x: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        flow_images_from_data(x, **options)


def test_the_methods_of_the_generator_are_the_same_doors(picture_folder: Path, dataframe: pd.DataFrame) -> None:
    generator = image_data_generator(rescale=1 / 255, rotation_range=9)
    by_method = generator.flow_from_directory(picture_folder, **SMALL)
    by_function = flow_images_from_directory(picture_folder, generator, **SMALL)
    np.testing.assert_array_equal(by_method[0][0], by_function[0][0])
    assert generator.flow_from_dataframe(dataframe, picture_folder, **SMALL).generator == generator
    assert generator.flow(grey_pictures(), np.arange(6)).generator == generator


def test_seed_comes_last_in_every_door() -> None:
    for door in (flow_images_from_data, flow_images_from_dataframe, flow_images_from_directory):
        assert list(inspect.signature(door).parameters)[-1] == "seed"


def test_a_folder_for_pictures_is_tried_before_there_are_any(
    picture_folder: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match=r"`save_to_dir` .* could not be written: the disk is full"):
        flow_images_from_directory(picture_folder, save_to_dir=tmp_path, **SMALL)

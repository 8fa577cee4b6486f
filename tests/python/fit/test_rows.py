"""Which images train and which validate."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tidycnn import flow_images, flow_images_from_data, flow_images_from_dataframe, image_data_generator, image_table
from tidycnn.core.errors import InputError, TidycnnWarning
from tidycnn.fit._rows import FitImages, choose_images
from tidycnn.flow.making import make_flow
from tidycnn.flow.options import FlowOptions


def choose(images: Any, validation: Any = None) -> FitImages:
    return choose_images(images, validation, seed=1, progress=False)


def test_train_rows_train_validation_rows_validate_and_test_rows_are_left_alone(images):
    assert choose(images).images["split"].value_counts().to_dict() == {"train": 10, "validation": 4}


def test_every_row_trains_where_there_is_no_split(images):
    assert choose(images.drop(columns="split")).images["split"].tolist() == ["train"] * 16


def test_a_frame_without_train_rows_is_refused(images):
    with pytest.raises(InputError, match="no rows whose split is 'train'; its splits are 'test'"):
        choose(images.assign(split="test"))


def test_a_folder_is_taken_as_it_is(picture_folder):
    assert len(choose(picture_folder).images) == 10


def test_files_that_cannot_be_read_are_left_out_and_counted(images):
    images.loc[0, "status"] = "truncated"
    with pytest.warns(TidycnnWarning, match=r"`images`: 1 of 16 images left out \(1 truncated\)"):
        assert len(choose(images).images) == 13


def test_files_of_a_folder_that_cannot_be_read_are_told_of_once(picture_folder):
    (picture_folder / "cat" / "cat_000.png").write_bytes(b"")
    with pytest.warns(TidycnnWarning) as told:
        assert len(choose(picture_folder).images) == 9
    assert [str(each.message).split(":")[0] for each in told] == ["1 of 10 files cannot be used"]


def test_no_readable_file_is_an_error(images):
    with pytest.raises(InputError, match="`images` has no image that can be decoded, in 16 rows"):
        choose(images.assign(status="empty"))


def test_a_missing_label_is_refused_by_its_file(images):
    images.loc[0, "label"] = None
    with pytest.raises(InputError, match=r"1 image without a label, such as '.*cat_000\.png'"):
        choose(images)


def test_a_missing_label_of_a_test_row_matters_to_nobody(images):
    images.loc[images["split"] == "test", "label"] = None
    assert len(choose(images).images) == 14


def test_one_label_alone_is_refused(images):
    with pytest.raises(InputError, match="at least two labels, but has 'cat'"):
        choose(images[images["label"] == "cat"].assign(label="cat"))


def test_a_label_called_class_is_refused(images):
    with pytest.raises(InputError, match="has the label 'class'"):
        choose(images.assign(label=["class"] * 8 + ["order"] * 8))


def test_a_label_without_training_images_is_said_aloud(images):
    images["label"] = images["label"].cat.add_categories(["owl"])
    with pytest.warns(TidycnnWarning, match="No training image has the label 'owl'"):
        choose(images)


def test_a_share_of_the_training_images_validates_with_groups_together(images):
    groups = [f"{label}{i // 2}" for i, label in enumerate(images["label"])]
    chosen = choose(images.drop(columns="split").assign(group=groups), 0.25).images
    assert chosen["split"].value_counts().to_dict() == {"train": 12, "validation": 4}
    assert (chosen.groupby("group")["split"].nunique() == 1).all()


def test_a_share_is_taken_of_the_training_rows_alone(images):
    without = images[images["split"] != "validation"]
    assert choose(without, 0.2).images["split"].value_counts().to_dict() == {"train": 8, "validation": 2}


def test_the_generators_share_is_its_subset_whatever_the_seed_of_the_fit(images):
    generator = image_data_generator(validation_split=0.25)
    undivided = images.drop(columns="split")
    subset = make_flow(undivided, generator, FlowOptions(target_size=(8, 8), subset="validation")).images
    for seed in (1, 2):
        chosen = choose_images(undivided, None, generator=generator, seed=seed, progress=False)
        assert chosen.rows("validation")["path"].tolist() == subset["path"].tolist()


def test_a_share_beside_validation_rows_is_refused(images):
    with pytest.raises(InputError, match="is a share, but `images` has 4 rows whose split is 'validation'"):
        choose(images, 0.25)


@pytest.mark.parametrize("share", [0.0, 1.0, float("nan")])
def test_a_share_lies_between_0_and_1(images, share):
    with pytest.raises(InputError, match="`validation` must be a share between 0 and 1"):
        choose(images.drop(columns="split"), share)


def test_a_frame_that_validates_gets_the_levels_of_the_training_images(images):
    train, held = images[images["split"] == "train"], images[images["split"] == "test"]
    chosen = choose(train, held.assign(label=pd.Categorical(held["label"], categories=["dog", "cat"])))
    assert chosen.images["label"].cat.categories.tolist() == ["cat", "dog"]
    assert chosen.rows("validation")["label"].tolist() == ["cat", "dog"]


def halves(images: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return images[images["split"] == "train"], images[images["split"] == "test"]


def copied(images: pd.DataFrame, folder: Path) -> pd.DataFrame:
    for path in images["path"]:
        (folder / Path(path).parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / Path(path).parent.name / Path(path).name)
    return image_table(folder, progress=False)


def flow_of(images: pd.DataFrame) -> Any:
    return flow_images(images, target_size=(8, 8), seed=1)


def unopened(images: pd.DataFrame) -> Any:
    columns: dict[str, Any] = {"x_col": "path", "y_col": "label", "validate_filenames": False}
    return flow_images_from_dataframe(images[["path", "label"]], target_size=(8, 8), seed=1, **columns)


SHARED = "among the training and the validation images"


def test_a_group_that_trains_and_validates_is_said_aloud(images):
    train, held = halves(images.assign(group="one"))
    with pytest.warns(TidycnnWarning, match=rf"1 group stands {SHARED} \(2 of 2 .*such as .*cat_000"):
        choose(train, held)


def test_images_that_train_and_validate_are_said_aloud(images):
    train, _ = halves(images)
    with pytest.warns(TidycnnWarning, match=rf"10 images stand {SHARED} \(10 of 10 .*Take them out of one"):
        choose(train, train)


@pytest.mark.parametrize("kind", ["frame", "frame without hash", "folder", "flow"])
def test_copies_in_another_folder_are_found_however_they_validate(images, tmp_path, kind):
    held = copied(images.iloc[:3], tmp_path / "copies").assign(label=pd.Categorical(["cat"] * 3, ["cat", "dog"]))
    given = {
        "frame": held,
        "frame without hash": held.drop(columns="hash"),
        "folder": tmp_path / "copies",
        "flow": flow_of(held),
    }
    with pytest.warns(TidycnnWarning, match=rf"3 identical files stand {SHARED} \(3 of 3 validation images\)"):
        choose(images.drop(columns="split"), given[kind])


def test_copies_of_a_flows_images_are_found(images, tmp_path):
    held = copied(images.iloc[:3], tmp_path / "copies")
    with pytest.warns(TidycnnWarning, match=rf"3 identical files stand {SHARED}"):
        choose(flow_of(images.drop(columns="split")), held)


def test_copies_within_one_frame_are_found(images, tmp_path):
    held = copied(images.iloc[:3], tmp_path / "copies").assign(split="validation")
    both = pd.concat([images[images["split"] == "train"], held], ignore_index=True)
    both["label"] = pd.Categorical(both["label"])
    with pytest.warns(TidycnnWarning, match=rf"3 identical files stand {SHARED}"):
        choose(both)


@pytest.mark.parametrize("way", ["relative", "with dots", "by a link"])
def test_the_same_folder_spelled_otherwise_is_found(picture_folder, monkeypatch, way):
    monkeypatch.chdir(picture_folder.parent)
    (picture_folder.parent / "linked").symlink_to(picture_folder)
    ways = {"relative": "pictures", "with dots": "pictures/../pictures", "by a link": "linked"}
    with pytest.warns(TidycnnWarning, match=rf"10 images stand {SHARED} \(10 of 10"):
        choose(picture_folder, ways[way])


def test_files_that_nobody_opened_are_compared_by_their_paths(images):
    with pytest.warns(TidycnnWarning, match=rf"16 images stand {SHARED}"):
        choose(unopened(images), unopened(images))
    assert len(choose(*map(unopened, halves(images))).images) == 12


def test_pictures_of_two_arrays_are_not_taken_for_the_same():
    first, second = (flow_images_from_data(np.zeros((4, 8, 8, 3)), ["cat", "dog"] * 2) for _ in range(2))
    assert len(choose(first, second).images) == 8
    with pytest.warns(TidycnnWarning, match="`validation` is the flow that trains"):
        choose(first, first)


def test_a_validation_label_that_was_not_trained_is_refused(images):
    train, held = images[images["split"] == "train"], images[images["split"] == "test"]
    with pytest.raises(InputError, match="has the labels 'owl', which are not among the levels 'cat' and 'dog'"):
        choose(train, held.assign(label="owl"))


def test_a_flow_brings_its_images_and_levels(images):
    flow = make_flow(images.drop(columns="split"), image_data_generator(), FlowOptions(target_size=(8, 8), seed=1))
    chosen = choose(flow)
    assert (chosen.train_flow, chosen.levels, len(chosen.images)) == (flow, ["cat", "dog"], 16)


def test_a_flow_over_test_images_is_said_aloud(images):
    flow = make_flow(images, image_data_generator(), FlowOptions(target_size=(8, 8), seed=1))
    with pytest.warns(TidycnnWarning, match="6 images whose split is 'validation' or 'test': they train too"):
        choose(flow)


def test_what_two_flows_share_is_said_aloud(images):
    options = FlowOptions(target_size=(8, 8), seed=1)
    flow, other = (make_flow(images.drop(columns="split"), image_data_generator(), options) for _ in range(2))
    with pytest.warns(TidycnnWarning, match="16 images stand among the training and the validation images"):
        choose(flow, other)


def test_a_flow_cannot_be_divided(images):
    flow = make_flow(images, image_data_generator(), FlowOptions(target_size=(8, 8), seed=1))
    with pytest.raises(InputError, match="can be a share only where `images` is a frame"):
        choose(flow, 0.25)


def test_a_flow_without_labels_is_refused(images):
    flow = make_flow(images, image_data_generator(), FlowOptions(target_size=(8, 8), class_mode="none", seed=1))
    with pytest.raises(InputError, match="class mode 'none', which gives no labels to learn"):
        choose(flow)


def test_a_validation_flow_with_other_levels_is_refused(images):
    train, held = images[images["split"] == "train"], images[images["split"] == "test"]
    held = held.assign(label=pd.Categorical(held["label"], categories=["dog", "cat"]))
    flow = make_flow(held, image_data_generator(), FlowOptions(target_size=(8, 8), seed=1))
    with pytest.raises(
        InputError, match="has the labels 'dog' and 'cat', but the training images have 'cat' and 'dog'"
    ):
        choose(train, flow)

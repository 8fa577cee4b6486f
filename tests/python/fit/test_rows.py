"""Which images train and which validate."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tidycnn import image_data_generator
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


def test_files_that_cannot_be_read_are_left_out_and_counted(images, heard):
    images.loc[0, "status"] = "truncated"
    assert len(choose(images).images) == 13
    assert heard.remarks == ["`images`: 1 image left out (1 truncated)."]


def test_no_readable_file_is_an_error(images):
    with pytest.raises(InputError, match=r"no image that can be read \(16 rows\)"):
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


@pytest.mark.parametrize("column", ["path", "group"])
def test_what_trains_and_validates_is_said_aloud(images, column):
    images = images.assign(group="one")
    train, held = images[images["split"] == "train"], images[images["split"] == "test"]
    noun = "10 images stand" if column == "path" else "1 group stands"
    with pytest.warns(TidycnnWarning, match=f"{noun} among the training and the validation images"):
        choose(train, train if column == "path" else held)


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
    flow = make_flow(images.drop(columns="split"), image_data_generator(), FlowOptions(target_size=(8, 8), seed=1))
    with pytest.warns(TidycnnWarning, match="16 images stand among the training and the validation images"):
        choose(flow, flow)


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
        InputError, match="with the labels 'dog' and 'cat', but the training images have 'cat' and 'dog'"
    ):
        choose(train, flow)

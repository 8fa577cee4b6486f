"""The images frame from folders, data frames and paths; what it says of hostile files and folders."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tidycnn.core.errors import InputError, TidycnnWarning
from tidycnn.core.progress import Silence, Task, listening
from tidycnn.images import _facts, table
from tidycnn.images.table import class_counts, complete_images, image_table

DrawFolder = Callable[..., Path]
FACTS = ["status", "format", "width", "height", "mode", "orientation", "bytes", "hash"]


def draw(file: Path, grey: int = 100) -> str:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 6), (grey, grey, grey)).save(file)
    return str(file)


# --- folders ---------------------------------------------------------------------------------------------------------


def test_class_folders_give_labels(picture_folder: Path) -> None:
    images = image_table(picture_folder)
    assert images["label"].tolist() == ["cat"] * 6 + ["dog"] * 4
    assert images["label"].cat.categories.tolist() == ["cat", "dog"]


def test_every_file_has_its_facts(picture_folder: Path) -> None:
    images = image_table(picture_folder)
    assert images.columns.tolist() == ["path", "label", *FACTS]
    assert set(images["status"]) == {"ok"}
    assert images[["format", "width", "height", "mode"]].drop_duplicates().values.tolist() == [["png", 24, 16, "RGB"]]
    assert images["bytes"].tolist() == [Path(path).stat().st_size for path in images["path"]]
    assert images["hash"].nunique() == 10


def test_paths_stay_as_the_user_gave_them(picture_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(picture_folder.parent)
    assert image_table("pictures")["path"].iloc[0] == "pictures/cat/cat_000.png"
    assert image_table("pictures/")["path"].iloc[0] == "pictures/cat/cat_000.png"
    assert image_table("./pictures")["path"].iloc[0] == "./pictures/cat/cat_000.png"


def test_a_tilde_is_the_home_folder(picture_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(picture_folder.parent))
    images = image_table("~/pictures")
    assert images["path"].iloc[0] == "~/pictures/cat/cat_000.png"
    assert set(images["status"]) == {"ok"}


def test_class_folders_are_read_with_the_folders_below(tmp_path: Path) -> None:
    draw(tmp_path / "cat" / "2017" / "may" / "a.png")
    draw(tmp_path / "dog" / "b.png")
    assert image_table(tmp_path)["label"].tolist() == ["cat", "dog"]


@pytest.mark.parametrize(
    ("folders", "splits"),
    [
        (("train", "test"), ("train", "test")),
        (("Training", "VAL", "testing"), ("train", "validation", "test")),
        (("dev", "TEST_SIMPLE"), ("validation", "test")),
        (("train", "test", "TEST_SIMPLE"), ("train", "test", "test_simple")),
        (("train", "test_easy", "test_hard"), ("train", "test_easy", "test_hard")),
        (("train", "val", "papers"), ("train", "validation", "papers")),
        (("training_set", "test_set"), ("train", "test")),
        (("training_set", "test_set", "single_prediction"), ("train", "test", "single_prediction")),
        (("seg_train", "seg_test", "seg_pred"), ("train", "test", "seg_pred")),
        (("train_data", "valid_data", "test_data"), ("train", "validation", "test")),
        (("Train images", "Test images"), ("train", "test")),
        (("asl-alphabet-train", "asl-alphabet-test"), ("train", "test")),
        (("data.train", "data.dev"), ("train", "validation")),
        (("train2017", "val2017"), ("train", "validation")),
        (("TrainSet", "TestSet"), ("train", "test")),
    ],
)
def test_known_names_of_top_folders_are_splits(
    tmp_path: Path, folders: tuple[str, ...], splits: tuple[str, ...]
) -> None:
    for folder in folders:
        draw(tmp_path / folder / "cat" / "a.png")
    images = image_table(tmp_path)
    assert images["split"].tolist() == list(splits)
    assert images["label"].tolist() == ["cat"] * len(folders)


@pytest.mark.parametrize(
    "folders",
    [
        ("test_tube", "flask"),
        ("test_tube", "train_car", "dev_board"),
        ("training_shoes", "trainers", "tested"),
        ("train_station", "bus_station"),
        ("train_and_test", "test_and_train"),
        ("val_set", "test_set"),
        ("contest", "restrain"),
    ],
)
def test_classes_whose_names_hold_words_of_splits_stay_classes(
    tmp_path: Path, folders: tuple[str, ...], heard: Any
) -> None:
    for folder in folders:
        draw(tmp_path / folder / "may" / "a.png")
    images = image_table(tmp_path)
    assert "split" not in images.columns
    assert images["label"].tolist() == sorted(folders)
    assert heard.remarks == []


def test_joined_names_without_class_folders_below_stay_classes(tmp_path: Path) -> None:
    for folder in ("training_set", "test_set"):
        draw(tmp_path / folder / "a.png")
    assert image_table(tmp_path)["label"].tolist() == ["test_set", "training_set"]
    images = image_table(tmp_path, labels="^(a)")
    assert images["split"].tolist() == ["train", "test"]


def test_joined_names_that_are_taken_for_splits_are_told(tmp_path: Path, heard: Any) -> None:
    for folder in ("training_set", "test_set", "Extra"):
        draw(tmp_path / folder / "cat" / "a.png")
    image_table(tmp_path, progress=False)
    (told,) = heard.remarks
    assert "'test_set' (test)" in told
    assert "'training_set' (train)" in told
    assert "'Extra' (extra)" in told
    assert "`splits = False` takes them for classes" in told
    assert len(image_table(tmp_path, splits=False)["label"].cat.categories) == 3


def test_a_split_folder_that_only_holds_one_of_its_own_name_is_read_through(tmp_path: Path) -> None:
    draw(tmp_path / "seg_train" / "seg_train" / "sea" / "a.png")
    draw(tmp_path / "seg_test" / "seg_test" / "sea" / "b.png")
    draw(tmp_path / "seg_test" / "seg_test" / "street" / "c.png")
    images = image_table(tmp_path)
    assert images["split"].tolist() == ["train", "test", "test"]
    assert images["label"].tolist() == ["sea", "sea", "street"]
    assert images["label"].cat.categories.tolist() == ["sea", "street"]


def test_a_class_folder_that_is_called_like_its_class_is_a_class(tmp_path: Path) -> None:
    draw(tmp_path / "train" / "cat" / "cat" / "a.png")
    draw(tmp_path / "train" / "dog" / "a.png")
    assert image_table(tmp_path)["label"].tolist() == ["cat", "dog"]


def test_classes_that_are_called_like_splits_and_hold_no_folders_are_classes(tmp_path: Path, heard: Any) -> None:
    for folder in ("train", "truck", "bus"):
        draw(tmp_path / folder / "a.png")
    images = image_table(tmp_path, progress=False)
    assert images["label"].tolist() == ["bus", "train", "truck"]
    assert "split" not in images.columns
    assert "taken for classes, 'train' too" in heard.remarks[0]


def test_splits_within_classes_are_told(tmp_path: Path) -> None:
    for folder in ("cat/train", "cat/test", "dog/train", "dog/test"):
        draw(tmp_path / folder / "a.png")
    with pytest.warns(TidycnnWarning, match="within the classes, 'test' and 'train', are named like splits"):
        image_table(tmp_path)


def test_splits_can_be_named(draw_folder: DrawFolder) -> None:
    draw_folder({"cat": 1, "dog": 1}, under="all/A")
    folder = draw_folder({"cat": 2}, under="all/B").parent
    images = image_table(folder, splits={"train": "B", "holdout": "A"})
    assert images[["split", "label"]].values.tolist() == [
        ["train", "cat"],
        ["train", "cat"],
        ["holdout", "cat"],
        ["holdout", "dog"],
    ]


def test_a_named_split_folder_that_is_not_there_is_an_error(picture_folder: Path) -> None:
    with pytest.raises(InputError, match="`splits` names the folders 'TRAIN'"):
        image_table(picture_folder, splits={"train": "TRAIN"})


def test_splits_false_makes_classes_of_top_folders(draw_folder: DrawFolder) -> None:
    folder = draw_folder({"control": 2, "test": 2})
    assert image_table(folder, splits=False)["label"].tolist() == ["control", "control", "test", "test"]


def test_split_folders_without_classes_are_said_to_give_no_labels(draw_folder: DrawFolder) -> None:
    folder = draw_folder({"train": 2, "test": 2})
    with pytest.warns(TidycnnWarning, match=r"4 images outside the class folders .* `splits = False`"):
        assert image_table(folder, levels=["any"])["label"].isna().all()


def test_levels_can_be_given_in_order(picture_folder: Path) -> None:
    assert image_table(picture_folder, levels=["dog", "cat"])["label"].cat.categories.tolist() == ["dog", "cat"]


def test_levels_that_lack_a_class_folder_are_an_error(picture_folder: Path) -> None:
    with pytest.raises(InputError, match="`levels` lacks the class folders 'dog'"):
        image_table(picture_folder, levels=["cat"])


def test_one_class_works(draw_folder: DrawFolder) -> None:
    images = image_table(draw_folder({"cat": 3}))
    assert images["label"].cat.categories.tolist() == ["cat"]


def test_an_empty_class_folder_keeps_its_level_with_a_warning(picture_folder: Path) -> None:
    (picture_folder / "bird").mkdir()
    with pytest.warns(TidycnnWarning, match="Class folders without files: 'bird'"):
        images = image_table(picture_folder)
    assert images["label"].cat.categories.tolist() == ["bird", "cat", "dog"]


def test_a_class_folder_with_broken_files_only_keeps_its_level(picture_folder: Path) -> None:
    (picture_folder / "bird").mkdir()
    (picture_folder / "bird" / "a.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.warns(TidycnnWarning) as said:
        images = image_table(picture_folder)
    assert [str(one.message).split(".")[0] for one in said] == [
        "1 of 11 files cannot be used: 1 truncated",
        "No file of 'bird' can be used",
    ]
    assert images.loc[images["label"] == "bird", "status"].tolist() == ["truncated"]
    assert class_counts(images)["n"].tolist() == [0, 6, 4]


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no files\.\nGive the folder"):
        image_table(tmp_path)


def test_a_folder_that_is_not_there_is_an_error() -> None:
    with pytest.raises(InputError, match="There is no file or folder 'nowhere'"):
        image_table("nowhere")


def test_a_folder_without_class_folders_gives_no_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draw(tmp_path / "a.png")
    images = image_table(tmp_path)
    assert images["label"].isna().all()
    assert len(images["label"].cat.categories) == 0
    assert "no class folders" in capsys.readouterr().err


def test_hidden_files_are_left_out_with_a_warning(picture_folder: Path) -> None:
    draw(picture_folder / "cat" / ".hidden.png")
    (picture_folder / "dog" / "Thumbs.db").write_bytes(b"x")
    draw(picture_folder / "__MACOSX" / "cat" / "a.png")
    with pytest.warns(TidycnnWarning, match=r"3 hidden entries were left out \('__MACOSX', 'cat/\.hidden\.png'"):
        images = image_table(picture_folder)
    assert len(images) == 10
    assert images["label"].cat.categories.tolist() == ["cat", "dog"]


def test_other_files_get_a_row_that_says_what_they_are(picture_folder: Path) -> None:
    (picture_folder / "cat" / "notes.txt").write_text("seen on Monday")
    (picture_folder / "cat" / "nothing.png").touch()
    with pytest.warns(TidycnnWarning, match="2 of 12 files cannot be used: 1 not an image, 1 empty"):
        images = image_table(picture_folder)
    assert images.loc[images["status"] == "not an image", "path"].str.endswith("notes.txt").tolist() == [True]


def test_names_may_have_spaces_accents_and_emoji(tmp_path: Path) -> None:
    draw(tmp_path / "chat noir é" / "deux chats 😀 [1].png")
    draw(tmp_path / "日本語" / "'quoted' \"name\".png")
    images = image_table(tmp_path)
    assert images["label"].tolist() == ["chat noir é", "日本語"]
    assert set(images["status"]) == {"ok"}


def test_200_classes_work(tmp_path: Path) -> None:
    for i in range(200):
        draw(tmp_path / f"class {i:03d}" / "a.png", grey=i)
    assert image_table(tmp_path)["label"].nunique() == 200


def test_10_000_files_work(tmp_path: Path) -> None:
    content = Path(draw(tmp_path / "one.png")).read_bytes()
    (tmp_path / "many" / "cat").mkdir(parents=True)
    for i in range(10_000):
        (tmp_path / "many" / "cat" / f"{i}.png").write_bytes(content)
    images = image_table(tmp_path / "many")
    assert (len(images), set(images["status"])) == (10_000, {"ok"})


def test_links_that_lead_back_end(picture_folder: Path) -> None:
    (picture_folder / "cat" / "again").symlink_to(picture_folder)
    with pytest.warns(TidycnnWarning, match=r"1 link leads back .* \('cat/again'\)"):
        assert len(image_table(picture_folder)) == 10


def test_links_to_other_folders_are_followed(picture_folder: Path, tmp_path: Path) -> None:
    draw(tmp_path / "elsewhere" / "a.png")
    (picture_folder / "bird").symlink_to(tmp_path / "elsewhere")
    assert image_table(picture_folder)["label"].tolist().count("bird") == 1


def test_a_link_to_nothing_is_unreadable(picture_folder: Path) -> None:
    (picture_folder / "cat" / "gone.png").symlink_to("nowhere.png")
    with pytest.warns(TidycnnWarning, match="1 unreadable"):
        images = image_table(picture_folder)
    assert images.loc[images["status"] == "unreadable", "bytes"].isna().tolist() == [True]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_does_not_block(picture_folder: Path) -> None:
    os.mkfifo(picture_folder / "cat" / "pipe")
    with pytest.warns(TidycnnWarning, match="1 unreadable"):
        image_table(picture_folder)


def test_a_file_that_vanishes_after_listing_is_unreadable(
    picture_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_folder = table.list_folder

    def list_and_remove(*args: object, **options: object) -> object:
        listed = list_folder(*args, **options)  # type: ignore[arg-type]
        (picture_folder / "cat" / "cat_003.png").unlink()
        return listed

    monkeypatch.setattr(table, "list_folder", list_and_remove)
    with pytest.warns(TidycnnWarning, match="1 of 10 files cannot be used: 1 unreadable"):
        images = image_table(picture_folder)
    assert images["status"].tolist().index("unreadable") == 3


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read everything")
def test_a_closed_folder_is_said_to_be_left_out(picture_folder: Path) -> None:
    draw(picture_folder / "bird" / "a.png")
    (picture_folder / "bird").chmod(0)
    try:
        with pytest.warns(TidycnnWarning, match="1 folder cannot be opened"):
            image_table(picture_folder)
    finally:
        (picture_folder / "bird").chmod(0o755)


def test_a_read_only_folder_works(picture_folder: Path) -> None:
    for folder in (picture_folder / "cat", picture_folder / "dog", picture_folder):
        folder.chmod(0o555)
    before = sorted(picture_folder.rglob("*"))
    try:
        assert set(image_table(picture_folder)["status"]) == {"ok"}
        assert sorted(picture_folder.rglob("*")) == before
    finally:
        for folder in (picture_folder, picture_folder / "cat", picture_folder / "dog"):
            folder.chmod(0o755)


def draw_named(folder: bytes, *names: bytes) -> None:
    """Draw pictures whose names, or whose folders' names, need not be text."""
    content = io.BytesIO()
    Image.new("RGB", (8, 6)).save(content, "PNG")
    for name in names:
        (Path(os.fsdecode(folder)) / os.fsdecode(name)).parent.mkdir(parents=True, exist_ok=True)
        (Path(os.fsdecode(folder)) / os.fsdecode(name)).write_bytes(content.getvalue())


takes_any_bytes = pytest.mark.skipif(sys.platform != "linux", reason="names are text there")


@takes_any_bytes
def test_names_that_are_no_text_keep_their_bytes_and_give_labels_that_can_be_shown(tmp_path: Path) -> None:
    names = [b"caf\xe9/f\xfcnf.png", b"the\x1b[31m/a\nb.png", "café/é.png".encode()]
    draw_named(os.fsencode(tmp_path), *names)
    images = image_table(tmp_path)
    assert sorted(os.fsencode(path) for path in images["path"]) == sorted(
        os.fsencode(tmp_path) + b"/" + n for n in names
    )
    assert images["label"].cat.categories.tolist() == [r"caf\xe9", "café", r"the\x1b[31m"]
    assert set(images["status"]) == {"ok"}


@takes_any_bytes
def test_splits_and_labels_from_names_can_be_shown_too(tmp_path: Path) -> None:
    draw_named(os.fsencode(tmp_path), b"train/k\xe4se-1.png", b"s\xfcd/rain-1.png")
    images = image_table(tmp_path, "(.+)-1")
    assert images[["split", "label"]].values.tolist() == [["train", r"k\xe4se"], [r"s\xfcd", "rain"]]


def test_a_class_folder_without_files_is_told_without_steering_the_terminal(picture_folder: Path) -> None:
    (picture_folder / "bird\x1b[2J").mkdir()
    with pytest.warns(TidycnnWarning, match=r"Class folders without files: 'bird\\\\x1b\[2J'") as said:
        image_table(picture_folder)
    assert "\x1b" not in str(said[0].message)


def test_a_file_that_is_larger_than_any_picture_is_too_large_and_not_read(picture_folder: Path) -> None:
    os.truncate(picture_folder / "cat" / "cat_000.png", 5_000_000_000)
    with pytest.warns(TidycnnWarning, match="1 too large"):
        images = image_table(picture_folder)
    row = images.iloc[0]
    assert (row["status"], row["format"], row["bytes"], row["hash"]) == ("too large", "png", 5_000_000_000, None)


# --- labels in names -------------------------------------------------------------------------------------------------


def test_labels_are_found_in_names(tmp_path: Path) -> None:
    for name in ("cloudy1.png", "rain12.png", "sunrise3.png"):
        draw(tmp_path / name)
    images = image_table(tmp_path, "^([a-z]+)[0-9]")
    assert images["label"].tolist() == ["cloudy", "rain", "sunrise"]


def test_names_without_a_label_are_counted(tmp_path: Path) -> None:
    draw(tmp_path / "rain1.png")
    draw(tmp_path / "2.png")
    with pytest.warns(TidycnnWarning, match=r"`labels` finds no label in 1 of 2 file names, such as '2\.png'"):
        assert image_table(tmp_path, "^([a-z]+)")["label"].isna().tolist() == [True, False]


def test_labels_in_names_and_splits_in_folders_go_together(tmp_path: Path) -> None:
    draw(tmp_path / "train" / "rain1.png")
    draw(tmp_path / "test" / "sun1.png")
    images = image_table(tmp_path, "^([a-z]+)")
    assert images[["split", "label"]].values.tolist() == [["train", "rain"], ["test", "sun"]]


@pytest.mark.parametrize(("labels", "message"), [("(", "must be a regular"), ("a", "has 0"), ("(a)(b)", "has 2")])
def test_an_expression_without_one_group_is_an_error(picture_folder: Path, labels: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        image_table(picture_folder, labels)


# --- data frames and paths -------------------------------------------------------------------------------------------


def test_a_data_frame_keeps_its_further_columns_behind(tmp_path: Path) -> None:
    x = pd.DataFrame({"patient": [7], "path": [draw(tmp_path / "a.png")], "group": ["p7"], "label": ["cat"]})
    images = image_table(x)
    assert images.columns.tolist() == ["path", "label", "group", *FACTS, "patient"]
    assert images["patient"].tolist() == [7]


def test_a_data_frame_is_not_changed(tmp_path: Path) -> None:
    x = pd.DataFrame({"path": [draw(tmp_path / "a.png")], "label": ["cat"]}, index=[5])
    before = x.copy()
    image_table(x)
    pd.testing.assert_frame_equal(x, before)


def test_a_label_may_hold_a_slash(tmp_path: Path) -> None:
    x = pd.DataFrame({"path": [draw(tmp_path / "a.png")], "label": ["cat/tabby"]})
    assert image_table(x)["label"].cat.categories.tolist() == ["cat/tabby"]


def test_the_order_of_a_categorical_label_is_kept(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.png")
    x = pd.DataFrame({"path": [path, path], "label": pd.Categorical(["a", "b"], categories=["b", "c", "a"])})
    assert image_table(x)["label"].cat.categories.tolist() == ["b", "c", "a"]


def test_missing_labels_stay_missing(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.png")
    assert image_table(pd.DataFrame({"path": [path, path], "label": ["a", None]}))["label"].isna().tolist() == [
        False,
        True,
    ]


def test_a_data_frame_without_rows_works() -> None:
    images = image_table(pd.DataFrame({"path": pd.Series(dtype=object), "label": pd.Series(dtype=object)}))
    assert images.columns.tolist() == ["path", "label", *FACTS]
    assert len(images) == 0


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("status", "healthy", "'status' of `x` must be what is wrong with the file, but it has 'healthy'"),
        ("width", 3.5, "'width' of `x` must be the width of the file, but it has 3.5 where"),
        ("format", "portrait", "'format' of `x` must be the format of the file, but it has 'portrait' where"),
        ("split", 1, r'`x\["split"\]` must be text, but one is 1'),
    ],
)
def test_a_column_with_a_name_of_ours_and_another_meaning_is_an_error(
    tmp_path: Path, column: str, value: object, message: str
) -> None:
    x = pd.DataFrame({"path": [draw(tmp_path / "a.png")], column: [value]})
    with pytest.raises(InputError, match=message):
        image_table(x)


def test_a_folder_that_is_named_for_two_splits_is_an_error(picture_folder: Path) -> None:
    with pytest.raises(InputError, match="`splits` must name every folder once, not"):
        image_table(picture_folder, splits={"train": "cat", "test": "cat"})


def test_a_column_with_a_name_of_ours_and_the_same_meaning_is_taken(tmp_path: Path) -> None:
    x = pd.DataFrame({"path": [draw(tmp_path / "a.png")], "width": [8.0], "format": ["PNG"]})
    assert image_table(x)[["width", "format"]].values.tolist() == [[8, "png"]]


def test_an_images_frame_is_looked_at_again(picture_folder: Path) -> None:
    images = image_table(picture_folder)
    draw(Path(images["path"][0]))
    again = image_table(images)
    assert (images["width"][0], again["width"][0]) == (24, 8)


def test_a_data_frame_without_path_is_an_error() -> None:
    with pytest.raises(InputError, match=r"`x` must have the columns 'path', but it has 'file'\."):
        image_table(pd.DataFrame({"file": ["a.png"]}))


def test_a_column_that_stands_twice_is_an_error() -> None:
    with pytest.raises(InputError, match="has 'path' more than once"):
        image_table(pd.DataFrame([["a", "b"]], columns=["path", "path"]))


class Place(os.PathLike[Any]):
    """An object that stands for a path, as text or as bytes."""

    def __init__(self, path: str | bytes) -> None:
        self.path = path

    def __fspath__(self) -> str | bytes:
        return self.path


@pytest.mark.parametrize("kind", [Path, os.fsencode, Place, lambda path: Place(os.fsencode(path)), np.str_])
def test_paths_may_be_objects_that_stand_for_them(tmp_path: Path, kind: Callable[[str], Any]) -> None:
    path = draw(tmp_path / "a.png")
    images = image_table(pd.DataFrame({"path": [kind(path), path], "label": ["a", "b"]}))
    assert images["path"].tolist() == [path, path]
    assert set(images["status"]) == {"ok"}


def test_paths_may_be_a_categorical(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.png")
    assert image_table(pd.DataFrame({"path": pd.Categorical([path, path])}))["path"].tolist() == [path, path]


@pytest.mark.parametrize("wrong", [7, None, ["a.png"], float("nan")])
def test_what_is_no_path_is_refused_by_name(wrong: object) -> None:
    with pytest.raises(InputError, match=r"`x\[\"path\"\]` must be text"):
        image_table(pd.DataFrame({"path": pd.Series(["a.png", wrong], dtype=object)}))


def test_paths_give_rows_without_labels(tmp_path: Path) -> None:
    paths = [draw(tmp_path / "a.png"), draw(tmp_path / "b.png")]
    assert image_table(paths)["path"].tolist() == paths
    assert image_table(paths[0])["label"].isna().tolist() == [True]
    for given in (Path(paths[0]), Place(paths[0]), Place(os.fsencode(paths[0])), [Place(paths[0])]):
        assert image_table(given)["path"].tolist() == paths[:1]


# --- kept facts ------------------------------------------------------------------------------------------------------


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give a list of the files that are opened."""
    files: list[str] = []
    open_file = _facts._open_file

    def note(file: str, pixels_max: int) -> object:
        files.append(Path(file).name)
        return open_file(file, pixels_max)

    monkeypatch.setattr(_facts, "_open_file", note)
    return files


@pytest.fixture
def settled_folder(picture_folder: Path) -> Path:
    """Give a folder whose files were written an hour ago."""
    for file in picture_folder.rglob("*.png"):
        os.utime(file, (file.stat().st_mtime - 3600,) * 2)
    return picture_folder


def test_a_second_call_opens_nothing_and_says_the_same(settled_folder: Path, opened: list[str]) -> None:
    first = image_table(settled_folder)
    assert len(opened) == 10
    pd.testing.assert_frame_equal(image_table(settled_folder), first)
    assert len(opened) == 10


def test_a_changed_file_is_opened_again(settled_folder: Path, opened: list[str]) -> None:
    image_table(settled_folder)
    opened.clear()
    draw(settled_folder / "cat" / "cat_000.png")
    assert image_table(settled_folder)["width"].tolist()[:2] == [8, 24]
    assert opened == ["cat_000.png"]


def test_pixels_max_holds_for_kept_facts_too(settled_folder: Path) -> None:
    image_table(settled_folder)
    with pytest.warns(TidycnnWarning, match="10 too large"):
        image_table(settled_folder, pixels_max=100)
    assert set(image_table(settled_folder)["status"]) == {"ok"}


def test_the_work_of_a_picture_is_kept_with_its_facts(tmp_path: Path, opened: list[str]) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (900, 900)).save(stream, "JPEG", progressive=True)
    content = stream.getvalue()
    file = tmp_path / "scans.jpg"
    file.write_bytes(content[:-2] + 400 * content[content.rindex(b"\xff\xda") : -2] + content[-2:])
    os.utime(file, (file.stat().st_mtime - 3600,) * 2)
    statuses = []
    for pixels_max in (810_000, 900_000, None, 810_000):
        options = {} if pixels_max is None else {"pixels_max": pixels_max}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", TidycnnWarning)
            statuses += image_table(file, **options)["status"].tolist()  # type: ignore[arg-type]
    assert statuses == ["too large", "too large", "ok", "too large"]
    assert opened == ["scans.jpg"] * 2


def test_a_damaged_file_of_facts_is_replaced(settled_folder: Path, opened: list[str]) -> None:
    cache = Path(os.environ["TIDYCNN_CACHE"]) / _facts._FILE_NAME
    cache.write_bytes(b"this is no database" * 100)
    assert set(image_table(settled_folder)["status"]) == {"ok"}
    image_table(settled_folder)
    opened.clear()
    image_table(settled_folder)
    assert opened == []


def test_a_locked_file_of_facts_does_not_matter(settled_folder: Path) -> None:
    image_table(settled_folder)
    with _facts._kept_facts() as other:
        assert other is not None
        other.execute("BEGIN EXCLUSIVE")
        assert set(image_table(settled_folder)["status"]) == {"ok"}


def test_a_cache_folder_that_cannot_be_made_does_not_matter(
    settled_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("TIDYCNN_CACHE", str(tmp_path / "file" / "below"))
    assert set(image_table(settled_folder)["status"]) == {"ok"}


@pytest.mark.slow
def test_two_processes_at_once_both_answer(settled_folder: Path) -> None:
    code = "import sys, tidycnn; sys.exit(set(tidycnn.image_table(sys.argv[1])['status']) != {'ok'})"
    both = [subprocess.Popen([sys.executable, "-c", code, str(settled_folder)]) for _ in range(2)]
    assert [one.wait() for one in both] == [0, 0]


def test_an_interruption_passes_through_and_keeps_what_was_found(
    settled_folder: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_facts, "_CHUNK_SIZE", 1)
    monkeypatch.setattr(_facts, "processor_count", lambda: 0)
    advance = Task.advance

    def interrupt(self: object, n: int = 1, **options: object) -> None:
        advance(self, n, **options)  # type: ignore[arg-type]
        if n:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Task, "advance", interrupt)
        with pytest.raises(KeyboardInterrupt):
            image_table(settled_folder)
    opened.clear()
    image_table(settled_folder)
    assert len(opened) == 9


def test_progress_counts_every_file(settled_folder: Path) -> None:
    events: list[tuple[object, ...]] = []

    class Record(Silence):
        def start(self, task: int, description: str, total: int, done: int) -> None:
            events.append((description, total))

        def update(self, task: int, done: int, note: str) -> None:
            events.append((done,))

    with listening(Record()):
        image_table(settled_folder)
    assert events[0] == ("Opening images", 10)
    assert events[-1] == (10,)


# --- the other functions ---------------------------------------------------------------------------------------------


def test_class_counts_shares_are_of_the_split(draw_folder: DrawFolder) -> None:
    draw_folder({"cat": 3, "dog": 1}, under="all/train")
    folder = draw_folder({"cat": 1}, under="all/test").parent
    counts = class_counts(image_table(folder))
    assert counts.columns.tolist() == ["label", "split", "n", "share"]
    assert counts.values.tolist() == [
        ["cat", "train", 3, 0.75],
        ["dog", "train", 1, 0.25],
        ["cat", "test", 1, 1.0],
        ["dog", "test", 0, 0.0],
    ]


def test_class_counts_counts_images_without_label_apart() -> None:
    counts = class_counts(pd.DataFrame({"path": ["a", "b", "c"], "label": ["x", None, "x"]}))
    assert counts["label"].isna().tolist() == [False, True]
    assert counts["n"].tolist() == [2, 1]


def test_complete_images_looks_up_missing_facts_only(settled_folder: Path, opened: list[str]) -> None:
    images = image_table(settled_folder)
    opened.clear()
    pd.testing.assert_frame_equal(complete_images(images), images)
    images.loc[3, ["status", "width"]] = None
    draw(Path(images["path"][3]))
    completed = complete_images(images)
    assert completed.loc[[2, 3], ["status", "width"]].values.tolist() == [["ok", 24], ["ok", 8]]
    assert opened == ["cat_003.png"]


def test_complete_images_takes_a_plain_frame(settled_folder: Path) -> None:
    paths = sorted(str(file) for file in settled_folder.rglob("*.png"))
    completed = complete_images(pd.DataFrame({"path": paths, "label": "cat"}))
    assert completed.columns.tolist() == ["path", "label", *FACTS]
    assert set(completed["status"]) == {"ok"}


def test_no_keras_is_loaded() -> None:
    code = "import sys, tidycnn; tidycnn.image_table; tidycnn.split_images; sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_numbers_are_whole_and_may_be_missing(picture_folder: Path) -> None:
    images = image_table(picture_folder)
    assert images[["width", "height", "bytes"]].dtypes.astype(str).tolist() == ["Int64"] * 3
    assert np.issubdtype(class_counts(images)["n"].dtype, np.integer)


# --- files that change -----------------------------------------------------------------------------------------------


def older(folder: Path) -> Path:
    """Let files be old enough that what is known of them is kept."""
    for file in folder.rglob("*.*"):
        os.utime(file, (1_000_000_000, 1_000_000_000))
    return folder


def test_files_that_changed_since_are_told_and_looked_at_anew(tmp_path: Path) -> None:
    for i in range(3):
        draw(tmp_path / "cat" / f"{i}.bmp", grey=i)
    images = image_table(older(tmp_path))
    draw(tmp_path / "cat" / "0.bmp", grey=200)  # Of the same size.
    (tmp_path / "cat" / "1.bmp").write_bytes(b"no picture")
    with pytest.warns(TidycnnWarning, match=r"`images`: 2 files changed since .*, such as '.*cat/0.bmp'"):
        now = table.with_changes(images)
    assert (now["hash"] != images["hash"]).tolist() == [True, True, False]
    assert now["status"].tolist() == ["ok", "not an image", "ok"]


def test_files_that_were_only_touched_or_copied_back_have_not_changed(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    file = Path(draw(tmp_path / "cat" / "0.bmp"))
    images = image_table(older(tmp_path))
    file.touch()
    assert table.with_changes(images) is images
    file.unlink()
    assert table.with_changes(images) is images
    assert not len(recwarn)

"""What splits share: paths, contents, groups."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tidycnn.core.errors import InputError, TidycnnWarning
from tidycnn.splits.audit import audit_splits
from tidycnn.splits.split import split_images

COLUMNS = ["problem", "split_1", "split_2", "images", "groups", "example_1", "example_2"]


def frame(rows: list[tuple[str, str | None, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["path", "split", "hash"])


def test_nothing_shared_gives_no_rows_and_no_warning() -> None:
    audit = audit_splits(frame([("a", "train", "1"), ("b", "test", "2")]))
    assert audit.columns.tolist() == COLUMNS
    assert len(audit) == 0
    assert audit.dtypes[["images", "groups"]].astype(str).tolist() == ["int64", "int64"]


def test_identical_files_are_found() -> None:
    images = frame([("a", "train", "1"), ("b", "train", "1"), ("c", "test", "1"), ("d", "test", "2")])
    with pytest.warns(TidycnnWarning, match="1 content in 'train' and 'test'"):
        audit = audit_splits(images)
    assert audit.values.tolist() == [["identical file", "train", "test", 3, 1, "a", "c"]]


def test_a_path_in_two_splits_is_found_and_is_no_copy_of_itself() -> None:
    with pytest.warns(TidycnnWarning, match="1 file in 'train' and 'test'"):
        audit = audit_splits(frame([("x/a", "train", "1"), ("x/../x/a", "test", "1")]))
    assert audit.values.tolist() == [["shared path", "train", "test", 2, 1, "x/a", "x/../x/a"]]


def test_groups_in_two_splits_are_found() -> None:
    images = frame([("a", "train", "1"), ("b", "validation", "2"), ("c", "test", "3"), ("d", "test", "4")])
    images["group"] = ["g", "g", "g", None]
    with pytest.warns(TidycnnWarning, match="1 group in 'train' and 'validation'; 1 group in 'train' and 'test'"):
        audit = audit_splits(images)
    assert audit[["problem", "split_1", "split_2", "images", "groups"]].values.tolist() == [
        ["shared group", "train", "validation", 2, 1],
        ["shared group", "train", "test", 2, 1],
        ["shared group", "validation", "test", 2, 1],
    ]


def test_examples_share_what_they_are_examples_of() -> None:
    images = frame([("a", "train", "1"), ("b", "train", "2"), ("c", "test", "2"), ("d", "test", "1")])
    with pytest.warns(TidycnnWarning):
        assert audit_splits(images)[["example_1", "example_2"]].values.tolist() == [["a", "d"]]


def test_images_without_a_split_do_not_matter() -> None:
    assert len(audit_splits(frame([("a", "train", "1"), ("b", None, "1"), ("c", "test", "2")]))) == 0


def test_contents_are_looked_up_where_they_are_not_known(picture_folder: Path) -> None:
    content = (picture_folder / "cat" / "cat_000.png").read_bytes()
    (picture_folder / "dog" / "copy.png").write_bytes(content)
    paths = [str(picture_folder / "cat" / "cat_000.png"), str(picture_folder / "dog" / "copy.png")]
    with pytest.warns(TidycnnWarning, match="1 content"):
        audit = audit_splits(pd.DataFrame({"path": paths, "split": ["train", "test"]}))
    assert audit["problem"].tolist() == ["identical file"]


def test_splits_by_group_share_no_group() -> None:
    images = pd.DataFrame({"path": [str(i) for i in range(100)], "hash": [str(i) * 16 for i in range(100, 200)]})
    images["group"] = [f"g{i % 13}" for i in range(100)]
    assert len(audit_splits(split_images(images, seed=1))) == 0


def test_a_frame_without_splits_is_an_error() -> None:
    with pytest.raises(InputError, match=r"`images` has no splits\.\n`split_images\(\)` makes them"):
        audit_splits(pd.DataFrame({"path": ["a"]}))

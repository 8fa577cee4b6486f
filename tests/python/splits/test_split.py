"""Splits of images: shares, groups, chance, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tidycnn.core.errors import InputError, TidycnnWarning
from tidycnn.splits.split import split_images


def frame(**counts: int) -> pd.DataFrame:
    """Make an images frame of some images of each label."""
    labels = [label for label, n in counts.items() for _ in range(n)]
    return pd.DataFrame({"path": [f"{label}/{i}.png" for i, label in enumerate(labels)], "label": labels})


def table_of(images: pd.DataFrame) -> dict[tuple[str, str], int]:
    counts = images.groupby(["label", "split"], observed=True).size()
    return {(str(label), str(split)): int(n) for (label, split), n in counts.items()}


def test_every_label_is_divided_in_the_same_proportions() -> None:
    images = split_images(frame(cat=100, dog=20), seed=1)
    assert table_of(images) == {
        ("cat", "train"): 70,
        ("cat", "validation"): 15,
        ("cat", "test"): 15,
        ("dog", "train"): 14,
        ("dog", "validation"): 3,
        ("dog", "test"): 3,
    }


def test_images_stay_in_their_order_with_split_behind_label() -> None:
    images = frame(cat=20, dog=20).assign(site="north")
    result = split_images(images, seed=1)
    assert result.columns.tolist() == ["path", "label", "split", "site"]
    assert result["path"].tolist() == images["path"].tolist()


def test_the_frame_given_is_not_changed() -> None:
    images = frame(cat=20)
    before = images.copy()
    split_images(images, seed=1)
    pd.testing.assert_frame_equal(images, before)


def test_levels_of_the_label_are_kept() -> None:
    label = pd.Categorical(["a"] * 10, categories=["b", "a"])
    images = split_images(pd.DataFrame({"path": [str(i) for i in range(10)], "label": label}), seed=1)
    assert images["label"].cat.categories.tolist() == ["b", "a"]


def test_splits_may_have_any_names() -> None:
    images = split_images(frame(cat=10), {"here": 0.5, "there": 0.5}, seed=1)
    assert images["split"].value_counts().to_dict() == {"here": 5, "there": 5}


def test_a_share_may_be_zero() -> None:
    images = split_images(frame(cat=10), {"train": 0.8, "validation": 0, "test": 0.2}, seed=1)
    assert set(images["split"]) == {"train", "test"}


def test_the_same_seed_gives_the_same_splits() -> None:
    first, second, other = (split_images(frame(cat=50), seed=seed)["split"].tolist() for seed in (1, 1, 2))
    assert first == second != other


def test_without_a_seed_splits_differ() -> None:
    assert split_images(frame(cat=100))["split"].tolist() != split_images(frame(cat=100))["split"].tolist()


@pytest.mark.parametrize("is_grouped", [False, True])
def test_the_order_of_rows_does_not_matter(is_grouped: bool) -> None:
    images = frame(cat=60, dog=40)
    if is_grouped:
        images["group"] = [f"g{i % 17}" for i in range(100)]
    mixed = images.sample(frac=1, random_state=3)
    splits = [split_images(one, seed=5).set_index("path")["split"] for one in (images, mixed)]
    assert splits[0].to_dict() == splits[1].to_dict()


def test_a_group_is_never_divided() -> None:
    images = frame(cat=300, dog=200).assign(group=[f"g{i % 41}" for i in range(500)])
    assert split_images(images, seed=1).groupby("group")["split"].nunique().max() == 1


def test_groups_may_be_numbers() -> None:
    images = frame(cat=30).assign(group=np.repeat([1.0, 2.0, 3.0], 10))
    assert split_images(images, {"train": 0.7, "test": 0.3}, seed=1).groupby("group")["split"].nunique().max() == 1


def test_images_without_a_group_are_divided_one_by_one() -> None:
    images = frame(cat=40).assign(group=["one"] * 10 + [None] * 30)
    result = split_images(images, {"train": 0.5, "test": 0.5}, seed=1)
    assert result.loc[:9, "split"].nunique() == 1
    assert result["split"].value_counts().tolist() == [20, 20]


def test_group_none_divides_groups() -> None:
    images = frame(cat=40).assign(group="one")
    assert split_images(images, group=None, seed=1)["split"].nunique() == 3


def test_another_column_may_hold_the_groups_and_the_strata() -> None:
    images = frame(cat=60).assign(patient=[i // 5 for i in range(60)], site=["north", "south"] * 30)
    assert split_images(images, group="patient", seed=1).groupby("patient")["split"].nunique().max() == 1
    by_site = split_images(images, {"train": 0.5, "test": 0.5}, by="site", seed=1)
    assert by_site.groupby(["site", "split"]).size().tolist() == [15, 15, 15, 15]


def test_by_none_divides_the_images_as_a_whole() -> None:
    images = split_images(frame(cat=3, dog=3, hen=4), {"train": 0.5, "test": 0.5}, by=None, seed=1)
    assert images["split"].value_counts().tolist() == [5, 5]


def test_a_frame_without_labels_is_divided() -> None:
    images = split_images(pd.DataFrame({"path": [str(i) for i in range(10)]}), {"train": 0.8, "test": 0.2}, seed=1)
    assert images["split"].value_counts().tolist() == [8, 2]


def test_files_that_cannot_be_decoded_get_no_split() -> None:
    images = frame(cat=10).assign(status=["ok"] * 8 + ["truncated", "empty"])
    split = split_images(images, {"train": 0.5, "test": 0.5}, seed=1)["split"]
    assert split.isna().tolist() == [False] * 8 + [True] * 2
    assert split.value_counts().tolist() == [4, 4]


def test_from_divides_those_rows_only() -> None:
    images = frame(cat=30).assign(split=["train"] * 20 + ["test"] * 10)
    result = split_images(images, {"train": 0.8, "validation": 0.2}, from_="train", seed=1)
    assert result["split"].value_counts().to_dict() == {"train": 16, "test": 10, "validation": 4}
    assert set(result.loc[20:, "split"]) == {"test"}


def test_from_takes_the_split_of_files_that_cannot_be_decoded() -> None:
    images = frame(cat=11).assign(split="train", status=["ok"] * 10 + ["empty"])
    split = split_images(images, {"train": 0.8, "validation": 0.2}, from_="train", seed=1)["split"]
    assert split.isna().tolist() == [False] * 10 + [True]


def test_from_may_name_a_categorical_split() -> None:
    images = frame(cat=10).assign(split=pd.Categorical(["train"] * 10, categories=["test", "train"]))
    assert set(split_images(images, {"a": 0.5, "b": 0.5}, from_=["train"], seed=1)["split"]) == {"a", "b"}


def test_a_split_that_gets_none_of_a_label_is_said() -> None:
    with pytest.warns(TidycnnWarning, match=r"split 'validation' has no image of 'dog'; split 'test' has no image"):
        split_images(frame(cat=100, dog=1), seed=1)


def test_existing_splits_are_not_overwritten_by_accident() -> None:
    images = frame(cat=10).assign(split="train")
    with pytest.raises(InputError, match=r"already has the column 'split' with 'train'\.\nName with `from`"):
        split_images(images)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"proportions": {"train": 0.8, "test": 0.3}}, "`proportions` must sum to 1, not 1.1"),
        ({"proportions": {"train": 1.2, "test": -0.2}}, "`proportions` must be between 0 and 1, not 1.2"),
        ({"proportions": {"train": float("nan")}}, "`proportions` must be between 0 and 1, not nan"),
        ({"proportions": {}}, "`proportions` must sum to 1, not 0"),
        ({"proportions": [0.8, 0.2]}, r"`proportions` must be named values \(each a number\)"),
        ({"proportions": {"": 1.0}}, "`proportions` must name every split"),
        ({"by": "species"}, "`by` must name a column of `images`, not 'species'"),
        ({"group": "photo"}, "`group` must name a column of `images`, not 'photo'"),
        ({"from_": "train"}, "`from` names splits, but `images` has none"),
        ({"seed": -1}, "`seed` must be a whole number from 0"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        split_images(frame(cat=10), **arguments)  # type: ignore[arg-type]


def test_from_must_be_a_split_that_there_is() -> None:
    with pytest.raises(InputError, match="`from` names 'training', but the splits are 'train'"):
        split_images(frame(cat=10).assign(split="train"), from_="training")


def test_from_must_not_add_to_a_split_that_stays() -> None:
    images = frame(cat=30).assign(split=["train"] * 20 + ["test"] * 10)
    with pytest.raises(InputError, match="`proportions` names 'test', but images outside `from` are in that split"):
        split_images(images, from_="train")


def test_a_frame_without_usable_images_is_an_error() -> None:
    with pytest.raises(InputError, match="no image that can be divided, in 2 rows"):
        split_images(frame(cat=2).assign(status="empty"))


def test_a_single_image_goes_where_the_share_is_largest() -> None:
    with pytest.warns(TidycnnWarning, match="too few"):
        assert split_images(frame(cat=1), seed=1)["split"].tolist() == ["train"]

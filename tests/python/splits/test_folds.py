"""Folds of images: shares, groups, repetitions."""

from __future__ import annotations

import pandas as pd
import pytest

from tidycnn.core.errors import InputError, TidycnnWarning
from tidycnn.splits.folds import vfold_images


def frame(**counts: int) -> pd.DataFrame:
    labels = [label for label, n in counts.items() for _ in range(n)]
    return pd.DataFrame({"path": [f"{label}/{i}.png" for i, label in enumerate(labels)], "label": labels})


def test_every_fold_gets_its_share_of_every_label() -> None:
    images = vfold_images(frame(cat=50, dog=10), 5, seed=1)
    assert images.groupby(["label", "fold"], observed=True).size().tolist() == [10] * 5 + [2] * 5


def test_folds_are_numbered_from_1() -> None:
    fold = vfold_images(frame(cat=30), 3, seed=1)["fold"]
    assert sorted(set(fold)) == [1, 2, 3]
    assert str(fold.dtype) == "Int64"


def test_images_stay_in_their_order() -> None:
    images = frame(cat=30)
    assert vfold_images(images, seed=1)["path"].tolist() == images["path"].tolist()


def test_a_group_stays_in_one_fold() -> None:
    images = frame(cat=100, dog=100).assign(group=[f"g{i % 23}" for i in range(200)])
    assert vfold_images(images, seed=1).groupby("group")["fold"].nunique().max() == 1


def test_no_fold_is_off_by_more_than_half_the_largest_group() -> None:
    images = frame(cat=210, dog=190).assign(group=[f"g{int(i**0.7)}" for i in range(400)])
    counts = vfold_images(images, 4, seed=1).groupby(["label", "fold"], observed=True).size()
    largest = images.groupby(["label", "group"]).size().groupby("label").max()
    for label, n in (("cat", 210), ("dog", 190)):
        assert (counts[label] - n / 4).abs().max() <= largest[label] / 2


def test_repetitions_are_divided_anew() -> None:
    images = vfold_images(frame(cat=30), 3, repeats=2, seed=1)
    assert images["repetition"].tolist() == [1] * 30 + [2] * 30
    first, second = (images.loc[images["repetition"] == i, "fold"].tolist() for i in (1, 2))
    assert sorted(first) == sorted(second) == [1] * 10 + [2] * 10 + [3] * 10
    assert first != second


def test_the_first_repetition_does_not_depend_on_the_others() -> None:
    once, twice = (vfold_images(frame(cat=30), 3, repeats=n, seed=1)["fold"].tolist() for n in (1, 2))
    assert twice[:30] == once


def test_the_same_seed_gives_the_same_folds() -> None:
    first, second, other = (vfold_images(frame(cat=30), seed=seed)["fold"].tolist() for seed in (1, 1, 2))
    assert first == second != other


def test_from_leaves_other_splits_without_a_fold() -> None:
    images = frame(cat=30).assign(split=["train"] * 20 + ["test"] * 10)
    assert vfold_images(images, from_="train", seed=1)["fold"].isna().tolist() == [False] * 20 + [True] * 10


def test_images_of_the_test_split_in_the_folds_are_said() -> None:
    images = frame(cat=30).assign(split=["train"] * 20 + ["test"] * 10)
    with pytest.warns(TidycnnWarning, match='Images of the split "test" are in the folds too'):
        assert vfold_images(images, seed=1)["fold"].notna().all()


def test_files_that_cannot_be_decoded_get_no_fold() -> None:
    images = frame(cat=11).assign(status=["ok"] * 10 + ["empty"])
    assert vfold_images(images, seed=1)["fold"].isna().tolist() == [False] * 10 + [True]


def test_a_label_that_does_not_go_round_is_said() -> None:
    with pytest.warns(TidycnnWarning, match="fold '[1-5]' has no image of 'dog'"):
        vfold_images(frame(cat=50, dog=4), seed=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"v": 1}, "`v` must be a whole number of at least 2, not 1"),
        ({"v": 11}, "`v` must be at most the number of images, or of groups where there are any: 10, not 11"),
        ({"repeats": 0}, "`repeats` must be a whole number of at least 1, not 0"),
        ({"v": 2.5}, "`v` must be a whole number, not 2.5"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        vfold_images(frame(cat=10), **arguments)  # type: ignore[arg-type]


def test_existing_folds_are_not_overwritten_by_accident() -> None:
    with pytest.raises(InputError, match="already has the column 'fold'"):
        vfold_images(vfold_images(frame(cat=10), seed=1))


def test_a_column_of_the_users_is_not_overwritten() -> None:
    with pytest.raises(InputError, match="already has the column 'repetition'"):
        vfold_images(frame(cat=10).assign(repetition="first"), repeats=2, seed=1)

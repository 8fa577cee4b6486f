"""What a missing group means."""

from __future__ import annotations

import pandas as pd
import pytest

from tidycnn.core.groups import group_codes, group_names, grouping_column, has_groups

NOT_GIVEN = [None, float("nan"), pd.NA]


def images_in(groups: list[object]) -> pd.DataFrame:
    return pd.DataFrame({"path": [str(i) for i in range(len(groups))], "group": pd.Series(groups, dtype=object)})


def test_groups_are_there_when_one_row_has_one() -> None:
    assert has_groups(images_in([None, "a", None]))
    assert not has_groups(images_in([None, None]))
    assert not has_groups(pd.DataFrame({"path": ["a"]}))


@pytest.mark.parametrize("missing", NOT_GIVEN)
def test_an_image_without_a_group_is_a_group_of_its_own_where_images_are_divided(missing: object) -> None:
    images = images_in(["b", missing, "a", "b", missing])
    assert group_codes(images, "group", without="alone").tolist() == [0, 2, 1, 0, 3]


@pytest.mark.parametrize("missing", NOT_GIVEN)
def test_an_image_without_a_group_is_in_none_where_groups_are_counted(missing: object) -> None:
    images = images_in(["b", missing, "a", "b", missing])
    assert group_codes(images, "group", without="left out").tolist() == [0, -1, 1, 0, -1]


def test_without_a_column_every_image_is_alone_or_in_no_group() -> None:
    assert group_codes(images_in(["a", "a"]), None, without="alone").tolist() == [0, 1]
    assert group_codes(images_in(["a", "a"]), None, without="left out").tolist() == [-1, -1]


def test_a_column_that_is_all_missing_groups_nothing() -> None:
    assert grouping_column(images_in([None, None]), "group", "images") is None
    assert grouping_column(images_in([None, "a"]), "group", "images") == "group"


@pytest.mark.parametrize("groups", [[1, 2], [1.0, 2.0], ["1", "2"], pd.Categorical([1, 2])])
def test_a_number_is_the_same_group_however_it_is_written(groups: object) -> None:
    assert group_names(pd.DataFrame({"group": groups})).tolist() == ["1", "2"]

"""Grouped frames: each group has its answer, or the frame is refused by name."""

from __future__ import annotations

import inspect
import typing
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tidycnn
from tidycnn.core.errors import InputError, TidycnnWarning
from tidycnn.wire.decode import decode

BY_GROUP = ["score_predictions", "confusion_matrix", "classification_report", "class_counts"]


@pytest.fixture
def predictions() -> pd.DataFrame:
    """Give 12 predictions of two sites; the north has no dog."""
    frame = pd.DataFrame({"path": [f"{i}.png" for i in range(12)], "site": ["south", "north", "south"] * 4})
    frame["label"] = np.where(frame["site"] == "north", "cat", ["cat", "dog"] * 6)
    frame[".pred_class"] = ["cat", "cat", "dog", "dog"] * 3
    return frame


def answered(name: str, frame: Any) -> pd.DataFrame:
    options = {"seed": 1, "metrics": ["accuracy", "recall"]} if name == "score_predictions" else {}
    found: pd.DataFrame = getattr(tidycnn, name)(frame, **options)
    return found


@pytest.mark.filterwarnings("ignore::tidycnn.core.errors.TidycnnWarning")
@pytest.mark.parametrize("name", BY_GROUP)
@pytest.mark.parametrize("keys", ["site", ["site"]])
def test_each_group_has_the_answer_of_its_rows(predictions: pd.DataFrame, name: str, keys: Any) -> None:
    levels = {column: pd.Categorical(predictions[column]) for column in ("label", ".pred_class")}
    known = predictions.assign(**levels)
    found = answered(name, predictions.groupby(keys))
    assert found.columns[0] == "site"
    for site in ("north", "south"):
        alone = answered(name, known[known["site"] == site])
        part = found[found["site"] == site].drop(columns="site").reset_index(drop=True)
        pd.testing.assert_frame_equal(part, alone)


@pytest.mark.filterwarnings("ignore::tidycnn.core.errors.TidycnnWarning")
def test_groups_may_be_of_several_columns_and_missing(predictions: pd.DataFrame) -> None:
    frame = predictions.assign(year=pd.array([2020, None, 2021] * 4, dtype="Int64"))
    frame["site"] = pd.Categorical(frame["site"], categories=["south", "west", "north"])
    found = tidycnn.class_counts(frame.groupby(["site", "year"], dropna=False, observed=False))
    assert found.columns.tolist()[:2] == ["site", "year"]
    assert found["site"].cat.categories.tolist() == ["south", "west", "north"]
    groups = found[["site", "year"]].drop_duplicates()
    assert groups["site"].tolist() == ["south", "south", "north"]
    assert groups["year"].fillna(0).tolist() == [2020, 2021, 0]


def test_counts_by_split_have_the_column_once(predictions: pd.DataFrame) -> None:
    frame = predictions.assign(split=["train", "test"] * 6)
    found = tidycnn.class_counts(frame.groupby("split"))
    assert found.columns.tolist() == ["split", "label", "n", "share"]
    assert found["n"].sum() == 12


def test_what_is_said_of_groups_names_them(predictions: pd.DataFrame) -> None:
    frame = predictions.assign(label=predictions["label"].where(predictions.index != 1))
    with pytest.warns(TidycnnWarning, match="In the group site = 'north': `predictions`: 1 of 4 images left out"):
        tidycnn.confusion_matrix(frame.groupby("site"))
    frame["label"] = frame["label"].where(frame["site"] == "north")
    with pytest.raises(InputError, match="In the group site = 'south': `predictions` must have at least one row"):
        tidycnn.confusion_matrix(frame.groupby("site"))


def test_a_comparison_of_models_says_once_what_it_says_of_each_with_other_numbers() -> None:
    models = pd.DataFrame(
        {
            "model": ["small"] * 80 + ["deep"] * 80,
            "label": (["a"] * 40 + ["b"] * 40) * 2,
            ".pred_class": ["a"] * 30 + ["b"] * 50 + ["a"] * 22 + ["b"] * 58,
        }
    )
    with pytest.warns(TidycnnWarning) as caught:
        tidycnn.score_predictions(models.groupby("model", sort=False), ["accuracy"])
    assert [str(warning.message).split(":")[0] for warning in caught] == [
        "In the group model = 'small' (and alike in model = 'deep')"
    ]


@pytest.mark.parametrize(
    ("grouped", "message"),
    [
        (lambda frame: frame.groupby("label"), "`images` is grouped by 'label', which is a column of the answer too"),
        (lambda frame: frame.groupby(lambda row: row > 1), "`images` must be grouped by columns, not by"),
        (lambda frame: frame.groupby(frame["site"].str[0]), "`images` must be grouped by columns, not by"),
        (lambda frame: frame.iloc[:0].groupby("site"), "`images` must have at least one group"),
    ],
)
def test_groups_that_make_no_sense_are_refused(predictions: pd.DataFrame, grouped: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        tidycnn.class_counts(grouped(predictions))


def takers() -> list[tuple[str, str]]:
    """Give each public function with an argument that may be a frame, and that argument."""
    found = []
    for name in tidycnn.__all__:
        function = getattr(tidycnn, name)
        if inspect.isfunction(function) and name not in BY_GROUP:
            hints = typing.get_type_hints(function)
            found += [(name, key) for key in inspect.signature(function).parameters if "DataFrame" in str(hints[key])]
    return found


@pytest.mark.parametrize(("name", "argument"), takers())
def test_every_other_function_refuses_a_grouped_frame_by_name(
    predictions: pd.DataFrame, make_model: Any, name: str, argument: str
) -> None:
    function = getattr(tidycnn, name)
    model = make_model()
    given: dict[str, Any] = {"model": model, "base": model, "classifier": tidycnn.as_classifier(model, ["cat", "dog"])}
    needed = [key for key, known in inspect.signature(function).parameters.items() if known.default is known.empty]
    arguments = {key: given.get(key, predictions) for key in needed} | {argument: predictions.groupby("site")}
    with pytest.raises(InputError, match=f"`{argument}` must not be grouped, but it is grouped by 'site'"):
        function(**arguments)


def test_a_frame_that_dplyr_grouped_is_a_grouped_one() -> None:
    column = {"type": "integer", "n": 2, "data": np.array([1, 2], np.int32).tobytes()}
    message = {"type": "frame", "names": b"a\0b\0", "columns": [column, column], "n": 2}
    assert isinstance(decode({**message, "groups": None}), pd.DataFrame)
    grouped = decode({**message, "groups": b"b\0"})
    assert (grouped.keys, grouped.ngroups) == (["b"], 2)


def test_rows_without_a_key_are_in_no_group_as_in_pandas():
    frame = pd.DataFrame({"label": list("ab") * 4, ".pred_class": list("ab") * 4, "site": ["x", None] * 4})
    assert set(tidycnn.confusion_matrix(frame.groupby("site"))["site"]) == {"x"}
    assert tidycnn.confusion_matrix(frame.groupby("site", dropna=False))["n"].sum() == len(frame)

import numpy as np
import pandas as pd
import pytest

from tidycnn.core.errors import InputError, speaking
from tidycnn.core.frames import (
    NA_REAL,
    as_images,
    as_labels,
    check_columns,
    chosen_column,
    frame_kind,
    in_label_order,
    is_missing_real,
    levels_of,
    prediction_columns,
    usable_rows,
)


def images_frame(**columns):
    return pd.DataFrame({"path": ["a.png", "b.png", "c.png"], **columns})


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        (["path"], "images"),
        (["path", "label", "mine"], "images"),
        (["path", "label", ".pred_class", ".pred_cat"], "predictions"),
        (["label", ".pred_class", "n", "share"], "confusion"),
        (["label", "split", "n", "share"], "counts"),
        ([".metric", ".estimate"], "scores"),
        (["stage", "epoch", "data", "metric", "value"], "history"),
        (["layer", "type", "output_shape", "parameters", "kernel"], "layers"),
        (["problem", "split_1", "split_2"], "audit"),
        (["mine"], None),
    ],
)
def test_the_kind_of_a_frame_is_told_from_its_columns(columns, kind):
    assert frame_kind(pd.DataFrame(columns=columns)) == kind


def test_missing_columns_are_named_with_the_function_that_makes_them():
    with pytest.raises(InputError, match="`images` must have the columns 'path', but it has 'file'") as caught:
        check_columns(pd.DataFrame({"file": []}), ["path"], "images", made_by="image_table()")
    assert caught.value.hint == "`image_table()` gives such a frame."


def test_text_becomes_labels_in_sorted_order():
    assert list(as_labels(["dog", "cat", "dog"], argument="label").categories) == ["cat", "dog"]


def test_a_factor_keeps_its_order_and_its_unused_levels():
    labels = pd.Series(pd.Categorical(["dog"], categories=["dog", "cat"]))
    assert list(as_labels(labels, argument="label").categories) == ["dog", "cat"]


def test_levels_that_are_given_rule_the_order():
    assert list(as_labels(["cat"], ["dog", "cat"], argument="label").categories) == ["dog", "cat"]


def test_whole_numbers_become_labels_without_a_decimal_point():
    assert as_labels([0.0, 1.0, 10.0], argument="label").tolist() == ["0", "1", "10"]


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA])
def test_a_missing_label_stays_missing(missing):
    labels = as_labels(["cat", missing], argument="label")
    assert labels.isna().tolist() == [False, True]
    assert list(labels.categories) == ["cat"]


@pytest.mark.parametrize("number", [str, int, float, np.int8])
def test_whole_numbers_are_sorted_by_value_and_all_else_as_text(number):
    labels = [number(i) for i in (10, 2, 0, -1)]
    assert list(as_labels(labels, argument="label").categories) == ["-1", "0", "2", "10"]
    assert in_label_order(["b", "10", "B", "9", "1.5", "09"]) == ["09", "9", "10", "1.5", "B", "b"]


@pytest.mark.parametrize(("language", "levels"), [("python", ["False", "True"]), ("r", ["FALSE", "TRUE"])])
def test_truth_values_are_spelled_in_the_language_of_the_user(language, levels):
    with speaking(language):
        for values in ([True, None, False], pd.Series([True, None, False], dtype="boolean")):
            assert list(as_labels(values, argument="label").categories) == levels
    other = ["TRUE", "FALSE"] if language == "python" else ["True", "False"]
    with speaking(language):
        assert list(as_labels([True, False], other, argument="label")) == other


def test_a_label_that_is_no_level_is_refused():
    with pytest.raises(InputError, match="`label` has the labels 'bird'"):
        as_labels(["cat", "bird"], ["cat", "dog"], argument="label")


def test_images_get_a_range_index_and_labels_as_categories():
    given = images_frame(label=["dog", "cat", "dog"]).iloc[[2, 0]]
    images = as_images(given)
    assert images.index.tolist() == [0, 1]
    assert levels_of(images) == ["dog"]
    assert given.index.tolist() == [2, 0]


def test_a_frame_without_path_is_refused():
    with pytest.raises(InputError, match="must have the columns 'path'"):
        as_images(pd.DataFrame({"label": ["cat"]}))


@pytest.mark.parametrize("path", [None, float("nan"), pd.NA])
def test_a_missing_path_is_refused(path):
    with pytest.raises(InputError, match=r'`images\["path"\]` must be text in every row, but it is missing in 1 row'):
        as_images(pd.DataFrame({"path": ["a.png", path]}))


@pytest.mark.parametrize("column", ["path", "split", "status"])
def test_a_number_where_text_belongs_is_refused(column):
    images = images_frame().assign(**{column: [None, 3, 3]} if column != "path" else {column: 3})
    with pytest.raises(InputError, match=rf'`images\["{column}"\]` must be text, but one is 3'):
        as_images(images)


def test_rows_are_usable_where_nothing_is_wrong_or_nothing_is_known():
    assert usable_rows(images_frame(status=["ok", "truncated", None])).tolist() == [True, False, True]
    assert usable_rows(images_frame()).tolist() == [True, True, True]


def test_a_default_column_may_be_absent_and_any_other_not():
    images = images_frame(photo=["x", "x", "y"])
    assert chosen_column(images, "group", "group", default="group") is None
    assert chosen_column(images, None, "group", default="group") is None
    assert chosen_column(images, "photo", "group", default="group") == "photo"
    with pytest.raises(InputError, match="`group` must name a column of `images`, not 'patient'"):
        chosen_column(images, "patient", "group", default="group")


def test_columns_of_probabilities_bear_the_level():
    assert prediction_columns(["cat", "a b"]) == [".pred_cat", ".pred_a b"]


def test_the_missing_number_of_r_has_its_payload_and_survives_a_frame():
    bits = pd.Series([NA_REAL, 1.0]).to_numpy().view(np.uint64)
    assert bits[0] & np.uint64(0xFFFFFFFF) == 1954


def test_a_missing_number_is_told_from_what_is_no_number():
    assert is_missing_real(np.array([[1.0, np.nan], [NA_REAL, np.inf]])).tolist() == [[False, False], [True, False]]

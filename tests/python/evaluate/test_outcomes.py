from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tidycnn.core.errors import InputError, TidycnnWarning
from tidycnn.evaluate._outcomes import read_outcomes


def test_rows_that_cannot_be_scored_are_left_out_and_counted(predictions):
    predictions.loc[0, "label"] = None
    predictions.loc[1, ".pred_class"] = None
    predictions.loc[2, ".pred_owl"] = np.nan
    with pytest.warns(TidycnnWarning) as told:
        assert read_outcomes(predictions).n == 6
    assert [str(each.message) for each in told] == [
        "`predictions`: 3 of 9 images left out (2 without a prediction, 1 without a label)."
    ]


def test_rows_that_lack_several_things_are_counted_once(predictions):
    predictions.loc[0, ["label", ".pred_class", ".pred_owl"]] = None
    grouped = predictions.assign(group=[None, None, *"abcdefg"])
    with pytest.warns(TidycnnWarning, match=r"2 of 9 images left out \(1 without a label, 1 without a group\)"):
        assert read_outcomes(grouped, group="group").n == 7


@pytest.mark.parametrize(
    ("column", "group", "needed"),
    [("label", None, "a label and a prediction"), ("group", "group", "a label, a prediction and a value in 'group'")],
)
def test_nothing_to_score_is_an_error(predictions, column, group, needed):
    with pytest.raises(InputError, match=f"`predictions` must have at least one row with {needed}"):
        read_outcomes(predictions.assign(**{column: None}), group=group)


def test_plain_text_takes_its_levels_from_the_probabilities(predictions):
    plain = predictions.assign(label=predictions["label"].astype(str), **{".pred_class": "dog"})
    turned = plain[["label", ".pred_class", ".pred_owl", ".pred_dog", ".pred_cat"]]
    assert read_outcomes(turned).levels == ["owl", "dog", "cat"]


def test_whole_numbers_are_labels(predictions):
    numbered = pd.DataFrame({"label": [0, 1, 1], ".pred_class": [0, 1, 0], ".pred_0": [1, 0, 1], ".pred_1": [0, 1, 0]})
    assert read_outcomes(numbered).truth.tolist() == [0, 1, 1]


def test_levels_of_the_model_that_the_truth_lacks_are_kept(predictions):
    part = predictions[predictions["label"] != "owl"]
    part = part.assign(label=part["label"].cat.remove_unused_categories())
    assert read_outcomes(part).levels == ["cat", "dog", "owl"]


def test_a_level_that_no_row_has_needs_no_probability(predictions):
    more = predictions.assign(label=predictions["label"].cat.add_categories("emu"))
    assert read_outcomes(more).levels == ["cat", "dog", "owl"]


def test_without_probabilities_answers_add_levels():
    plain = pd.DataFrame({"label": ["a", "b"], ".pred_class": ["a", "c"]})
    assert read_outcomes(plain).levels == ["a", "b", "c"]


def test_a_label_without_probability_is_named(predictions):
    with pytest.raises(InputError, match=r"images labelled 'owl', but no column '\.pred_owl'"):
        read_outcomes(predictions.drop(columns=".pred_owl"))


def test_an_answer_without_probability_is_named(predictions):
    plain = predictions.astype({".pred_class": str}).replace({".pred_class": {"owl": "eagle"}})
    with pytest.raises(InputError, match=r"predictions\[.\.pred_class.\].* has the labels 'eagle'"):
        read_outcomes(plain)


def test_probabilities_that_do_not_sum_to_one_are_refused(predictions):
    with pytest.raises(InputError, match=r"sum to 1 in every row, but those of '0\.jpg' are 1\.0, 0\.5 and 0\.5"):
        read_outcomes(predictions.assign(**{c: predictions[c] * 2 for c in predictions.columns[3:]}))


def test_probabilities_that_are_rounded_are_taken(predictions):
    read_outcomes(predictions.assign(**{".pred_cat": predictions[".pred_cat"] + 0.004}))


def test_probabilities_that_are_text_are_refused(predictions):
    with pytest.raises(InputError, match=r"numbers in the columns '\.pred_cat'"):
        read_outcomes(predictions.astype({".pred_cat": str}))


def test_a_frame_without_rows_is_refused(predictions):
    with pytest.raises(InputError, match="at least one row"):
        read_outcomes(predictions.head(0))


def test_the_frame_is_left_as_it_was(predictions):
    before = predictions.copy()
    read_outcomes(predictions)
    pd.testing.assert_frame_equal(predictions, before)

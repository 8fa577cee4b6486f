"""Differences between models are judged by the same images for both."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tidycnn.core.errors import InputError
from tidycnn.evaluate.compare import compare_predictions, spell_comparison
from tidycnn.evaluate.metrics import score_predictions

pytestmark = pytest.mark.filterwarnings("ignore::tidycnn.core.errors.TidycnnWarning")
LEVELS = ["cat", "dog"]


def answers(is_right: list[bool], **columns: object) -> pd.DataFrame:
    """Give predictions of cats, right or wrong."""
    frame = pd.DataFrame(
        {
            "path": [f"{i}.jpg" for i in range(len(is_right))],
            "label": pd.Categorical(["cat"] * len(is_right), LEVELS),
            ".pred_class": pd.Categorical(["cat" if right else "dog" for right in is_right], LEVELS),
        }
    )
    return frame.assign(**columns)


def row_of(comparison: pd.DataFrame, model: str, metric: str = "accuracy") -> pd.Series:
    return comparison[(comparison["model"] == model) & (comparison[".metric"] == metric)].iloc[0]


def test_the_interval_of_accuracies_is_that_of_paired_shares():
    first = answers([True] * 36 + [True] * 12 + [False] * 2)
    second = answers([True] * 36 + [False] * 12 + [True] * 2)
    row = row_of(compare_predictions({"first": first, "second": second}, ["accuracy"], seed=1), "second")
    # Newcombe (1998), table II: 36, 12, 2 and 0 pairs give 0.0569 to 0.3404.
    assert row[".difference"] == pytest.approx(-0.2)
    assert (row[".difference_lower"], row[".difference_upper"]) == (
        pytest.approx(-0.3404, abs=5e-5),
        pytest.approx(-0.0569, abs=5e-5),
    )


def test_the_best_differs_by_nothing_and_has_no_interval(predictions):
    worse = predictions.assign(**{".pred_class": predictions[".pred_class"].cat.categories[0]})
    worse[".pred_class"] = pd.Categorical(worse[".pred_class"], predictions[".pred_class"].cat.categories)
    row = row_of(compare_predictions({"worse": worse, "better": predictions}, ["accuracy"], seed=1), "better")
    assert row[".difference"] == 0
    assert np.isnan(row[".difference_lower"])


def test_the_scores_are_those_of_score_predictions(draw_predictions):
    first, second = draw_predictions(80, 3, seed=1), draw_predictions(80, 3, seed=1)
    comparison = compare_predictions({"first": first, "second": second}, ["accuracy", "f1"], seed=3)
    alone = score_predictions(first, ["accuracy", "f1"], seed=3)
    found = comparison[comparison["model"] == "first"][alone.columns.tolist()].reset_index(drop=True)
    pd.testing.assert_frame_equal(found, alone)


def test_what_is_hard_for_both_is_no_difference():
    """Both are wrong on 90 of 200 images, and differ on 6: alone their intervals overlap widely."""
    hard = [False] * 90
    first, second = answers([*hard, *[True] * 110]), answers([*hard, *[False] * 6, *[True] * 104])
    comparison = compare_predictions({"first": first, "second": second}, ["accuracy"], seed=1)
    assert row_of(comparison, "first")[".lower"] < row_of(comparison, "second")[".upper"]
    assert row_of(comparison, "second")[".difference_upper"] < 0
    assert spell_comparison(comparison).startswith("'first' is best by accuracy")


def test_copies_in_groups_tell_no_more_than_their_groups():
    """Six of twelve copies differ, of one photograph: alone they would tell the models apart."""
    group = [f"photograph {i // 12}" for i in range(120)]
    first, second = answers([True] * 120, group=group), answers([False] * 6 + [True] * 114, group=group)
    asked = {"first": first, "second": second}
    assert row_of(compare_predictions(asked, ["accuracy"], group=None, seed=1), "second")[".difference_upper"] < 0
    grouped = compare_predictions(asked, ["accuracy"], seed=1)
    assert row_of(grouped, "second")[".difference_upper"] > 0
    assert "10 groups of 120 images cannot tell 'first' and 'second' apart by accuracy" in spell_comparison(grouped)


def test_of_a_loss_the_lowest_is_the_best(draw_predictions):
    sure = draw_predictions(60, 2, seed=1)
    columns = [name for name in sure.columns if name.startswith(".pred_class ")]
    unsure = sure.assign(**{name: 0.9 * sure[name] + 0.05 for name in columns})
    comparison = compare_predictions({"sure": sure, "unsure": unsure}, ["log_loss"], seed=1)
    best = comparison.loc[comparison[".estimate"].idxmin(), "model"]
    assert row_of(comparison, best, "log_loss")[".difference"] == 0
    assert (comparison[comparison["model"] != best][".difference"] > 0).all()


def test_the_same_answers_cannot_be_told_apart(predictions):
    comparison = compare_predictions({"first": predictions, "second": predictions}, ["f1"], seed=1)
    assert comparison[".difference"].tolist() == [0.0] * len(comparison)
    assert "cannot tell 'first' and 'second' apart by f1" in spell_comparison(comparison)


def test_neither_order_of_rows_nor_of_models_changes_an_interval(draw_predictions):
    first, second = draw_predictions(70, 3, seed=1), draw_predictions(70, 3, seed=1)
    second[".pred_class"] = second[".pred_class"].sample(frac=1, random_state=1).array
    one = compare_predictions({"first": first, "second": second}, ["f1"], seed=2)
    turned = {"second": second.iloc[::-1], "first": first.iloc[::-1]}
    other = compare_predictions(turned, ["f1"], seed=2)
    for model in ("first", "second"):
        pair = [frame[frame["model"] == model].reset_index(drop=True) for frame in (one, other)]
        pd.testing.assert_frame_equal(*pair)


def test_an_image_that_one_cannot_predict_is_left_out_of_all(predictions):
    lacking = predictions.copy()
    lacking.loc[0, [name for name in lacking.columns if name.startswith(".pred_")]] = None
    with pytest.warns(UserWarning, match="1 of 9 images left out"):
        comparison = compare_predictions({"whole": predictions, "lacking": lacking}, ["accuracy"], seed=1)
    assert comparison[".n"].tolist() == [8, 8]


def test_predictions_of_other_images_are_refused(predictions):
    with pytest.raises(InputError, match="'a' and 'b' predict other images"):
        compare_predictions({"a": predictions, "b": predictions.iloc[::-1]}, ["accuracy"])

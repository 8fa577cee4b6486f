from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as reference

from tidycnn.evaluate.confusion import classification_report, confusion_matrix


def test_every_pair_of_levels_has_a_row(predictions):
    counts = confusion_matrix(predictions)
    assert counts["n"].tolist() == [3, 0, 0, 0, 2, 1, 1, 0, 2]


def test_the_columns_are_those_of_the_contract(predictions):
    assert confusion_matrix(predictions).columns.tolist() == ["label", ".pred_class", "n", "share"]


def test_both_sides_keep_the_levels(predictions):
    counts = confusion_matrix(predictions)
    assert counts["label"].cat.categories.tolist() == ["cat", "dog", "owl"]
    assert counts[".pred_class"].cat.categories.tolist() == ["cat", "dog", "owl"]


def test_shares_are_of_the_truth(predictions):
    shares = confusion_matrix(predictions).groupby("label", observed=False)["share"].sum()
    np.testing.assert_allclose(shares, 1)


def test_a_label_that_never_occurs_has_no_shares(predictions):
    part = predictions[predictions["label"] != "owl"]
    counts = confusion_matrix(part)
    assert counts.loc[counts["label"] == "owl", "share"].isna().all()


def test_counts_equal_those_of_scikit_learn(draw_predictions):
    drawn = draw_predictions(500, 7)
    expected = reference.confusion_matrix(drawn["label"], drawn[".pred_class"])
    assert confusion_matrix(drawn)["n"].tolist() == expected.ravel().tolist()


def test_the_report_equals_that_of_scikit_learn(draw_predictions):
    drawn = draw_predictions(500, 4)
    expected = reference.classification_report(drawn["label"], drawn[".pred_class"], output_dict=True)
    report = classification_report(drawn)
    names = [*drawn["label"].cat.categories, "macro avg", "weighted avg"]
    rows = report[report["estimator"] != "overall"]
    for ours, theirs in [("precision", "precision"), ("recall", "recall"), ("f1", "f1-score"), ("support", "support")]:
        np.testing.assert_allclose(rows[ours], [expected[name][theirs] for name in names])


def test_the_overall_row_is_the_accuracy(predictions):
    overall = classification_report(predictions).set_index("estimator").loc["overall"]
    assert overall[["precision", "recall", "f1"]].tolist() == pytest.approx([7 / 9] * 3)


def test_the_report_names_classes_and_leaves_averages_unnamed(predictions):
    report = classification_report(predictions)
    assert report["label"].tolist()[:3] == ["cat", "dog", "owl"]
    assert report["label"].isna().tolist() == [False] * 3 + [True] * 3


def test_precision_of_a_class_never_predicted_is_missing():
    plain = pd.DataFrame({"label": ["a", "b"], ".pred_class": ["a", "a"]})
    assert np.isnan(classification_report(plain).loc[1, "precision"])

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as reference

from tidycnn.core.errors import InputError, TidycnnWarning
from tidycnn.core.frames import columns_of
from tidycnn.evaluate import _tally
from tidycnn.evaluate._definitions import METRICS
from tidycnn.evaluate.metrics import list_metrics, score_predictions

pytestmark = pytest.mark.filterwarnings("ignore::tidycnn.core.errors.TidycnnWarning")


def estimate(scores, metric, kind):
    """The estimate of a class, or of the estimator `kind`."""
    found = scores[(scores[".metric"] == metric) & ((scores[".class"] == kind) | (scores[".estimator"] == kind))]
    return found[".estimate"].item()


def row(scores, metric, kind="overall"):
    found = scores[(scores[".metric"] == metric) & ((scores[".class"] == kind) | (scores[".estimator"] == kind))]
    return found.iloc[0]


def messages(function, *args, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        function(*args, **options)
    return [str(warning.message) for warning in caught if issubclass(warning.category, TidycnnWarning)]


def two_classes(right, wrong, *, copies=1):
    """`right` + `wrong` photographs of each class, with as many copies of each."""
    answers = {"cat": ["cat"] * right + ["dog"] * wrong, "dog": ["dog"] * right + ["cat"] * wrong}
    rows = [(label, answer, f"{label} {i}") for label in answers for i, answer in enumerate(answers[label])]
    frame = pd.DataFrame(rows, columns=["label", ".pred_class", "group"])
    return pd.concat([frame] * copies, ignore_index=True)


# Estimates -----------------------------------------------------------------------------------------------------------


def test_accuracy_is_the_share_of_right_images(predictions):
    assert score_predictions(predictions, ["accuracy"])[".estimate"].tolist() == [7 / 9]


@pytest.mark.parametrize(
    ("metric", "label", "expected"),
    [
        ("precision", "cat", 3 / 4),
        ("precision", "owl", 2 / 3),
        ("recall", "cat", 1.0),
        ("recall", "dog", 2 / 3),
        ("specificity", "cat", 5 / 6),
        ("specificity", "dog", 1.0),
        ("f1", "cat", 6 / 7),
    ],
)
def test_scores_of_a_class_by_hand(predictions, metric, label, expected):
    assert estimate(score_predictions(predictions, [metric]), metric, label) == pytest.approx(expected, abs=1e-15)


def test_log_loss_by_hand(predictions):
    expected = (7 * np.log(2) + 2 * np.log(4)) / 9
    assert estimate(score_predictions(predictions, ["log_loss"]), "log_loss", "overall") == pytest.approx(expected)


def test_a_certain_error_has_a_finite_log_loss():
    certain = pd.DataFrame({"label": ["a", "b"], ".pred_class": ["a", "a"], ".pred_a": [1.0, 1.0], ".pred_b": [0, 0]})
    assert estimate(score_predictions(certain, ["log_loss"]), "log_loss", "overall") == pytest.approx(18.02, abs=0.01)


def test_brier_score_of_a_coin_is_a_quarter():
    coin = pd.DataFrame({"label": ["a", "b"], ".pred_class": ["a", "a"], ".pred_a": [0.5, 0.5], ".pred_b": [0.5, 0.5]})
    assert estimate(score_predictions(coin, ["brier_score"]), "brier_score", "overall") == 0.25


@pytest.mark.parametrize("k", [2, 4, 30])
@pytest.mark.parametrize("metric", ["precision", "recall", "f1"])
@pytest.mark.parametrize("average", ["macro", "weighted"])
def test_averages_equal_those_of_scikit_learn(draw_predictions, metric, average, k):
    drawn = draw_predictions(900, k)
    function = getattr(reference, f"{metric}_score")
    expected = function(drawn["label"].astype(str), drawn[".pred_class"].astype(str), average=average)
    scores = score_predictions(drawn, [metric], bootstraps=50)
    assert estimate(scores, metric, average) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("metric", "function"),
    [
        ("accuracy", reference.accuracy_score),
        ("balanced_accuracy", reference.balanced_accuracy_score),
        ("mcc", reference.matthews_corrcoef),
        ("kappa", reference.cohen_kappa_score),
    ],
)
@pytest.mark.parametrize("k", [2, 4, 30])
def test_overall_scores_equal_those_of_scikit_learn(draw_predictions, metric, function, k):
    drawn = draw_predictions(900, k)
    expected = function(drawn["label"].astype(str), drawn[".pred_class"].astype(str))
    scores = score_predictions(drawn, [metric], bootstraps=50)
    assert estimate(scores, metric, "overall") == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("k", [2, 4])
def test_log_loss_equals_that_of_scikit_learn(draw_predictions, k):
    drawn = draw_predictions(900, k)
    levels = list(drawn["label"].cat.categories)
    expected = reference.log_loss(drawn["label"].astype(str), drawn[[f".pred_{level}" for level in levels]])
    scores = score_predictions(drawn, ["log_loss"], bootstraps=50)
    assert estimate(scores, "log_loss", "overall") == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("average", ["macro", "weighted"])
def test_areas_equal_those_of_scikit_learn_with_ties(draw_predictions, average):
    drawn = draw_predictions(900, 4)
    columns = [f".pred_{level}" for level in drawn["label"].cat.categories]
    rounded = drawn[columns].round(1)
    drawn[columns] = rounded.div(rounded.sum(axis=1), axis=0)
    expected = reference.roc_auc_score(
        drawn["label"].cat.codes, drawn[columns].to_numpy(), multi_class="ovr", average=average
    )
    scores = score_predictions(drawn, ["roc_auc"], bootstraps=50)
    assert estimate(scores, "roc_auc", average) == pytest.approx(expected, abs=1e-12)


def test_both_classes_of_two_have_the_same_area(draw_predictions):
    scores = score_predictions(draw_predictions(300, 2), ["roc_auc"], bootstraps=50)
    assert estimate(scores, "roc_auc", "class 0") == pytest.approx(estimate(scores, "roc_auc", "class 1"))


@pytest.mark.parametrize("metric", METRICS)
def test_the_estimate_does_not_depend_on_the_order_of_rows(draw_predictions, metric):
    drawn = draw_predictions(200, 3)
    turned = score_predictions(drawn.iloc[::-1], [metric], bootstraps=50)
    straight = score_predictions(drawn, [metric], bootstraps=50)
    np.testing.assert_allclose(turned[".estimate"], straight[".estimate"])


@pytest.mark.parametrize("groups", [None, 40])
def test_no_interval_depends_on_the_order_of_rows(draw_predictions, groups):
    drawn = draw_predictions(200, 3, groups=groups)
    shuffled = drawn.sample(frac=1, random_state=1)
    straight = score_predictions(drawn, list(METRICS), bootstraps=50, seed=1)
    pd.testing.assert_frame_equal(score_predictions(shuffled, list(METRICS), bootstraps=50, seed=1), straight)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("groups", [None, 40])
def test_every_estimate_lies_in_its_interval_and_range(draw_predictions, metric, groups):
    scores = score_predictions(draw_predictions(400, 3, groups=groups), [metric], seed=1)
    assert (scores[".lower"] <= scores[".estimate"]).all()
    assert (scores[".estimate"] <= scores[".upper"]).all()
    assert scores[".lower"].ge(METRICS[metric].minimum).all()
    assert scores[".upper"].le(METRICS[metric].maximum).all()


# The frame -----------------------------------------------------------------------------------------------------------


def test_scores_have_the_columns_of_the_contract(predictions):
    assert score_predictions(predictions).columns.tolist() == columns_of("scores")


def test_the_default_metrics_are_those_marked(predictions):
    listed = list_metrics()
    expected = listed.loc[listed["default"], "metric"].unique().tolist()
    assert score_predictions(predictions)[".metric"].unique().tolist() == expected


def test_metrics_come_in_the_order_asked_for(predictions):
    scores = score_predictions(predictions, ["log_loss", "accuracy", "log_loss"])
    assert scores[".metric"].tolist() == ["log_loss", "accuracy"]


def test_one_metric_may_be_given_as_text(predictions):
    assert score_predictions(predictions, "accuracy")[".metric"].tolist() == ["accuracy"]


def test_classes_keep_the_order_of_the_levels(predictions):
    turned = predictions.assign(label=predictions["label"].cat.set_categories(["owl", "cat", "dog"]))
    scores = score_predictions(turned, ["recall"])
    assert scores[".class"].tolist()[:3] == ["owl", "cat", "dog"]
    assert scores[".class"].cat.categories.tolist() == ["owl", "cat", "dog"]


def test_n_is_what_the_estimate_rests_on(predictions):
    scores = score_predictions(predictions, ["precision"])
    assert scores[".n"].tolist() == [4, 2, 3, 9, 9]


def test_without_probabilities_the_metrics_of_classes_are_given(predictions):
    plain = predictions[["label", ".pred_class"]]
    assert "log_loss" not in set(score_predictions(plain)[".metric"])


def test_list_metrics_has_a_row_for_every_estimator():
    listed = list_metrics()
    assert listed.loc[listed["metric"] == "f1", "estimator"].tolist() == ["class", "macro", "weighted"]


# Intervals -----------------------------------------------------------------------------------------------------------


def test_accuracy_of_66_of_71_has_the_published_interval():
    photographs = pd.DataFrame({"label": ["a"] * 35 + ["b"] * 36, ".pred_class": ["a"] * 35 + ["b"] * 31 + ["a"] * 5})
    scores = score_predictions(photographs, ["accuracy"])
    assert scores[[".estimate", ".lower", ".upper"]].round(3).values.tolist() == [[0.93, 0.846, 0.97]]


def test_methods_without_groups(predictions):
    scores = score_predictions(predictions)
    methods = scores.groupby([".metric", ".estimator"])[".method"].first()
    assert methods["recall", "class"] == "wilson"
    assert methods["recall", "macro"] == "bootstrap"
    assert methods["log_loss", "overall"] == "bootstrap"


def test_the_same_seed_gives_the_same_intervals(draw_predictions):
    drawn = draw_predictions(100, 3)
    pd.testing.assert_frame_equal(score_predictions(drawn, seed=7), score_predictions(drawn, seed=7))


def test_the_seed_is_used(draw_predictions):
    drawn = draw_predictions(100, 3)
    first, second = (score_predictions(drawn, ["log_loss"], seed=seed) for seed in (1, 2))
    assert first[".lower"].item() != second[".lower"].item()


def test_more_confidence_makes_wider_intervals(draw_predictions):
    drawn = draw_predictions(100, 3)
    narrow, wide = (score_predictions(drawn, seed=1, confidence=level) for level in (0.8, 0.99))
    assert (wide[".upper"] - wide[".lower"] > narrow[".upper"] - narrow[".lower"]).all()


def test_the_bootstrap_of_a_mean_has_the_width_of_its_standard_error(draw_predictions):
    drawn = draw_predictions(2000, 3)
    losses = -np.log([drawn.at[i, f".pred_{label}"] for i, label in enumerate(drawn["label"])])
    interval = row(score_predictions(drawn, ["log_loss"], bootstraps=4000, seed=1), "log_loss")
    expected = 2 * 1.96 * losses.std() / np.sqrt(2000)
    assert interval[".upper"] - interval[".lower"] == pytest.approx(expected, rel=0.1)


# Groups --------------------------------------------------------------------------------------------------------------


def test_where_groups_stand_every_interval_resamples_groups(draw_predictions):
    scores = score_predictions(draw_predictions(400, 3, groups=50))
    assert set(scores[".method"]) == {"group bootstrap"}


def test_copies_of_a_photograph_do_not_narrow_the_interval():
    single, copied = two_classes(30, 10), two_classes(30, 10, copies=50)
    widths = [
        s[".upper"].item() - s[".lower"].item()
        for s in (score_predictions(p, ["accuracy"], seed=1) for p in (single, copied))
    ]
    assert widths[1] == pytest.approx(widths[0])


def test_switching_groups_off_treats_images_as_independent():
    scores = score_predictions(two_classes(30, 10, copies=50), ["accuracy"], group=None)
    assert scores[".method"].item() == "wilson"
    assert scores[".groups"].isna().all()


def test_areas_of_few_groups_take_no_more_memory_at_once(monkeypatch, draw_predictions):
    drawn = draw_predictions(300, 2, groups=12)
    whole = score_predictions(drawn, ["roc_auc"], seed=1)
    monkeypatch.setattr(_tally, "_CELLS_AT_ONCE", 3000)
    sizes = []
    areas = _tally._areas

    def noted(probabilities, truth, weights):
        sizes.append(weights.size)
        return areas(probabilities, truth, weights)

    monkeypatch.setattr(_tally, "_areas", noted)
    pd.testing.assert_frame_equal(score_predictions(drawn, ["roc_auc"], seed=1), whole)
    assert max(sizes) <= 3000


def test_groups_change_no_estimate(draw_predictions):
    drawn = draw_predictions(300, 3, groups=30)
    with_groups, without = score_predictions(drawn, seed=1), score_predictions(drawn, group=None, seed=1)
    np.testing.assert_allclose(with_groups[".estimate"], without[".estimate"], rtol=1e-12)


def test_groups_are_counted_that_the_estimate_rests_on():
    scores = score_predictions(two_classes(30, 10, copies=3), ["recall"])
    assert scores[".groups"].tolist() == [40, 40, 80, 80]
    assert scores[".n"].tolist() == [120, 120, 240, 240]


def test_another_column_can_hold_the_groups():
    renamed = two_classes(30, 10, copies=3).rename(columns={"group": "patient"})
    assert score_predictions(renamed, ["accuracy"], group="patient")[".groups"].item() == 80


def test_groups_that_are_all_missing_are_no_groups(predictions):
    assert score_predictions(predictions.assign(group=None), ["accuracy"])[".method"].item() == "wilson"


def test_rows_without_a_group_are_left_out_and_counted():
    some = two_classes(30, 10)
    some.loc[:19, "group"] = None
    assert "`predictions`: 20 of 80 images left out (20 without a group)." in messages(
        score_predictions, some, ["accuracy"]
    )


def test_where_all_groups_are_right_the_interval_is_that_of_so_many_observations():
    perfect = score_predictions(two_classes(20, 0, copies=10), ["accuracy"])
    assert perfect[".method"].item() == "group wilson"
    assert perfect[".lower"].item() == pytest.approx(1 / (1 + 1.959964**2 / 40))


def test_a_column_of_groups_that_is_lacking_is_named(predictions):
    with pytest.raises(InputError, match="`group` must name a column of `predictions`, not 'patient'"):
        score_predictions(predictions, group="patient")


# Classes that lack something -----------------------------------------------------------------------------------------


@pytest.fixture
def lopsided():
    """Three levels: `owl` never occurs, `dog` is never predicted."""
    levels = ["cat", "dog", "owl"]
    label, answer = ["cat"] * 6 + ["dog"] * 2, ["cat"] * 5 + ["owl"] + ["cat"] * 2
    return pd.DataFrame({"label": pd.Categorical(label, levels), ".pred_class": pd.Categorical(answer, levels)})


def test_recall_of_a_class_that_never_occurs_is_missing_with_its_interval(lopsided):
    owl = row(score_predictions(lopsided, ["recall"]), "recall", "owl")
    assert owl[[".estimate", ".lower", ".upper", ".method"]].isna().all()


def test_precision_of_a_class_never_predicted_is_missing(lopsided):
    assert np.isnan(estimate(score_predictions(lopsided, ["precision"]), "precision", "dog"))


def test_missing_numbers_are_the_missing_of_r(lopsided):
    values = score_predictions(lopsided, ["recall"])[".estimate"].to_numpy()
    assert (values[np.isnan(values)].view(np.uint64) & 0xFFFFFFFF == 1954).all()


def test_averages_leave_out_what_is_missing(lopsided):
    scores = score_predictions(lopsided, ["precision"])
    assert estimate(scores, "precision", "macro") == pytest.approx((5 / 7 + 0) / 2)
    assert estimate(scores, "precision", "weighted") == pytest.approx(5 / 7)


def test_f1_of_a_class_never_predicted_is_zero(lopsided):
    assert estimate(score_predictions(lopsided, ["f1"]), "f1", "dog") == 0


def test_a_perfect_score_has_no_bootstrap_interval(predictions):
    perfect = predictions[predictions["label"] == predictions[".pred_class"]]
    f1 = row(score_predictions(perfect, ["f1"]), "f1", "macro")
    assert f1[".estimate"] == 1
    assert f1[[".lower", ".upper", ".method"]].isna().all()


def test_correlation_with_a_single_answer_is_missing():
    same = pd.DataFrame({"label": ["a", "b"], ".pred_class": ["a", "a"]})
    assert score_predictions(same, ["mcc"])[".estimate"].isna().all()


def test_resamples_without_a_rare_class_are_left_out_of_its_interval():
    rare = two_classes(30, 10).iloc[39:]
    assert score_predictions(rare, ["recall"], seed=1)[[".lower", ".upper"]].notna().all(axis=None)


# Said aloud ----------------------------------------------------------------------------------------------------------


def test_71_images_are_said_to_be_few():
    photographs = pd.DataFrame({"label": ["a"] * 35 + ["b"] * 36, ".pred_class": ["a"] * 55 + ["b"] * 16})
    assert messages(score_predictions, photographs) == [
        "71 images: one accuracy is known to about 10 points either way; "
        "two models that differ by fewer than 6 images can never be told apart."
    ]


def test_groups_are_what_is_few():
    said = messages(score_predictions, two_classes(30, 10, copies=50), ["accuracy"], seed=1)
    assert len(said) == 1
    assert said[0].startswith("80 groups (4,000 images): one accuracy is known to about 10 points either way; ")
    assert said[0].endswith("two models that differ by fewer than 6 groups can never be told apart.")


def test_few_groups_are_said_where_the_interval_looks_narrow(draw_predictions):
    said = messages(score_predictions, draw_predictions(3000, 3, groups=3), seed=1)
    assert said == [
        "There are only 3 groups: intervals of fewer than 10 groups may miss the truth more often than they say, "
        "however many images there are."
    ]


def test_five_images_can_tell_no_two_models_apart():
    five = pd.DataFrame({"label": ["a", "a", "a", "b", "b"], ".pred_class": ["a", "a", "b", "b", "b"]})
    assert "no two models can ever be told apart." in messages(score_predictions, five)[0]


def test_classes_with_few_images_are_named():
    few = pd.DataFrame({"label": ["a"] * 60 + ["b"] * 4, ".pred_class": ["a"] * 50 + ["b"] * 14})
    assert messages(score_predictions, few)[0].endswith("The scores of 'b' rest on fewer than 10 images.")


def test_enough_images_are_not_remarked(draw_predictions):
    assert messages(score_predictions, draw_predictions(2000, 3)) == []


def test_a_single_label_is_said(predictions):
    only = predictions[predictions["label"] == "cat"]
    assert messages(score_predictions, only)[0] == (
        "All 3 images are labelled 'cat': always answering 'cat' would score an accuracy of 1, "
        "and nothing is known of the other labels."
    )


def test_a_class_that_never_occurs_is_said(lopsided):
    assert "'owl' is never in the truth: its recall is missing, and averages leave it out." in messages(
        score_predictions, lopsided
    )


def test_a_class_never_predicted_is_said(lopsided):
    assert "'dog' is never predicted: its precision is missing, and averages leave it out." in messages(
        score_predictions, lopsided
    )


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        (["accuracy"], []),
        (["recall"], ["'owl' is never in the truth: its recall is missing, and averages leave it out."]),
        (
            ["recall", "roc_auc"],
            ["'owl' is never in the truth: its recall and roc_auc are missing, and averages leave them out."],
        ),
        (["balanced_accuracy"], ["'owl' is never in the truth: balanced_accuracy leaves it out."]),
        (["precision"], ["'dog' is never predicted: its precision is missing, and averages leave it out."]),
        (["f1"], []),
    ],
)
def test_only_what_was_asked_for_is_said(lopsided, metrics, expected):
    probabilities = {".pred_cat": 1 / 2, ".pred_dog": 1 / 4, ".pred_owl": 1 / 4}
    many = pd.concat([lopsided] * 200).assign(**probabilities)
    assert messages(score_predictions, many, metrics) == expected


def test_f1_of_a_class_that_is_nowhere_is_said(lopsided):
    nowhere = pd.concat([lopsided[lopsided[".pred_class"] == "cat"]] * 200)
    assert messages(score_predictions, nowhere, ["f1"]) == [
        "'owl' is neither in the truth nor predicted: its f1 is missing, and averages leave it out."
    ]


def test_few_images_of_a_class_are_no_matter_of_an_accuracy_and_accuracy_none_of_a_recall():
    few = pd.DataFrame({"label": ["a"] * 60 + ["b"] * 4, ".pred_class": ["a"] * 50 + ["b"] * 14})
    said = messages(score_predictions, few, ["accuracy"])[0]
    assert "one accuracy is known" in said
    assert "'b'" not in said
    said = messages(score_predictions, few, ["recall"])[0]
    assert "even an accuracy would be known" in said
    assert said.endswith("The scores of 'b' rest on fewer than 10 images.")


def test_training_images_among_others_are_said(draw_predictions):
    mixed = draw_predictions(2000, 3).assign(split=["train"] * 1500 + ["test"] * 500)
    assert messages(score_predictions, mixed) == [
        "1,500 images of the split 'train' are scored together with others: "
        "what a model learned from says nothing of new images. Score each split by itself."
    ]


def test_one_split_by_itself_is_not_remarked(draw_predictions):
    assert messages(score_predictions, draw_predictions(2000, 3).assign(split="train")) == []


def test_repeated_images_are_said(draw_predictions):
    drawn = draw_predictions(2000, 3)
    said = messages(score_predictions, pd.concat([drawn, drawn.head(5)]))
    assert said[0].startswith("5 rows of `predictions` repeat the path of another")


# What it refuses -----------------------------------------------------------------------------------------------------


def test_a_frame_without_predictions_is_refused(predictions):
    with pytest.raises(InputError, match=r"must have the columns '\.pred_class'"):
        score_predictions(predictions.drop(columns=".pred_class"))


def test_an_unknown_metric_is_named(predictions):
    with pytest.raises(InputError, match="`metrics` names 'acuracy', but the metrics are"):
        score_predictions(predictions, ["acuracy"])


def test_no_metric_is_refused(predictions):
    with pytest.raises(InputError, match="at least one metric"):
        score_predictions(predictions, [])


def test_log_loss_needs_probabilities(predictions):
    with pytest.raises(InputError, match="must have probabilities"):
        score_predictions(predictions[["label", ".pred_class"]], ["log_loss"])


@pytest.mark.parametrize("confidence", [0.0, 0.3, 1.0, 95.0, float("nan")])
def test_a_confidence_that_is_none_is_refused(predictions, confidence):
    with pytest.raises(InputError, match="`confidence` must be between"):
        score_predictions(predictions, confidence=confidence)


def test_too_few_bootstraps_are_refused(predictions):
    with pytest.raises(InputError, match="`bootstraps` must be a whole number of at least 50, not 3"):
        score_predictions(predictions, bootstraps=3)


def test_truth_values_are_compared_in_either_spelling():
    predictions = pd.DataFrame({"label": [True, False] * 20, ".pred_class": ["TRUE", "FALSE"] * 20})
    assert score_predictions(predictions, metrics="accuracy")[".estimate"].tolist() == [1.0]

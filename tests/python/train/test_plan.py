"""The user's short words become plain settings."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from tidycnn.core.errors import InputError
from tidycnn.train.plan import Plan, class_weight_by_position, class_weights, count_steps, plateau_settings

LEVELS = ["cat", "dog"]
LABELS = pd.Series(["cat"] * 5 + ["dog"])


@pytest.mark.parametrize(("given", "steps"), [(199.14, 199), (0.2, 1), (3.0, 3), (None, 7)])
def test_steps_are_rounded_down_but_never_below_one(given, steps):
    assert count_steps(given, batches=7) == steps


@pytest.mark.parametrize("given", [0.0, -1.0, float("nan"), float("inf")])
def test_steps_that_are_no_number_above_0_are_refused(given):
    with pytest.raises(InputError, match="`steps_per_epoch` must be a number above 0"):
        count_steps(given, batches=7)


def test_balanced_weights_count_rare_labels_more():
    assert class_weights("balanced", LABELS, LEVELS) == {"cat": 6 / 10, "dog": 6 / 2}


def test_a_label_without_images_does_not_change_balanced_weights():
    assert class_weights("balanced", LABELS, [*LEVELS, "owl"]) == {"cat": 6 / 10, "dog": 6 / 2, "owl": 1.0}


def test_a_label_without_weight_counts_once():
    assert class_weights({"dog": 3}, LABELS, LEVELS) == {"cat": 1.0, "dog": 3.0}


def test_one_number_reduces_after_so_many_epochs():
    assert plateau_settings(3) == {"patience": 3}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"factor": 0.5}, "its `patience`"),
        ({"patience": 1, "factor": 2}, "factor between 0 and 1, not 2"),
        ({"patience": 0}, r'`reduce_lr\["patience"\]` must be a whole number of at least 1'),
        ({"patience": 1.5}, r'`reduce_lr\["patience"\]` must be a whole number, not 1.5'),
        ({"patience": 1, "waiting": 1}, "`reduce_lr` names 'waiting'"),
    ],
)
def test_a_wrong_reduction_is_refused(given, message):
    with pytest.raises(InputError, match=message):
        plateau_settings(given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"owl": 2.0}, "`class_weight` names 'owl', but the labels are 'cat' and 'dog'"),
        ({"cat": -1.0}, "`class_weight` must be numbers of at least 0"),
        ({"cat": float("nan")}, "`class_weight` must be numbers of at least 0"),
    ],
)
def test_wrong_weights_are_refused(given, message):
    with pytest.raises(InputError, match=message):
        class_weights(given, LABELS, LEVELS)


PLAN = Plan(
    epochs=2,
    steps=3,
    seed=4,
    levels=LEVELS,
    generator={"rotation_range": 10.0},
    optimizer={"name": "Adam", "learning_rate": 0.001},
    class_weight={"cat": 1.0, "dog": 2.0},
)


def test_a_plan_is_plain_data_and_comes_back():
    assert Plan.from_dict(json.loads(json.dumps(PLAN.to_dict()))) == PLAN


def test_a_plan_says_what_differs_however_deep_it_lies():
    other = Plan.from_dict({**PLAN.to_dict(), "epochs": 5, "optimizer": {"name": "Adam", "learning_rate": 0.01}})
    assert PLAN.differences(other) == ["`epochs` (2, not 5)", "`optimizer$learning_rate` (0.001, not 0.01)"]
    assert PLAN.differences(PLAN) == []


def test_class_weights_go_to_keras_by_position():
    assert class_weight_by_position(PLAN.class_weight, PLAN.levels) == {0: 1.0, 1: 2.0}
    assert class_weight_by_position({"1": 2.0}, []) == {1: 2.0}
    assert class_weight_by_position(None, ["cat"]) is None


def test_a_part_that_no_plan_has_is_refused():
    with pytest.raises(InputError, match="'epoch'"):
        Plan.from_dict({"epoch": 1})


def test_a_label_has_one_weight():
    with pytest.raises(InputError, match="must name each label once"):
        class_weights({"1": 1.0, 1: 5.0}, pd.Series(["1", "2"]), ["1", "2"])

"""The user's short words become plain settings."""

from __future__ import annotations

import pandas as pd
import pytest

from tidycnn.core.errors import InputError
from tidycnn.train.plan import FitSpecification, class_weights, count_steps, plateau_settings

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
    assert class_weights("balanced", LABELS, LEVELS) == {0: 6 / 10, 1: 6 / 2}


def test_a_label_without_images_does_not_change_balanced_weights():
    assert class_weights("balanced", LABELS, [*LEVELS, "owl"]) == {0: 6 / 10, 1: 6 / 2, 2: 1.0}


def test_a_label_without_weight_counts_once():
    assert class_weights({"dog": 3}, LABELS, LEVELS) == {0: 1.0, 1: 3.0}


def test_one_number_reduces_after_so_many_epochs():
    assert plateau_settings(3) == {"patience": 3}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"factor": 0.5}, "its `patience`"),
        ({"patience": 1, "factor": 2}, "factor between 0 and 1, not 2"),
        ({"patience": 0}, r"`reduce_lr\$patience` must be a whole number of at least 1"),
        ({"patience": 1.5}, r"`reduce_lr\$patience` must be a whole number, not 1.5"),
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


def test_a_specification_is_written_with_labels_in_place_of_positions():
    specification = FitSpecification(LEVELS, epochs=2, steps=3, seed=4, class_weight={0: 1.0, 1: 2.0})
    assert specification.to_dict()["class_weight"] == {"cat": 1.0, "dog": 2.0}

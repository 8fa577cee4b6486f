from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from tidycnn.evaluate.intervals import (
    difference_interval,
    drawn_interval,
    effective_count,
    fewest_differences,
    paired_interval,
    pooled_freedom,
    variances_of,
    wilson_interval,
)


@pytest.mark.parametrize(("successes", "n"), [(0, 1), (0, 10), (5, 10), (66, 71), (10, 10), (999, 1000)])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_wilson_equals_that_of_scipy(successes, n, confidence):
    expected = stats.binomtest(successes, n).proportion_ci(confidence, method="wilson")
    lower, upper = wilson_interval(successes, n, confidence)
    assert (float(lower), float(upper)) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_of_nothing_is_missing():
    assert np.isnan(wilson_interval(0, 0, 0.95)).all()


def drawn(values, **options):
    known = {"units": 40, "freedom": 39.0, "bounds": (0.0, 1.0), "confidence": 0.95}
    return drawn_interval(0.8, np.asarray(values), **{**known, **options})


def test_an_interval_by_drawing_again_is_that_of_t_on_the_scale_of_the_logit():
    values = np.random.default_rng(1).normal(0.8, 0.01, 2000)
    reach = stats.t.ppf(0.975, 39) * values.std(ddof=1) * np.sqrt(40 / 39) / (0.8 * 0.2)
    expected = special.expit(special.logit(0.8) + np.array([-reach, reach]))
    assert drawn(values) == pytest.approx(tuple(expected))


def test_without_an_upper_end_the_scale_is_the_logarithm():
    values = np.random.default_rng(1).normal(0.8, 0.1, 2000)
    lower, upper = drawn(values, bounds=(0.0, np.inf))
    assert lower * upper == pytest.approx(0.8**2)


@pytest.mark.parametrize("bounds", [(0.0, 1.0), (-1.0, 1.0), (0.0, np.inf)])
def test_no_interval_leaves_the_range_however_few_units_there_are(bounds):
    lower, upper = drawn([0.1, 0.9], units=2, freedom=0.3, bounds=bounds)
    assert bounds[0] <= lower < 0.8 < upper <= bounds[1]


def test_what_is_undefined_is_left_out():
    assert drawn([0.7, 0.9, np.nan]) == drawn([0.7, 0.9])


@pytest.mark.parametrize("values", [[], [np.nan, np.nan], [0.5, np.nan], [0.5, 0.5, np.nan]])
def test_values_that_do_not_spread_give_no_interval(values):
    assert np.isnan(drawn(values)).all()


def test_units_of_one_size_count_in_full_and_one_large_unit_counts_as_one():
    sizes = np.array([[3.0, 1.0, 0.0], [3.0, 1.0, 0.0], [3.0, 1e9, 0.0]])
    assert effective_count(sizes) == pytest.approx([3, 1, 0])


def test_freedom_is_pooled_as_welch_does():
    assert pooled_freedom(np.array([1.0, 1.0]), np.array([4.0, 4.0])) == 8
    assert pooled_freedom(np.array([1.0, 0.0]), np.array([4.0, 9.0])) == 4
    assert pooled_freedom(np.zeros(2), np.array([4.0, 9.0])) == 4


def test_variances_leave_out_what_is_undefined():
    assert variances_of(np.array([[1.0, np.nan], [3.0, np.nan]])).tolist() == [1, 0]


@pytest.mark.parametrize(("confidence", "expected"), [(0.5, 2), (0.9, 5), (0.95, 6), (0.99, 8)])
def test_the_fewest_differences_are_the_first_that_mcnemar_tells_apart(confidence, expected):
    fewest = fewest_differences(confidence)
    assert fewest == expected
    assert stats.binomtest(0, fewest).pvalue <= 1 - confidence + 1e-12 < stats.binomtest(0, fewest - 1).pvalue


def test_of_pairs_that_never_differ_the_interval_lies_around_nothing():
    lower, upper = paired_interval(10, 0, 0, 0, 0.95)
    assert (-lower, upper) == (pytest.approx(0.2775, abs=5e-5), pytest.approx(0.2775, abs=5e-5))


def test_a_difference_reaches_as_far_as_student_says():
    values = np.array([-1.0, 1.0] * 50)
    spread = values.std(ddof=1) * np.sqrt(10 / 9)
    reach = stats.t.ppf(0.975, 4) * spread
    found = difference_interval(0.5, values, units=10, freedom=4.0, confidence=0.95)
    assert found == pytest.approx((0.5 - reach, 0.5 + reach))


def test_a_difference_without_spread_has_no_interval():
    assert np.isnan(difference_interval(0.0, np.zeros(50), units=10, freedom=9.0, confidence=0.95)).all()

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tidycnn.evaluate._intervals import fewest_differences, percentile_interval, wilson_interval


@pytest.mark.parametrize(("successes", "n"), [(0, 1), (0, 10), (5, 10), (66, 71), (10, 10), (999, 1000)])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_wilson_equals_that_of_scipy(successes, n, confidence):
    expected = stats.binomtest(successes, n).proportion_ci(confidence, method="wilson")
    lower, upper = wilson_interval(successes, n, confidence)
    assert (float(lower), float(upper)) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_of_nothing_is_missing():
    assert np.isnan(wilson_interval(0, 0, 0.95)).all()


def test_percentiles_leave_out_the_undefined():
    values = np.r_[np.arange(101.0), np.nan]
    assert percentile_interval(values, 0.9) == pytest.approx((5, 95))


@pytest.mark.parametrize("values", [[np.nan, np.nan], [0.5, 0.5, np.nan]])
def test_values_that_do_not_spread_give_no_interval(values):
    assert np.isnan(percentile_interval(np.array(values), 0.95)).all()


@pytest.mark.parametrize(("confidence", "expected"), [(0.5, 2), (0.9, 5), (0.95, 6), (0.99, 8)])
def test_the_fewest_differences_are_the_first_that_mcnemar_tells_apart(confidence, expected):
    fewest = fewest_differences(confidence)
    assert fewest == expected
    assert stats.binomtest(0, fewest).pvalue <= 1 - confidence + 1e-12 < stats.binomtest(0, fewest - 1).pvalue

"""How far an estimate may be from the truth.

Sources: Wilson (1927), https://doi.org/10.1080/01621459.1927.10502953; Davison and Hinkley (1997), Bootstrap Methods
and their Application, sections 3.8 and 5.2; Kish (1965), Survey Sampling, section 8.2; Welch (1947),
https://doi.org/10.1093/biomet/34.1-2.28; McNemar (1947), https://doi.org/10.1007/BF02295996; Newcombe (1998),
Statistics in Medicine 17, 2635-2650, method 10.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

Array = NDArray[np.float64]

_SPREAD_LEAST = 1e-12
_EXPONENT_MOST = 700.0  # Of what exp() can take.


def wilson_interval(successes: ArrayLike, n: ArrayLike, confidence: float) -> tuple[Array, Array]:
    """Give the score interval of a proportion, not-a-number where `n` is 0.

    (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n), p = successes / n.
    """
    successes, n = np.asarray(successes, dtype=np.float64), np.asarray(n, dtype=np.float64)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = successes / n
        centre = p + z**2 / (2 * n)
        reach = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        lower, upper = (centre - reach) / (1 + z**2 / n), (centre + reach) / (1 + z**2 / n)
    # At 0 and 1 the formula gives the bound itself, but for rounding.
    return np.where((successes == 0) & (n > 0), 0.0, lower), np.where((successes == n) & (n > 0), 1.0, upper)


def drawn_interval(
    estimate: float,
    values: Array,
    *,
    units: int,
    freedom: float,
    bounds: tuple[float, float],
    confidence: float,
) -> tuple[float, float]:
    """Give the interval of Student's t around an estimate, not-a-number where values drawn again do not spread.

    It is made on a scale without ends, the logit between `bounds` (the logarithm above the lower one where there is no
    upper one), and so never leaves them. `values` are those of resamples of `units` units; where the value is undefined
    they are left out.
    """
    defined = values[~np.isnan(values)]
    if len(defined) < 2 or np.ptp(defined) < _SPREAD_LEAST:
        return math.nan, math.nan
    # Values drawn again spread by (n - 1) / n of the variance.
    spread = float(defined.std(ddof=1)) * math.sqrt(units / (units - 1))
    reach = float(stdtrit(max(freedom, 1.0), (1 + confidence) / 2)) * spread
    least, most = bounds
    above, below = estimate - least, most - estimate
    if above <= 0 or below <= 0:
        return math.nan, math.nan
    if math.isinf(most):
        factor = math.exp(min(reach / above, _EXPONENT_MOST))
        return least + above / factor, least + above * factor
    factor = math.exp(min(reach * (most - least) / (above * below), _EXPONENT_MOST))
    lower, upper = above / (above + below * factor), above * factor / (above * factor + below)
    return least + (most - least) * lower, least + (most - least) * upper


def paired_interval(both: int, first: int, second: int, neither: int, confidence: float) -> tuple[float, float]:
    """Give the interval of the difference of two shares of the same images, by Newcombe's method 10.

    `both`, `first`, `second` and `neither` are how many images are right by both models, by one of them only, by none.
    """
    n = both + first + second + neither
    shares = np.array([both + first, both + second]) / n
    lower, upper = wilson_interval(shares * n, np.array([n, n]), confidence)
    margins = (both + first) * (second + neither) * (both + second) * (first + neither)
    together = both * neither - first * second
    above = max(together - n / 2, 0) if together > 0 else together
    phi = above / math.sqrt(margins) if margins else 0.0
    down, up = shares - lower, upper - shares
    difference = float(shares[0] - shares[1])
    reach_down = down[0] ** 2 - 2 * phi * down[0] * up[1] + up[1] ** 2
    reach_up = up[0] ** 2 - 2 * phi * up[0] * down[1] + down[1] ** 2
    return difference - math.sqrt(max(reach_down, 0)), difference + math.sqrt(max(reach_up, 0))


def difference_interval(
    difference: float, values: Array, *, units: int, freedom: float, confidence: float
) -> tuple[float, float]:
    """Give the interval of Student's t around a difference, not-a-number where values drawn again do not spread."""
    defined = values[~np.isnan(values)]
    if len(defined) < 2 or np.ptp(defined) < _SPREAD_LEAST:
        return math.nan, math.nan
    spread = float(defined.std(ddof=1)) * math.sqrt(units / (units - 1))
    reach = float(stdtrit(max(freedom, 1.0), (1 + confidence) / 2)) * spread
    return difference - reach, difference + reach


def effective_count(sizes: Array) -> Array:
    """Give how many units of one size tell as much as units of these sizes, by column: (sum n)^2 / sum n^2."""
    squares = (sizes**2).sum(axis=0)
    count: Array = np.divide(sizes.sum(axis=0) ** 2, squares, out=np.zeros_like(squares), where=squares > 0)
    return count


def variances_of(values: Array) -> Array:
    """Give the variance of the defined values of each column, 0 where there are none."""
    is_defined = ~np.isnan(values)
    n = np.maximum(is_defined.sum(axis=0), 1)
    means = np.where(is_defined, values, 0.0).sum(axis=0) / n
    variances: Array = np.where(is_defined, (values - means) ** 2, 0.0).sum(axis=0) / n
    return variances


def pooled_freedom(variances: Array, freedom: Array) -> float:
    """Give the degrees of freedom of a sum of parts, by Welch and Satterthwaite."""
    below = float((variances**2 / freedom).sum())
    return float(variances.sum()) ** 2 / below if below > 0 else float(freedom.min())


def fewest_differences(confidence: float) -> int:
    """Give the least number of images on which two models must differ to be told apart.

    McNemar's exact test of d images, all in favour of one model, has p = 2 (1/2)^d.
    """
    return math.ceil(1 - math.log2(1 - confidence) - 1e-12)

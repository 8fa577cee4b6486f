"""How far an estimate may be from the truth.

Sources: Wilson (1927), https://doi.org/10.1080/01621459.1927.10502953; Davison and Hinkley (1997), Bootstrap Methods
and their Application, sections 3.8 and 5.3; McNemar (1947), https://doi.org/10.1007/BF02295996.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

_SPREAD_LEAST = 1e-12


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


def percentile_interval(values: Array, confidence: float) -> tuple[float, float]:
    """Give the interval between the percentiles of resampled values, not-a-number where they do not spread.

    Resamples in which the value is undefined are left out.
    """
    defined = values[~np.isnan(values)]
    if len(defined) == 0 or np.ptp(defined) < _SPREAD_LEAST:
        return math.nan, math.nan
    lower, upper = np.quantile(defined, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(lower), float(upper)


def fewest_differences(confidence: float) -> int:
    """Give the least number of images on which two models must differ to be told apart.

    McNemar's exact test of d images, all in favour of one model, has p = 2 (1/2)^d.
    """
    return math.ceil(1 - math.log2(1 - confidence) - 1e-12)

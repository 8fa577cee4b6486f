"""The estimates of metrics on one sample, their values on samples drawn again, and their intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.frames import NA_REAL, columns_of
from tidycnn.evaluate._definitions import METRICS, Metric, estimates
from tidycnn.evaluate._outcomes import Outcomes
from tidycnn.evaluate._tally import Sample
from tidycnn.evaluate.intervals import (
    drawn_interval,
    effective_count,
    pooled_freedom,
    variances_of,
    wilson_interval,
)

Array = NDArray[np.float64]


class Scorer:
    """The estimates of all chosen metrics and, where one of them needs it, their resampled values.

    Of outcomes in one order, as `read_paired_outcomes()` gives, the same units are drawn for all where the seed is one.
    """

    def __init__(
        self, outcomes: Outcomes, chosen: Sequence[str], confidence: float, bootstraps: int, seed: int
    ) -> None:
        self._outcomes, self._confidence = outcomes, confidence
        self._is_grouped = outcomes.groups is not None
        self._sample = Sample(outcomes, areas="roc_auc" in chosen)
        self._tally = self._sample.tally()
        parts = [METRICS[name].averages for name in chosen]
        names = dict.fromkeys([*chosen, "accuracy", *(part for part in parts if part is not None)])
        drawn = [name for name in names if self._is_drawn(METRICS[name])]
        self._drawn: dict[str, Array] = {}
        if drawn:
            values = self._sample.resampled(
                bootstraps, seed, lambda tally: [estimates(METRICS[name], tally) for name in drawn]
            )
            self._drawn = dict(zip(drawn, values, strict=True))

    @property
    def outcomes(self) -> Outcomes:
        """What is scored."""
        return self._outcomes

    @property
    def units(self) -> int:
        """How many units are drawn: images, or groups."""
        return self._sample.units

    def estimate(self, name: str) -> Array:
        """Give the estimates of a metric, in the order of its rows."""
        found: Array = estimates(METRICS[name], self._tally)[0]
        return found

    def drawn(self, name: str) -> Array | None:
        """Give the values of a metric on samples drawn again, one row each; None where its interval has a formula."""
        return self._drawn.get(name)

    def rows(self, name: str) -> pd.DataFrame:
        """Give the rows of one metric."""
        metric, levels = METRICS[name], self._outcomes.levels
        estimate = self.estimate(name)
        kinds = [kind for kind in metric.estimators for _ in (levels if kind == "class" else [kind])]
        images, groups = self._rests_on(metric, kinds)
        lower, upper, method = self._intervals(name, kinds, estimate, images, groups)
        frame = pd.DataFrame(
            {
                ".metric": name,
                ".class": pd.Categorical(
                    [levels[i] if kind == "class" else None for i, kind in enumerate(kinds)], categories=levels
                ),
                ".estimator": kinds,
                ".estimate": missing_as_na(estimate),
                ".lower": missing_as_na(lower),
                ".upper": missing_as_na(upper),
                ".confidence": self._confidence,
                ".method": pd.Series(method, dtype=object),
                ".n": images,
                ".groups": pd.array(groups if self._is_grouped else [None] * len(kinds), dtype="Int64"),
            }
        )
        return frame[columns_of("scores")]

    def accuracy_interval(self) -> tuple[float, float]:
        """Give the interval of the accuracy, whether it was chosen or not."""
        row = self.rows("accuracy").iloc[0]
        return float(row[".lower"]), float(row[".upper"])

    def _is_drawn(self, metric: Metric) -> bool:
        return self._is_grouped or not metric.is_proportion or metric.estimators != ("overall",)

    def _rests_on(self, metric: Metric, kinds: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        def spread(of_class: Array | NDArray[np.int64], total: int) -> NDArray[np.int64]:
            values = iter(of_class if len(of_class) == len(self._outcomes.levels) else [total] * len(kinds))
            return np.array([next(values) if kind == "class" else total for kind in kinds], dtype=np.int64)

        images = spread(metric.rests_on(self._tally)[0], self._outcomes.n)
        if not self._is_grouped:
            return images, images
        groups = (self._sample.by_unit(metric.rests_on) > 0).sum(axis=0)
        return images, spread(groups, self._sample.units)

    def freedom(self, name: str) -> Array:
        """Give the degrees of freedom of each estimate of a metric: effective units less one, pooled where averaged."""
        metric, k = METRICS[name], len(self._outcomes.levels)
        if metric.averages is not None:
            return self.freedom(metric.averages)[k : k + 1]
        of_units: Array = effective_count(self._sample.by_unit(metric.hangs_on or metric.rests_on)) - 1
        if metric.estimators == ("overall",):
            return of_units
        of_class: Array = np.broadcast_to(np.maximum(of_units, 1), k)
        variances = variances_of(self._drawn[name][:, :k])
        weights = (np.ones(k), self._tally.truth[0])
        return np.array([*of_class, *(pooled_freedom(variances * weight**2, of_class) for weight in weights)])

    def _intervals(
        self, name: str, kinds: Sequence[str], estimate: Array, images: NDArray[np.int64], units: NDArray[np.int64]
    ) -> tuple[Array, Array, list[str | None]]:
        is_share = [METRICS[name].is_proportion and kind in ("overall", "class") for kind in kinds]
        low, high = wilson_interval(estimate * units, units, self._confidence)
        freedom = self.freedom(name) if name in self._drawn else np.full(len(kinds), np.nan)
        lower, upper = np.full(len(kinds), np.nan), np.full(len(kinds), np.nan)
        method: list[str | None] = [None] * len(kinds)
        for i in np.flatnonzero(~np.isnan(estimate)):
            if is_share[i] and not self._is_grouped:
                lower[i], upper[i], method[i] = low[i], high[i], "wilson"
                continue
            lower[i], upper[i] = drawn_interval(
                float(estimate[i]),
                self._drawn[name][:, i],
                units=self._sample.units,
                freedom=freedom[i],
                bounds=(METRICS[name].minimum, METRICS[name].maximum),
                confidence=self._confidence,
            )
            if not np.isnan(lower[i]):
                method[i] = "group bootstrap" if self._is_grouped else "bootstrap"
            elif is_share[i]:
                lower[i], upper[i], method[i] = low[i], high[i], "group wilson"
        return lower, upper, method


def missing_as_na(values: Array) -> Array:
    """Give what R calls missing where there is no number."""
    return np.where(np.isnan(values), NA_REAL, values)

"""Scores of predictions, each with an interval that says how far it may be trusted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.checks import check_between, check_count, check_known, checked
from tidycnn.core.errors import InputError
from tidycnn.core.frames import NA_REAL, columns_of
from tidycnn.core.grouped import by_group
from tidycnn.core.groups import grouping_column
from tidycnn.core.seeds import draw_seed
from tidycnn.evaluate._definitions import METRICS, Metric, estimates
from tidycnn.evaluate._doubts import say_doubts
from tidycnn.evaluate._intervals import (
    drawn_interval,
    effective_count,
    pooled_freedom,
    variances_of,
    wilson_interval,
)
from tidycnn.evaluate._outcomes import Outcomes, read_outcomes
from tidycnn.evaluate._tally import Sample

Array = NDArray[np.float64]


@checked
@by_group
def score_predictions(
    predictions: pd.DataFrame,
    metrics: Sequence[str] | None = None,
    *,
    confidence: float = 0.95,
    bootstraps: int = 1000,
    group: str | None = "group",
    seed: int | None = None,
) -> pd.DataFrame:
    """Score predictions, with intervals.

    Parameters
    ----------
    predictions
        One row an image with `label`, `.pred_class` and the probabilities `.pred_<label>`, as `predict_images()`
        gives. Rows without a label or a prediction are left out, and it is said how many.
    metrics
        Names of metrics, all of `list_metrics()` that are marked as default where missing.
    confidence
        How often such an interval covers the truth.
    bootstraps
        How many samples are drawn again for intervals that have no formula.
    group
        The column that tells which images belong together (copies of one photograph, images of one patient). It is
        used where it stands and is not all missing; rows without a group are then left out. `None` switches it off.
    seed
        A whole number that makes the drawn samples repeatable.

    Returns
    -------
    One row a metric and, for metrics of a class, a class, the mean over classes (`macro`) and the mean weighted by
    the images of each class (`weighted`): `.metric`, `.class` (missing but for classes), `.estimator` (`overall`,
    `class`, `macro`, `weighted`), `.estimate`, `.lower`, `.upper`, `.confidence`, `.method` of the interval, `.n`
    and `.groups`, the images and groups that the estimate rests on (for the recall of a class, those of the class).
    Of a grouped frame all this for each group, with its columns in front.

    Notes
    -----
    Without groups, accuracy, precision, recall and specificity of a class are shares of images and have Wilson's
    interval (`.method` is `wilson`); the rest has an interval by drawing images again (`bootstrap`).

    With groups, images of one group are no independent observations: 150 copies of one photograph are one. Estimates
    still count every image once, but all intervals come from drawing whole groups again (`group bootstrap`), so
    large groups weigh in the estimate and widen the interval.

    An interval by drawing again reaches so many standard errors to both sides as Student's t says for as many units
    (groups, or images) as there are, counted as if they were of one size; of a class, those of the class; of a mean
    over classes, by Welch and Satterthwaite. It is made on the logit scale (the logarithm for log loss), so that it
    stays within the range of the metric. It does not depend on the order of the rows.

    Where drawing again shows no spread, as when all is right, there is no interval by it: a share of grouped images
    then has Wilson's for as many observations as there are groups (`group wilson`), other metrics have none.

    A metric is missing where it divides by nothing: the precision of a class that is never predicted, the recall of
    a class that never occurs. Means leave such classes out. F1 is 2 right / (images of the class + images predicted
    as it), so a class that occurs and is never predicted has an F1 of 0. Intervals are missing where the estimate is.

    Sources: Wilson (1927), https://doi.org/10.1080/01621459.1927.10502953; resampling of groups: Davison and Hinkley
    (1997), Bootstrap Methods and their Application, section 3.8; units of one size: Kish (1965), Survey Sampling,
    section 8.2; means over classes: Welch (1947), https://doi.org/10.1093/biomet/34.1-2.28; Matthews
    correlation of many classes: Gorodkin (2004), https://doi.org/10.1016/j.compbiolchem.2004.09.006; kappa: Cohen
    (1960), https://doi.org/10.1177/001316446002000104.

    Examples
    --------
    >>> import pandas as pd
    >>> labels = ["cat"] * 200 + ["dog"] * 200
    >>> answers = ["cat"] * 190 + ["dog"] * 200 + ["cat"] * 10
    >>> predictions = pd.DataFrame({"label": labels, ".pred_class": answers})
    >>> scores = score_predictions(predictions, ["accuracy"])
    >>> scores[[".estimate", ".lower", ".upper"]].round(3).values.tolist()
    [[0.95, 0.924, 0.967]]
    """
    check_between(confidence, "confidence", 0.5, 0.9999)
    check_count(bootstraps, "bootstraps", at_least=50)
    seed = draw_seed(seed)
    outcomes = read_outcomes(predictions, group=grouping_column(predictions, group, "predictions"))
    chosen = _choose(metrics, outcomes)
    scorer = _Scorer(outcomes, chosen, confidence, bootstraps, seed)
    say_doubts(predictions, outcomes, chosen, scorer.accuracy_interval(), confidence)
    return pd.concat([scorer.rows(name) for name in chosen], ignore_index=True)


@checked
def list_metrics() -> pd.DataFrame:
    """List the metrics.

    Returns
    -------
    One row a metric and kind of estimate: `metric`, `estimator` (`overall`, `class`, `macro`, `weighted`),
    `direction` (`maximize` or `minimize`), its range `minimum` and `maximum`, what it needs (`class` or
    `probabilities`), whether `score_predictions()` gives it by default, and its meaning.

    Examples
    --------
    >>> metrics = list_metrics()
    >>> metrics[metrics["direction"] == "minimize"]["metric"].tolist()
    ['log_loss', 'brier_score']
    """
    rows = [
        {
            "metric": name,
            "estimator": estimator,
            "direction": metric.direction,
            "minimum": metric.minimum,
            "maximum": metric.maximum,
            "needs": metric.needs,
            "default": metric.is_default,
            "meaning": metric.meaning,
        }
        for name, metric in METRICS.items()
        for estimator in metric.estimators
    ]
    return pd.DataFrame(rows)


def _choose(metrics: Sequence[str] | None, outcomes: Outcomes) -> list[str]:
    has_probabilities = outcomes.probabilities is not None
    if metrics is None:
        return [n for n, m in METRICS.items() if m.is_default and (has_probabilities or m.needs == "class")]
    if not metrics:
        raise InputError("`metrics` must name at least one metric.", hint="`list_metrics()` lists them.")
    check_known(metrics, "metrics", METRICS, noun="metrics")
    starved = [name for name in metrics if METRICS[name].needs == "probabilities" and not has_probabilities]
    if starved:
        raise InputError(
            f"`predictions` must have probabilities (columns `.pred_<label>`) for the metric {starved[0]!r}.",
            hint="`predict_images()` gives them.",
        )
    return list(dict.fromkeys(metrics))


class _Scorer:
    """The estimates of all chosen metrics and, where one of them needs it, their resampled values."""

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

    def rows(self, name: str) -> pd.DataFrame:
        """Give the rows of one metric."""
        metric, levels = METRICS[name], self._outcomes.levels
        estimate = estimates(metric, self._tally)[0]
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
                ".estimate": _missing_as_na(estimate),
                ".lower": _missing_as_na(lower),
                ".upper": _missing_as_na(upper),
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

    def _freedom(self, name: str) -> Array:
        """Give the degrees of freedom of each estimate of a metric: effective units less one, pooled where averaged."""
        metric, k = METRICS[name], len(self._outcomes.levels)
        if metric.averages is not None:
            return self._freedom(metric.averages)[k : k + 1]
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
        freedom = self._freedom(name) if name in self._drawn else np.full(len(kinds), np.nan)
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


def _missing_as_na(values: Array) -> Array:
    return np.where(np.isnan(values), NA_REAL, values)

"""The table of metrics: what each is, of which counts, and what it rests on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tidycnn.evaluate._tally import Tally, ratio

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Metric:
    """One metric: a function of counts, of shape (samples,) or, where it is of a class, (samples, classes)."""

    value: Callable[[Tally], Array]
    estimators: tuple[str, ...]
    meaning: str
    direction: Literal["maximize", "minimize"] = "maximize"
    minimum: float = 0.0
    maximum: float = 1.0
    needs: Literal["class", "probabilities"] = "class"
    is_default: bool = True
    is_proportion: bool = False
    rests_on: Callable[[Tally], Array] = lambda tally: tally.n[:, None]
    # The images that are fewest of what it rests on, whose number says how sure it is; `rests_on` where not given.
    hangs_on: Callable[[Tally], Array] | None = None
    # The metric of classes whose plain mean it is.
    averages: str | None = None


_OVERALL = ("overall",)
_BY_CLASS = ("class", "macro", "weighted")


def _accuracy(tally: Tally) -> Array:
    return ratio(tally.right.sum(axis=-1), tally.n)


def _recall(tally: Tally) -> Array:
    return ratio(tally.right, tally.truth)


def _kappa(tally: Tally) -> Array:
    chance = ratio((tally.truth * tally.predicted).sum(axis=-1), tally.n**2)
    return ratio(_accuracy(tally) - chance, 1 - chance)


def _mcc(tally: Tally) -> Array:
    def covariance(a: Array, b: Array) -> Array:
        product: Array = tally.n**2 - (a * b).sum(axis=-1)
        return product

    together = tally.right.sum(axis=-1) * tally.n - (tally.truth * tally.predicted).sum(axis=-1)
    apart = covariance(tally.truth, tally.truth) * covariance(tally.predicted, tally.predicted)
    return ratio(together, np.sqrt(apart))


METRICS: dict[str, Metric] = {
    "accuracy": Metric(
        _accuracy,
        _OVERALL,
        "share of the images that are predicted right",
        is_proportion=True,
    ),
    "precision": Metric(
        lambda tally: ratio(tally.right, tally.predicted),
        _BY_CLASS,
        "of the images predicted as the class, the share that is of it",
        is_proportion=True,
        rests_on=lambda tally: tally.predicted,
    ),
    "recall": Metric(
        _recall,
        _BY_CLASS,
        "of the images of the class, the share predicted as it (sensitivity)",
        is_proportion=True,
        rests_on=lambda tally: tally.truth,
    ),
    "specificity": Metric(
        lambda tally: ratio(tally.others_right, tally.others),
        _BY_CLASS,
        "of the images of other classes, the share not predicted as the class",
        is_proportion=True,
        rests_on=lambda tally: tally.others,
    ),
    "f1": Metric(
        lambda tally: ratio(2 * tally.right, tally.truth + tally.predicted),
        _BY_CLASS,
        "harmonic mean of precision and recall",
        rests_on=lambda tally: tally.touched,
    ),
    "balanced_accuracy": Metric(
        lambda tally: average(_recall(tally), np.ones_like(tally.truth)),
        _OVERALL,
        "mean of the recalls of the classes",
        averages="recall",
    ),
    "log_loss": Metric(
        lambda tally: ratio(tally.log_loss, tally.n),
        _OVERALL,
        "mean of -log(probability of the true class), in nats",
        direction="minimize",
        maximum=float("inf"),
        needs="probabilities",
    ),
    "brier_score": Metric(
        lambda tally: ratio(tally.brier_score, tally.n),
        _OVERALL,
        "half the mean squared distance between the probabilities and the truth (0 or 1 for each class)",
        direction="minimize",
        needs="probabilities",
        is_default=False,
    ),
    "roc_auc": Metric(
        lambda tally: tally.areas,
        _BY_CLASS,
        "chance that an image of the class has a higher probability of it than an image of another class",
        needs="probabilities",
        is_default=False,
        hangs_on=lambda tally: tally.truth,
    ),
    "mcc": Metric(
        _mcc,
        _OVERALL,
        "Matthews correlation of truth and prediction",
        minimum=-1.0,
        is_default=False,
    ),
    "kappa": Metric(
        _kappa,
        _OVERALL,
        "Cohen's kappa: agreement beyond chance",
        minimum=-1.0,
        is_default=False,
    ),
}


def average(values: Array, weights: Array) -> Array:
    """Average over classes those values that are defined."""
    weights = np.where(np.isnan(values), 0.0, weights)
    return ratio((np.nan_to_num(values) * weights).sum(axis=-1), weights.sum(axis=-1))


def estimates(metric: Metric, tally: Tally) -> Array:
    """Give all estimates of a metric side by side: of the classes, their mean, their weighted mean; or the one."""
    values = metric.value(tally)
    if metric.estimators == _OVERALL:
        return values[:, None]
    macro = average(values, np.ones_like(values))
    weighted = average(values, tally.truth)
    return np.column_stack([values, macro, weighted])

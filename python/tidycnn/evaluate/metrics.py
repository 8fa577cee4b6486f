"""Scores of predictions, each with an interval that says how far it may be trusted."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from tidycnn.core.checks import check_between, check_count, check_known, checked
from tidycnn.core.errors import InputError
from tidycnn.core.grouped import by_group
from tidycnn.core.groups import grouping_column
from tidycnn.core.seeds import draw_seed
from tidycnn.evaluate._definitions import METRICS
from tidycnn.evaluate._doubts import say_doubts
from tidycnn.evaluate._outcomes import Outcomes, read_outcomes
from tidycnn.evaluate._scorer import Scorer


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
    chosen = choose_metrics(metrics, outcomes)
    scorer = Scorer(outcomes, chosen, confidence, bootstraps, seed)
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


def choose_metrics(metrics: Sequence[str] | None, outcomes: Outcomes) -> list[str]:
    """Give the metrics that are asked for, or those that are default; refuse what cannot be computed."""
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

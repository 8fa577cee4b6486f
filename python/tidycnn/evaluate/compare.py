"""Several models on the same images: their scores, and how far each is from the best, image by image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.checks import check_between, check_count
from tidycnn.core.errors import InputError, Phrase, counted, listed
from tidycnn.core.frames import PREDICTED, columns_of
from tidycnn.core.groups import grouping_column
from tidycnn.core.seeds import draw_seed
from tidycnn.evaluate._definitions import METRICS
from tidycnn.evaluate._outcomes import read_paired_outcomes, scorable_rows
from tidycnn.evaluate._scorer import Scorer, missing_as_na
from tidycnn.evaluate.intervals import difference_interval, paired_interval
from tidycnn.evaluate.metrics import choose_metrics, score_predictions

Array = NDArray[np.float64]

# Estimators of all images: one row a model and metric.
WHOLE = ("overall", "macro")
_DIFFERENCES = (".difference", ".difference_lower", ".difference_upper")


def compare_predictions(
    predictions: Mapping[str, pd.DataFrame],
    metrics: Sequence[str] | None = None,
    *,
    confidence: float = 0.95,
    bootstraps: int = 1000,
    group: str | None = "group",
    seed: int | None = None,
) -> pd.DataFrame:
    """Score what several models predict of the same images, and give each difference to the best.

    The interval of a difference is paired: both models are judged by the same images, or the same groups of images, so
    what is hard for both is no difference. Without groups that of accuracies is Newcombe's for paired shares; all
    others come from drawing the same images, or whole groups, again for both, and reach as far as Student's t says.

    Returns
    -------
    One row a model and each row of `score_predictions()`: `model`, the columns of the scores, `.difference` to the
    model that is best by this row (0 for itself), `.difference_lower` and `.difference_upper`.
    """
    check_between(confidence, "confidence", 0.5, 0.9999)
    check_count(bootstraps, "bootstraps", at_least=50)
    seed = draw_seed(seed)
    frames = [frame.reset_index(drop=True) for frame in _alike(predictions).values()]
    group = grouping_column(frames[0], group, "predictions")
    is_scorable = scorable_rows(frames, group)
    frames = [frame[is_scorable] for frame in frames]
    outcomes = read_paired_outcomes(frames, group=group)
    chosen = choose_metrics(metrics, outcomes[0])
    scorers = [Scorer(each, chosen, confidence, bootstraps, seed) for each in outcomes]
    stacked = pd.concat([frame.assign(model=name) for name, frame in zip(predictions, frames, strict=True)])
    scores = score_predictions(
        stacked.groupby("model", sort=False),
        chosen,
        confidence=confidence,
        bootstraps=bootstraps,
        group=group,
        seed=seed,
    )
    parts = [_differences(scorers, name, confidence) for name in chosen]
    differences = np.concatenate(parts, axis=2).reshape(3, -1)
    columns = dict(zip(_DIFFERENCES, map(missing_as_na, differences), strict=True))
    return scores.assign(**columns)[columns_of("comparison")]


def titles_of_layers(bases: Sequence[str], layers: Sequence[str]) -> list[str]:
    """Name layers that are compared, with the base of each where there are several bases."""
    pairs = zip(bases, layers, strict=True)
    return list(layers) if len(set(bases)) < 2 else [f"{base}, {layer}" for base, layer in pairs]


def spell_comparison(comparison: pd.DataFrame) -> str:
    """Say in a sentence what a comparison tells, by its first metric."""
    rows = comparison[comparison[".metric"] == comparison[".metric"].iloc[0]]
    rows = rows[rows[".estimator"] == rows[".estimator"].iloc[0]]
    rows = (
        rows[rows[".class"].isna()] if rows[".class"].isna().any() else rows[rows[".class"] == rows[".class"].iloc[0]]
    )
    metric, known = rows[".metric"].iloc[0], rows[rows[".difference"].notna()]
    if known.empty:
        return f"Nothing is known of the {metric} of these models."
    is_best = (known[".difference"] == 0) & known[".difference_lower"].isna()
    best, others = known[is_best]["model"].tolist(), known[~is_best]
    units = counted(int(rows[".n"].iloc[0]), "image")
    if rows[".groups"].notna().all():
        units = f"{counted(int(rows['.groups'].iloc[0]), 'group')} of {units}"
    is_apart = (others[".difference_lower"] > 0) | (others[".difference_upper"] < 0)
    if is_apart.all() and len(best) == 1:
        return f"{best[0]!r} is best by {metric}, and each difference to it is more than chance ({units})."
    alike = [*best, *others[~is_apart]["model"]]
    spread = [
        Phrase(
            f"{row['model']!r} {row['.difference']:+.3f} ({row['.difference_lower']:+.3f} to "
            f"{row['.difference_upper']:+.3f})"
        )
        for row in others[~is_apart].to_dict("records")
        if not pd.isna(row[".difference_lower"])
    ]
    told = f" Differences to {best[0]!r}: {listed(spread)}." if spread else ""
    return f"{units} cannot tell {listed(alike)} apart by {metric}.{told}"


def _alike(predictions: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Refuse predictions of other images or labels, and give all the levels of the first."""
    (name, first), *others = predictions.items()
    levels = list(first[PREDICTED].cat.categories)
    for other, frame in others:
        if set(frame[PREDICTED].cat.categories) != set(levels):
            raise InputError(
                f"{name!r} knows the labels {listed(levels)}, but {other!r} {listed(frame[PREDICTED].cat.categories)}."
            )
        if frame["path"].tolist() != first["path"].tolist() or frame["label"].tolist() != first["label"].tolist():
            raise InputError(f"{name!r} and {other!r} predict other images, or in another order.")
    known = [*levels, *(label for label in first["label"].cat.categories if label not in levels)]
    return {
        each: frame.assign(
            label=frame["label"].cat.set_categories(known), **{PREDICTED: frame[PREDICTED].cat.set_categories(levels)}
        )
        for each, frame in predictions.items()
    }


def _differences(scorers: Sequence[Scorer], name: str, confidence: float) -> Array:
    """Give the differences of a metric and the ends of their intervals, of shape (3, models, rows of the metric)."""
    estimates = np.stack([scorer.estimate(name) for scorer in scorers])
    found = np.full((3, *estimates.shape), np.nan)
    sign = 1 if METRICS[name].direction == "maximize" else -1
    for column in np.flatnonzero(~np.isnan(estimates).all(axis=0)):
        best = int(np.nanargmax(sign * estimates[:, column]))
        for i, scorer in enumerate(scorers):
            found[0, i, column] = estimates[i, column] - estimates[best, column]
            if i != best:
                found[1:, i, column] = _interval(scorer, scorers[best], name, int(column), confidence)
    return found


def _interval(scorer: Scorer, best: Scorer, name: str, column: int, confidence: float) -> tuple[float, float]:
    drawn, drawn_best = scorer.drawn(name), best.drawn(name)
    if drawn is None or drawn_best is None:
        is_right, is_right_by_best = (each.outcomes.truth == each.outcomes.predicted for each in (scorer, best))
        pairs = ((is_right, is_right_by_best), (is_right, ~is_right_by_best), (~is_right, is_right_by_best))
        both, first, second = (int((one & other).sum()) for one, other in pairs)
        return paired_interval(both, first, second, len(is_right) - both - first - second, confidence)
    return difference_interval(
        float(scorer.estimate(name)[column] - best.estimate(name)[column]),
        drawn[:, column] - drawn_best[:, column],
        units=scorer.units,
        freedom=float(min(scorer.freedom(name)[column], best.freedom(name)[column])),
        confidence=confidence,
    )

"""What must be said aloud before anyone believes a score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tidycnn.core.errors import Phrase, counted, listed, warn
from tidycnn.core.frames import TRAINED
from tidycnn.evaluate._definitions import METRICS
from tidycnn.evaluate._outcomes import Outcomes
from tidycnn.evaluate.intervals import fewest_differences

_HALF_WIDTH_MOST = 0.05
_UNITS_LEAST = 10
# Metrics that divide by nothing for a class that is not in the truth, never answered, or neither.
_BY_TRUTH = ("recall", "balanced_accuracy", "roc_auc")
_BY_ANSWER = ("precision",)
_BY_BOTH = ("f1",)


def say_doubts(
    predictions: pd.DataFrame,
    outcomes: Outcomes,
    chosen: Sequence[str],
    accuracy_interval: tuple[float, float],
    confidence: float,
) -> None:
    """Warn of images that cannot be judged alike, of classes that lack something, and of too few images.

    Only what has a bearing on the metrics that were chosen is said.
    """
    if not _say_trained(predictions):
        _say_mixed(predictions)
    _say_repeated(predictions, outcomes)
    _say_absent(outcomes, chosen)
    _say_few_groups(outcomes)
    _say_small(outcomes, chosen, accuracy_interval, confidence)


def _say_trained(predictions: pd.DataFrame) -> bool:
    """Say how many images the classifier was trained on, and whether there are any."""
    n = int((predictions[TRAINED] == True).sum()) if TRAINED in predictions.columns else 0  # noqa: E712 - NA too
    if n:
        warn(
            f"The classifier was trained on {n:,} of {counted(len(predictions), 'image')}, or on identical files "
            f"(`{TRAINED}`): it will look better than it is. Score images that it has not seen."
        )
    return n > 0


def _say_mixed(predictions: pd.DataFrame) -> None:
    if "split" not in predictions.columns:
        return
    n = predictions["split"].value_counts()
    learned = int(n.get("train", 0))
    if 0 < learned < n.sum():
        warn(
            f"{counted(learned, 'image')} of the split 'train' {'is' if learned == 1 else 'are'} scored together with "
            "others: what a model learned from says nothing of new images. Score each split by itself."
        )


def _say_repeated(predictions: pd.DataFrame, outcomes: Outcomes) -> None:
    if outcomes.groups is not None or "path" not in predictions.columns:
        return
    repeated = int(predictions["path"].duplicated().sum())
    if repeated:
        warn(
            f"{counted(repeated, 'row')} of `predictions` repeat the path of another: intervals take each row for an "
            "observation of its own. Give such rows a common `group`."
        )


def _say_absent(outcomes: Outcomes, chosen: Sequence[str]) -> None:
    occurring, answered = set(outcomes.truth.tolist()), set(outcomes.predicted.tolist())
    if len(occurring) == 1:
        label = outcomes.levels[outcomes.truth[0]]
        warn(
            f"All {counted(outcomes.n, 'image')} are labelled {label!r}: always answering {label!r} would score an "
            "accuracy of 1, and nothing is known of the other labels."
        )
    else:
        _say_never(outcomes, occurring, "never in the truth", _metrics_of(_BY_TRUTH, chosen))
    _say_never(outcomes, answered, "never predicted", _metrics_of(_BY_ANSWER, chosen))
    _say_never(outcomes, occurring | answered, "neither in the truth nor predicted", _metrics_of(_BY_BOTH, chosen))


def _metrics_of(names: Sequence[str], chosen: Sequence[str]) -> list[str]:
    return [name for name in names if name in chosen]


def _say_never(outcomes: Outcomes, found: set[int], how: str, metrics: list[str]) -> None:
    never = [level for code, level in enumerate(outcomes.levels) if code not in found]
    if not never or not metrics:
        return
    is_one = len(never) == 1
    of_class = [name for name in metrics if METRICS[name].averages is None]
    if of_class:
        lacking = f"{listed(map(Phrase, of_class))} {'is' if len(of_class) == 1 else 'are'}"
        them = "it" if len(of_class) == 1 else "them"
        what = f"{'its' if is_one else 'their'} {lacking} missing, and averages leave {them} out"
    else:
        what = f"{listed(map(Phrase, metrics))} leaves {'it' if is_one else 'them'} out"
    warn(f"{listed(never)} {'is' if is_one else 'are'} {how}: {what}.")


def _say_few_groups(outcomes: Outcomes) -> None:
    if outcomes.group_count is not None and outcomes.group_count < _UNITS_LEAST:
        warn(
            f"There {'is' if outcomes.group_count == 1 else 'are'} only {counted(outcomes.group_count, 'group')}: "
            f"intervals of fewer than {_UNITS_LEAST} groups may miss the truth more often than they say, however many "
            "images there are."
        )


def _say_small(
    outcomes: Outcomes, chosen: Sequence[str], accuracy_interval: tuple[float, float], confidence: float
) -> None:
    half_width = (accuracy_interval[1] - accuracy_interval[0]) / 2
    if half_width <= _HALF_WIDTH_MOST:
        return
    noun = "image" if outcomes.group_count is None else "group"
    units, differences = outcomes.group_count or outcomes.n, fewest_differences(confidence)
    amount = counted(units, noun) + ("" if outcomes.group_count is None else f" ({counted(outcomes.n, 'image')})")
    told_apart = (
        "no two models can ever be told apart"
        if units < differences
        else f"two models that differ by fewer than {differences} {noun}s can never be told apart"
    )
    known = "one accuracy is" if "accuracy" in chosen else "even an accuracy would be"
    of_classes = any(METRICS[name].averages or "class" in METRICS[name].estimators for name in chosen)
    warn(
        f"{amount}: {known} known to about {round(100 * half_width)} points either way; {told_apart}."
        + (_few_of_a_class(outcomes, noun) if of_classes else "")
    )


def _few_of_a_class(outcomes: Outcomes, noun: str) -> str:
    units = np.arange(outcomes.n) if outcomes.groups is None else outcomes.groups
    pairs = np.unique(np.column_stack([outcomes.truth, units]), axis=0)[:, 0]
    n = np.bincount(pairs, minlength=len(outcomes.levels))
    few = [level for code, level in enumerate(outcomes.levels) if 0 < n[code] < _UNITS_LEAST]
    return f" The scores of {listed(few)} rest on fewer than {_UNITS_LEAST} {noun}s." if few else ""

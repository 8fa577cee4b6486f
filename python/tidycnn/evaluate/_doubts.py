"""What must be said aloud before anyone believes a score."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tidycnn.core.errors import counted, listed, warn
from tidycnn.core.frames import TRAINED
from tidycnn.evaluate._intervals import fewest_differences
from tidycnn.evaluate._outcomes import Outcomes

_HALF_WIDTH_MOST = 0.05
_UNITS_LEAST = 10


def say_doubts(
    predictions: pd.DataFrame, outcomes: Outcomes, accuracy_interval: tuple[float, float], confidence: float
) -> None:
    """Warn of images that cannot be judged alike, of classes that lack something, and of too few images."""
    if not _say_trained(predictions):
        _say_mixed(predictions)
    _say_repeated(predictions, outcomes)
    _say_absent(outcomes)
    _say_few_groups(outcomes)
    _say_small(outcomes, accuracy_interval, confidence)


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


def _say_absent(outcomes: Outcomes) -> None:
    occurring, answered = set(outcomes.truth.tolist()), set(outcomes.predicted.tolist())
    if len(occurring) == 1:
        label = outcomes.levels[outcomes.truth[0]]
        warn(
            f"All {counted(outcomes.n, 'image')} are labelled {label!r}: always answering {label!r} would score an "
            "accuracy of 1, and nothing is known of the other labels."
        )
    else:
        _say_never(outcomes, occurring, "in the truth: its recall", "in the truth: their recall")
    _say_never(outcomes, answered, "predicted: its precision", "predicted: their precision")


def _say_never(outcomes: Outcomes, found: set[int], singular: str, plural: str) -> None:
    never = [level for code, level in enumerate(outcomes.levels) if code not in found]
    if never:
        verb = f"is never {singular}" if len(never) == 1 else f"are never {plural}"
        warn(f"{listed(never)} {verb} is missing, and averages leave it out.")


def _say_few_groups(outcomes: Outcomes) -> None:
    if outcomes.group_count is not None and outcomes.group_count < _UNITS_LEAST:
        warn(
            f"There {'is' if outcomes.group_count == 1 else 'are'} only {counted(outcomes.group_count, 'group')}: "
            f"intervals by drawing fewer than {_UNITS_LEAST} groups again are too narrow, however many images there "
            "are."
        )


def _say_small(outcomes: Outcomes, accuracy_interval: tuple[float, float], confidence: float) -> None:
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
    warn(
        f"{amount}: one accuracy is known to about {round(100 * half_width)} points either way; {told_apart}."
        + _few_of_a_class(outcomes, noun)
    )


def _few_of_a_class(outcomes: Outcomes, noun: str) -> str:
    units = np.arange(outcomes.n) if outcomes.groups is None else outcomes.groups
    pairs = np.unique(np.column_stack([outcomes.truth, units]), axis=0)[:, 0]
    n = np.bincount(pairs, minlength=len(outcomes.levels))
    few = [level for code, level in enumerate(outcomes.levels) if 0 < n[code] < _UNITS_LEAST]
    return f" The scores of {listed(few)} rest on fewer than {_UNITS_LEAST} {noun}s." if few else ""

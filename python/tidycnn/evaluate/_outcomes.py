"""Predictions as arrays: who was what, who was taken for what, with which probabilities, in which group.

Concerns kept apart: this module reads and checks the predictions frame; it computes no score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.errors import InputError, listed, spell_column
from tidycnn.core.frames import (
    PREDICTED,
    PREDICTION_PREFIX,
    as_labels,
    check_columns,
    in_label_order,
    label_text,
    prediction_columns,
    tell_left_out,
)
from tidycnn.core.groups import group_codes, group_names

_SUM_TOLERANCE = 0.01


@dataclass(frozen=True)
class Outcomes:
    """The images that can be scored. Codes count from 0 in the order of `levels`."""

    levels: list[str]
    truth: NDArray[np.intp]
    predicted: NDArray[np.intp]
    probabilities: NDArray[np.float64] | None
    groups: NDArray[np.int64] | None

    @property
    def n(self) -> int:
        return len(self.truth)

    @property
    def group_count(self) -> int | None:
        return None if self.groups is None else int(self.groups.max()) + 1


def read_outcomes(predictions: pd.DataFrame, *, group: str | None = None) -> Outcomes:
    """Check a predictions frame and take what scores need; rows that cannot be scored are left out and counted."""
    return read_paired_outcomes([predictions], group=group)[0]


def read_paired_outcomes(predictions: Sequence[pd.DataFrame], *, group: str | None = None) -> list[Outcomes]:
    """Do so for what several models predict of the same images: a row that one cannot be scored by is left out of all.

    All have one order.
    """
    for frame in predictions:
        check_columns(frame, ["label", PREDICTED], "predictions", made_by="predict_images()")
    frames = [frame.reset_index(drop=True) for frame in predictions]
    read = [_read_levels(frame) for frame in frames]
    is_scorable = scorable_rows(frames, group)
    scored = [frame[is_scorable] for frame in frames]
    truths = [_codes(frame["label"], levels, columns) for frame, (levels, columns) in zip(scored, read, strict=True)]
    order = _own_order(scored, group)
    return [
        Outcomes(
            levels=levels,
            truth=truth[order],
            predicted=_codes(frame[PREDICTED], levels, [])[order],
            probabilities=_read_probabilities(frame, columns)[order] if columns else None,
            groups=None if group is None else group_codes(frame.iloc[order], group, without="left out"),
        )
        for frame, (levels, columns), truth in zip(scored, read, truths, strict=True)
    ]


def scorable_rows(frames: Sequence[pd.DataFrame], group: str | None) -> pd.Series[bool]:
    """Tell which rows can be scored, and tell the user of the others; without any it is an error."""
    first = frames[0]
    reasons = pd.Series(None, index=first.index, dtype=object)
    if group is not None:
        reasons[first[group].isna()] = f"without a {group}"
    for frame in frames:
        reasons[frame[[PREDICTED, *_probability_columns(frame)]].isna().any(axis=1)] = "without a prediction"
    reasons[first["label"].isna()] = "without a label"
    if reasons.notna().all():
        needed = "a label and a prediction" if group is None else f"a label, a prediction and a value in {group!r}"
        raise InputError(f"`predictions` must have at least one row with {needed}.")
    tell_left_out(reasons.dropna(), len(first), "predictions")
    return reasons.isna()


def _own_order(frames: Sequence[pd.DataFrame], group: str | None) -> NDArray[np.intp]:
    """Order rows by what they hold, so that what is drawn of them does not depend on the order they came in."""
    hashes = []
    for frame in frames:
        held = frame[["label", PREDICTED, *_probability_columns(frame)]].astype({"label": str, PREDICTED: str})
        hashes.append(pd.util.hash_pandas_object(held, index=False).to_numpy())
    keys = [np.add.reduce(hashes)]  # Whichever frame comes first.
    if group is not None:
        keys.append(pd.factorize(group_names(frames[0], group), sort=True)[0])
    order: NDArray[np.intp] = np.lexsort(keys)
    return order


def _probability_columns(predictions: pd.DataFrame) -> list[str]:
    return [c for c in predictions.columns if str(c).startswith(PREDICTION_PREFIX) and c != PREDICTED]


def _read_levels(predictions: pd.DataFrame) -> tuple[list[str], list[str]]:
    label = predictions["label"]
    known = list(as_labels(label, argument=spell_column("predictions", "label")).categories)
    columns = _probability_columns(predictions)
    if not columns:
        given = as_labels(predictions[PREDICTED], argument=spell_column("predictions", PREDICTED)).categories
        # Truth values may be spelled in the words of the other language.
        answered = list(label_text(pd.Series(given, dtype=object), known))
        if not isinstance(label.dtype, pd.CategoricalDtype):
            return in_label_order([*known, *answered]), []
        return [*known, *(level for level in answered if level not in known)], []
    predictable = [column.removeprefix(PREDICTION_PREFIX) for column in columns]
    is_ordered = isinstance(label.dtype, pd.CategoricalDtype) and set(known) == set(predictable)
    levels = known if is_ordered else predictable
    return levels, prediction_columns(levels)


def _codes(labels: pd.Series[str], levels: list[str], columns: list[str]) -> NDArray[np.intp]:
    unknown = in_label_order(set(label_text(labels, levels).dropna()).difference(levels))
    if unknown and columns:
        raise InputError(
            f"`predictions` has images labelled {listed(unknown)}, but no column "
            f"{listed(prediction_columns(unknown), last='or')}.",
            hint=f"The probabilities are of {listed(levels)}: drop those rows, or predict with a model of all labels.",
        )
    return as_labels(labels, levels, argument=spell_column("predictions", labels.name)).codes.astype(np.intp)


def _read_probabilities(scored: pd.DataFrame, columns: list[str]) -> NDArray[np.float64]:
    wrong = [column for column in columns if not pd.api.types.is_numeric_dtype(scored[column])]
    if wrong:
        raise InputError(f"`predictions` must have numbers in the columns {listed(wrong)}.")
    probabilities = scored[columns].to_numpy(dtype=np.float64)
    sums = probabilities.sum(axis=1)
    is_wrong = (probabilities < -_SUM_TOLERANCE).any(axis=1) | (np.abs(sums - 1) > _SUM_TOLERANCE)
    if is_wrong.any():
        first = int(np.flatnonzero(is_wrong)[0])
        named = f"those of {scored['path'].iloc[first]!r}" if "path" in scored.columns else "some"
        raise InputError(
            f"`predictions` must have probabilities that are not negative and sum to 1 in every row, "
            f"but {named} are {listed(probabilities[first].round(4))}.",
            hint="Outputs of a last layer without softmax or sigmoid are no probabilities.",
        )
    clipped: NDArray[np.float64] = np.clip(probabilities, 0, None)
    return clipped

"""Frames below each other, such as the histories of several runs: what tells apart rows that have the same place."""

from __future__ import annotations

import pandas as pd

from tidycnn.core.errors import InputError, listed
from tidycnn.core.frames import FRAMES, PREDICTED, as_text
from tidycnn.report._words import COLOURS, FURTHER_COLOURS

# What tells the rows of one frame of a kind apart.
_KEYS = {
    "confusion": ("label", PREDICTED),
    "counts": ("label", "split"),
    "predictions": ("path",),
    "history": ("stage", "epoch", "data", "metric"),
    "scores": (".metric", ".class", ".estimator"),
}
_COLOURS = (*COLOURS.values(), *FURTHER_COLOURS)


def parts_of(frame: pd.DataFrame, kind: str, argument: str) -> pd.Series[str] | None:
    """Name the frame of each row where several stand below each other; None where there is only one."""
    keys = [name for name in _KEYS[kind] if name in frame.columns]
    if not frame.duplicated(keys).any():
        return None
    further = [name for name in frame.columns if name not in FRAMES[kind].columns]
    telling = [name for name in further if frame[name].nunique(dropna=False) > 1]
    if frame.duplicated([*keys, *telling]).any():
        raise InputError(
            f"`{argument}` has several rows with the same {listed(keys)}, and no further column tells them apart.",
            hint="Draw one frame at a time, or stack them with a column that names each.",
        )
    names = [frame[name].astype(object).map(as_text) for name in telling]
    return pd.Series([", ".join(each) for each in zip(*names, strict=True)], frame.index)


def colours_of_parts(parts: pd.Series[str], argument: str) -> dict[str, str]:
    """Give each of the stacked frames its colour; more than there are colours are refused."""
    names = list(dict.fromkeys(parts))
    if len(names) > len(_COLOURS):
        raise InputError(
            f"`{argument}` stacks {len(names)} frames, and at most {len(_COLOURS)} can be told apart in a figure.",
            hint="Draw some of them at a time.",
        )
    return dict(zip(names, _COLOURS, strict=False))


def refuse_parts(frame: pd.DataFrame, kind: str, argument: str) -> None:
    """Refuse frames below each other where a figure has no room for more than one."""
    parts = parts_of(frame, kind, argument)
    if parts is not None:
        names = list(dict.fromkeys(parts))
        raise InputError(
            f"`{argument}` must be one frame to be drawn, but it stacks {len(names)}: {listed(names, most=5)}.",
            hint="Draw one of them at a time.",
        )

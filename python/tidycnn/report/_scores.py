"""The picture of scores: one row an estimate with its interval, one panel a metric."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tidycnn.core.errors import counted
from tidycnn.report._style import COLOURS, new_picture, shortened

_CLASSES_MOST, _CLASSES_SHOWN = 12, 5
_UNBOUNDED = ("log_loss",)
_ROW_NAMES = {"overall": "all images", "macro": "macro mean", "weighted": "weighted mean"}
_CLASS_COLOUR, _AVERAGE_COLOUR = COLOURS["train"], "#000000"


def draw_scores(scores: pd.DataFrame) -> Figure:
    """Draw estimates with their intervals; what has no upper limit, as log loss, is spelled below the others."""
    is_unbounded = scores[".metric"].isin(_UNBOUNDED)
    is_aside = is_unbounded & (not is_unbounded.all())
    drawn = _rows_shown(scores[~is_aside])
    panels = [(str(metric), rows) for metric, rows in drawn.groupby(".metric", sort=False)]
    picture = new_picture(
        f"Scores with {100 * scores['.confidence'].max():g} % intervals",
        _subtitle(scores),
        width=7.0,
        height=1.3 + 0.22 * len(drawn) + 0.28 * len(panels),
    )
    heights = [len(rows) + 0.2 for _, rows in panels]
    axes = picture.subplots(len(panels), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights})[:, 0]
    for panel, (metric, rows) in zip(axes, panels, strict=True):
        _draw_metric(panel, rows, metric)
    axes[-1].set_xlabel("\n".join(["estimate and interval", *_spelled(scores[is_aside])]))
    return picture


def _rows_shown(scores: pd.DataFrame) -> pd.DataFrame:
    """Keep, where there are many classes, those with the lowest scores of each metric."""
    scores = scores.reset_index(drop=True)
    of_class = scores[scores[".class"].notna()]
    if of_class[".class"].nunique() <= _CLASSES_MOST:
        return scores
    lowest = of_class.sort_values(".estimate", kind="stable").groupby(".metric", sort=False).head(_CLASSES_SHOWN)
    return scores[scores[".class"].isna() | scores.index.isin(lowest.index)]


def _draw_metric(axes: Axes, rows: pd.DataFrame, metric: str) -> None:
    for position, row in enumerate(rows.to_dict("records")):
        is_class = row[".estimator"] == "class"
        colour = _CLASS_COLOUR if is_class else _AVERAGE_COLOUR
        axes.hlines(position, row[".lower"], row[".upper"], color=colour)
        axes.plot(row[".estimate"], position, marker="o" if is_class else "D", color=colour, markersize=5)
        text = "missing" if pd.isna(row[".estimate"]) else f"{row['.estimate']:.3f}"
        axes.annotate(text, (1.01, position), xycoords=("axes fraction", "data"), va="center", color=colour)
    axes.set_yticks(range(len(rows)), [_row_name(row) for row in rows.to_dict("records")])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_title(metric, pad=2)


def _row_name(row: dict[Hashable, Any]) -> str:
    name = str(row[".class"]) if row[".estimator"] == "class" else _ROW_NAMES.get(str(row[".estimator"]), "")
    groups = "" if pd.isna(row[".groups"]) else f", {counted(row['.groups'], 'group')}"
    return f"{shortened(name)} (n = {row['.n']:,}{groups})"


def _spelled(scores: pd.DataFrame) -> list[str]:
    return [
        f"{row['.metric']} {row['.estimate']:.3f}"
        + ("" if pd.isna(row[".lower"]) else f" ({row['.lower']:.3f} to {row['.upper']:.3f})")
        for row in scores.to_dict("records")
    ]


def _subtitle(scores: pd.DataFrame) -> str:
    text = f"n = {counted(int(scores['.n'].max()), 'image')}"
    if scores[".groups"].notna().any():
        text = f"{text} in {counted(int(scores['.groups'].max()), 'group')}"
    methods = list(dict.fromkeys(scores[".method"].dropna()))
    if methods:
        text = f"{text}; {' and '.join(methods)}"
    classes = scores[".class"].dropna().nunique()
    if classes > _CLASSES_MOST:
        text = f"{text}; the {_CLASSES_SHOWN} lowest of {classes} classes"
    return text

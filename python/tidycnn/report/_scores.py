"""The figure of scores: one row an estimate with its interval, one panel a metric."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

from tidycnn.core.errors import counted
from tidycnn.core.frames import check_columns, columns_of
from tidycnn.report._figure import Axis, Facet, Figure, Mark, Style
from tidycnn.report._stacked import colours_of_parts, parts_of
from tidycnn.report._words import BLACK, COLOURS, shortened

_CLASSES_MOST, _CLASSES_SHOWN = 12, 5
_UNBOUNDED = ("log_loss",)
_ROW_NAMES = {"overall": "all images", "macro": "macro mean", "weighted": "weighted mean"}
_STYLES = (
    Style(name="class", colour=COLOURS["train"], point="circle"),
    Style(name="average", colour=BLACK, point="diamond"),
)


def scores_figure(scores: pd.DataFrame, argument: str) -> Figure:
    """Show estimates with their intervals; what has no upper limit, as log loss, is spelled below the others."""
    check_columns(scores, columns_of("scores"), argument, made_by="score_predictions()")
    parts = parts_of(scores, "scores", argument)
    scores = scores[columns_of("scores")].assign(part="" if parts is None else parts + ", ")
    is_unbounded = scores[".metric"].isin(_UNBOUNDED)
    is_aside = is_unbounded & (not is_unbounded.all())
    rows = _rows(_rows_shown(scores[~is_aside]))
    metrics = list(rows[".metric"].cat.categories)
    style, styles = ("kind", _STYLES) if parts is None else ("part", _styles_of_parts(parts, argument))
    return Figure(
        title=f"Scores with {100 * scores['.confidence'].max():g} % intervals",
        subtitle=_subtitle(scores),
        caption="\n".join(_spelled(scores[is_aside])) or None,
        data=rows,
        marks=[
            Mark(kind="intervals", columns={"y": "row", "start": ".lower", "end": ".upper", "style": style}),
            Mark(kind="points", columns={"x": ".estimate", "y": "row", "style": style}, size=5),
            Mark(kind="texts", columns={"y": "row", "text": "text", "style": style}, place="edge"),
        ],
        x=Axis(title="estimate and interval"),
        y=Axis(levels=list(rows["row"]), breaks=list(rows["row"]), labels=list(rows["name"])),
        styles=styles,
        facet=Facet(column=".metric", titles=metrics, columns=1, free="y", is_stacked=True),
        width=7.0,
        height=1.3 + 0.22 * len(rows) + 0.28 * len(metrics),
    )


def _styles_of_parts(parts: pd.Series[str], argument: str) -> list[Style]:
    """Give each of the stacked frames its colour; the rows bear its name."""
    colours = colours_of_parts(parts, argument)
    return [Style(name=f"{name}, ", colour=colour) for name, colour in colours.items()]


def _rows_shown(scores: pd.DataFrame) -> pd.DataFrame:
    """Keep, where there are many classes, those with the lowest scores of each metric."""
    scores = scores.reset_index(drop=True)
    of_class = scores[scores[".class"].notna()]
    if of_class[".class"].nunique() <= _CLASSES_MOST:
        return scores
    lowest = of_class.sort_values(".estimate", kind="stable").groupby(".metric", sort=False).head(_CLASSES_SHOWN)
    return scores[scores[".class"].isna() | scores.index.isin(lowest.index)]


def _rows(scores: pd.DataFrame) -> pd.DataFrame:
    metrics = scores[".metric"].astype(str)
    positions = [str(i + 1) for i in range(len(scores))]
    records = scores.to_dict("records")
    return scores.reset_index(drop=True).assign(
        **{".metric": pd.Categorical(metrics, list(dict.fromkeys(metrics)))},
        row=pd.Categorical(positions, positions),
        name=[_row_name(record) for record in records],
        kind=["class" if record[".estimator"] == "class" else "average" for record in records],
        text=["missing" if pd.isna(record[".estimate"]) else f"{record['.estimate']:.3f}" for record in records],
    )


def _row_name(row: dict[Hashable, Any]) -> str:
    name = str(row[".class"]) if row[".estimator"] == "class" else _ROW_NAMES.get(str(row[".estimator"]), "")
    groups = "" if pd.isna(row[".groups"]) else f", {counted(int(row['.groups']), 'group')}"
    return f"{row['part']}{shortened(name)} (n = {row['.n']:,.0f}{groups})"


def _spelled(scores: pd.DataFrame) -> list[str]:
    return [
        f"{row['part']}{row['.metric']} {row['.estimate']:.3f}"
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

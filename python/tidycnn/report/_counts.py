"""The picture of class counts: one bar a label, one panel a split."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from tidycnn.core.errors import counted
from tidycnn.core.frames import SPLITS, as_labels
from tidycnn.report._style import GREY, colours_of, new_picture, percent, shortened

_MOST = 40
_NO_LABEL = "(no label)"
_NO_SPLIT = "(no split)"


def draw_counts(counts: pd.DataFrame) -> Figure:
    """Draw class counts as bars."""
    labels, splits = _named(counts)
    totals = counts["n"].groupby(labels, observed=False).sum().reindex(labels.cat.categories)
    shown = _labels_shown(totals)
    panels = _order_of_splits(splits)
    picture = new_picture(
        "Images of each label",
        _subtitle(int(counts["n"].sum()), len(totals), len(shown)),
        width=2.5 + 2.6 * max(2, len(panels)),
        height=1.6 + 0.22 * max(4, len(shown)),
    )
    colours = colours_of(panels)
    for axes, split in zip(picture.subplots(1, len(panels), sharey=True, squeeze=False)[0], panels, strict=True):
        part = counts[splits == split].assign(label=labels[splits == split])
        rows = part.groupby("label", observed=False)[["n", "share"]].sum().reindex(shown)
        _draw_bars(axes, rows, GREY if split == _NO_SPLIT else colours[split])
        axes.set_title("" if panels == [_NO_SPLIT] else f"{shortened(split)} (n = {int(part['n'].sum()):,})")
        axes.set_xlabel("images (share of the split)" if panels != [_NO_SPLIT] else "images (share of all)")
    first = picture.axes[0]
    first.set_yticks(range(len(shown)), [shortened(label) for label in shown])
    first.set_ylim(len(shown) - 0.4, -0.6)
    first.set_ylabel("label")
    return picture


def _draw_bars(axes: Axes, rows: pd.DataFrame, colour: str) -> None:
    bars = axes.barh(range(len(rows)), rows["n"], color=colour)
    texts = [f"{n:,} ({percent(share)})" for n, share in zip(rows["n"], rows["share"], strict=True)]
    axes.bar_label(bars, texts, padding=2)
    axes.set_xlim(0, max(1, rows["n"].max()) * 1.45)
    axes.grid(axis="y", visible=False)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def _named(counts: pd.DataFrame) -> tuple[pd.Series[Any], pd.Series[str]]:
    labels: pd.Series[Any] = pd.Series(as_labels(counts["label"], argument="x$label"), index=counts.index)
    if labels.isna().any():
        labels = labels.cat.add_categories([_NO_LABEL]).fillna(_NO_LABEL)
    if "split" not in counts.columns:
        return labels, pd.Series(_NO_SPLIT, index=counts.index)
    splits: pd.Series[str] = counts["split"].astype(object).where(counts["split"].notna(), _NO_SPLIT).map(str)
    return labels, splits


def _order_of_splits(splits: pd.Series[str]) -> list[str]:
    found = list(dict.fromkeys(splits))
    known = [split for split in SPLITS if split in found]
    return [*known, *(s for s in found if s not in SPLITS and s != _NO_SPLIT), *([_NO_SPLIT] * (_NO_SPLIT in found))]


def _labels_shown(totals: pd.Series[int]) -> list[str]:
    if len(totals) <= _MOST:
        return list(totals.index)
    order = totals.sort_values(ascending=False, kind="stable").index
    chosen = {*order[: _MOST // 2], *order[-_MOST // 2 :]}
    return [label for label in totals.index if label in chosen]


def _subtitle(images: int, labels: int, shown: int) -> str:
    text = f"n = {counted(images, 'image')} of {counted(labels, 'label')}"
    if shown == labels:
        return text
    return f"{text} (shown: the {shown // 2} with the most and the {shown // 2} with the fewest images)"

"""The figure of class counts: one bar a label, one panel a split."""

from __future__ import annotations

from typing import Any

import pandas as pd

from tidycnn.core.errors import counted, spell_column
from tidycnn.core.frames import SPLITS, as_labels
from tidycnn.report._figure import Axis, Facet, Figure, Mark, Style
from tidycnn.report._stacked import refuse_parts
from tidycnn.report._words import GREY, colours_of, percent, shortened, shortened_apart

_MOST, _COLUMNS = 40, 3
_NO_LABEL = "(no label)"
_NO_SPLIT = "(no split)"
_LETTER = 0.068  # inches


def counts_figure(counts: pd.DataFrame, argument: str) -> Figure:
    """Show class counts as bars."""
    refuse_parts(counts, "counts", argument)
    labels, splits = _named(counts, argument)
    totals = counts["n"].groupby(labels, observed=False).sum()
    shown = _labels_shown(totals)
    panels = _order_of_splits(splits)
    has_splits = panels != [_NO_SPLIT]
    bars = _bars(counts.assign(label=labels, split=splits), panels, shown)
    columns = min(_COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    names = shortened_apart(shown)
    return Figure(
        title="Images of each label",
        subtitle=_subtitle(int(counts["n"].sum()), len(totals), len(shown)),
        data=bars,
        marks=[
            Mark(kind="bars", columns={"x": "n", "y": "label", "style": "split"}),
            Mark(kind="texts", columns={"x": "n", "y": "label", "text": "text"}, place="after"),
        ],
        x=Axis(
            title=f"images (share of {'the split' if has_splits else 'all'})",
            is_whole=True,
            room=_room(bars["text"], names, columns),
        ),
        y=Axis(title="label", levels=shown, breaks=shown, labels=names, has_grid=False),
        styles=[
            Style(name=split, colour=GREY if split == _NO_SPLIT else colour)
            for split, colour in colours_of(panels).items()
        ],
        facet=_panels_of(counts["n"].groupby(splits).sum(), panels, columns) if has_splits else None,
        width=2.5 + 2.6 * max(2, columns),
        height=0.9 + rows * (0.7 + 0.22 * max(4, len(shown))),
    )


def _named(counts: pd.DataFrame, argument: str) -> tuple[pd.Series[Any], pd.Series[str]]:
    known = as_labels(counts["label"], argument=spell_column(argument, "label"))
    labels: pd.Series[Any] = pd.Series(known, index=counts.index)
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


def _bars(counts: pd.DataFrame, panels: list[str], shown: list[str]) -> pd.DataFrame:
    """Give a row for every split and label, with 0 where there are no images."""
    keys = [counts["split"], counts["label"].astype(str)]
    every = pd.MultiIndex.from_product([panels, shown], names=["split", "label"])
    bars = counts[["n", "share"]].groupby(keys).sum().reindex(every, fill_value=0).reset_index()
    return pd.DataFrame(
        {
            "label": pd.Categorical(bars["label"], shown),
            "split": pd.Categorical(bars["split"], panels),
            "n": bars["n"].astype("int64"),
            "share": bars["share"],
            "text": [f"{n:,.0f} ({percent(share)})" for n, share in zip(bars["n"], bars["share"], strict=True)],
        }
    )


def _panels_of(totals: pd.Series[int], panels: list[str], columns: int) -> Facet:
    titles = [f"{shortened(split)} (n = {int(totals[split]):,})" for split in panels]
    return Facet(column="split", titles=titles, columns=columns, free="x")


def _room(texts: pd.Series[str], names: list[str], columns: int) -> float:
    """Give the room behind the longest bar that the longest text needs in a figure 7 inches wide."""
    text = _LETTER * max(map(len, texts)) + 0.1
    panel = (6.5 - _LETTER * max(map(len, names))) / columns - 0.15
    return round(text / max(panel - text, 0.5), 2)


def _subtitle(images: int, labels: int, shown: int) -> str:
    text = f"n = {counted(images, 'image')} of {counted(labels, 'label')}"
    if shown == labels:
        return text
    return f"{text} (shown: the {shown // 2} with the most and the {shown // 2} with the fewest images)"

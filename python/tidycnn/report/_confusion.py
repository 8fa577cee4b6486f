"""The figure of a confusion matrix: rows are the truth, columns what was predicted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tidycnn.core.errors import counted, spell_column
from tidycnn.core.frames import PREDICTED, PREDICTION_PREFIX, as_labels
from tidycnn.evaluate.confusion import confusion_matrix
from tidycnn.report._figure import Axis, Figure, Mark, Shades, Style
from tidycnn.report._stacked import refuse_parts
from tidycnn.report._words import BLACK, COLOURS, PALE, WHITE, percent, shortened_apart, thinned

_SHARES_MOST, _COUNTS_MOST, _NAMES_MOST = 12, 25, 40
_LETTERS_PER_AXIS = 50
_DARK = 0.55
_INKS = (Style(name="black", colour=BLACK), Style(name="white", colour=WHITE))


def predictions_figure(predictions: pd.DataFrame, argument: str) -> Figure:
    """Draw how often each label was taken for each other."""
    said = ["path", *(name for name in predictions.columns if str(name).startswith(PREDICTION_PREFIX))]
    # An image may stand there twice, but not with two predictions.
    if "path" in predictions.columns and predictions.drop_duplicates(said)["path"].duplicated().any():
        refuse_parts(predictions, "predictions", argument)
    return confusion_figure(confusion_matrix(predictions), argument)


def confusion_figure(confusion: pd.DataFrame, argument: str) -> Figure:
    """Show a confusion matrix as a heat map of shares, with counts in its cells."""
    refuse_parts(confusion, "confusion", argument)
    levels = list(as_labels(confusion["label"], argument=spell_column(argument, "label")).categories)
    columns = list(as_labels(confusion[PREDICTED], argument=spell_column(argument, PREDICTED)).categories)
    columns = [*(level for level in levels if level in columns), *(c for c in columns if c not in levels)]
    cells = _cells(confusion, levels, columns)
    k = max(len(levels), len(columns))
    size = 2.4 + min(8.0, max(2.4, 0.62 * k if k <= _SHARES_MOST else 0.36 * k))
    is_crowded = len(columns) > _COUNTS_MOST
    is_long = max(len(column) for column in columns) * len(columns) > _LETTERS_PER_AXIS
    across, down = thinned(columns, _NAMES_MOST), thinned(levels, _NAMES_MOST)
    return Figure(
        title="Confusion matrix",
        subtitle=_subtitle(confusion),
        data=cells,
        marks=[Mark(kind="tiles", columns={"x": PREDICTED, "y": "label", "shade": "share"}), *_texts(cells, k)],
        x=Axis(
            title="predicted",
            levels=columns,
            breaks=across,
            labels=shortened_apart(across),
            angle=90 if is_crowded else 45 if is_long else 0,
            is_small=is_crowded,
            has_grid=False,
        ),
        y=Axis(
            title="label (truth)",
            levels=levels,
            breaks=down,
            labels=shortened_apart(down),
            is_small=is_crowded,
            has_grid=False,
        ),
        styles=_INKS,
        shades=Shades(low=WHITE, high=COLOURS["train"], missing=PALE, title="share of the images\nof the label"),
        width=size + 1.6,
        height=size + 0.4,
    )


def _cells(confusion: pd.DataFrame, levels: list[str], columns: list[str]) -> pd.DataFrame:
    """Give a row for every pair; the share of what has no images is missing."""
    keys = [confusion["label"].astype(str), confusion[PREDICTED].astype(str)]
    every = pd.MultiIndex.from_product([levels, columns], names=["label", PREDICTED])
    cells = confusion[["n", "share"]].groupby(keys).sum(min_count=1).reindex(every).reset_index()
    n = cells["n"].fillna(0).astype("int64")
    images = n.groupby(cells["label"]).transform("sum")
    return pd.DataFrame(
        {
            "label": pd.Categorical(cells["label"], levels),
            PREDICTED: pd.Categorical(cells[PREDICTED], columns),
            "n": n,
            "share": cells["share"].astype(float).where(images > 0, np.nan),
        }
    )


def _texts(cells: pd.DataFrame, k: int) -> list[Mark]:
    """Give the counts, and the shares where there is room, of what occurs and of what was right."""
    if k > _COUNTS_MOST:
        return []
    written = cells[(cells["n"] > 0) | (cells["label"].astype(str) == cells[PREDICTED].astype(str))]
    has_share = written["share"].notna() & (k <= _SHARES_MOST)
    texts = [
        f"{n:,}\n{percent(share)}" if has else f"{n:,}"
        for n, share, has in zip(written["n"], written["share"], has_share, strict=True)
    ]
    ink = np.where(written["share"] > _DARK, "white", "black")
    return [
        Mark(
            kind="texts",
            columns={"x": PREDICTED, "y": "label", "text": "text", "style": "ink"},
            data=written.assign(text=texts, ink=ink),
            size=8 if k <= _SHARES_MOST else 7,
        )
    ]


def _subtitle(confusion: pd.DataFrame) -> str:
    n = int(confusion["n"].sum())
    is_right = confusion["label"].astype(str) == confusion[PREDICTED].astype(str)
    right = int(confusion.loc[is_right, "n"].sum())
    return f"n = {counted(n, 'image')}, {percent(right / n, 1)} of them right" if n else "n = 0 images"

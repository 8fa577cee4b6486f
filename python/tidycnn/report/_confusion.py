"""The picture of a confusion matrix: rows are the truth, columns what was predicted."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from tidycnn.core.errors import counted
from tidycnn.core.frames import PREDICTED, as_labels
from tidycnn.report._style import COLOURS, PALE, new_picture, percent, thinned

_SHARES_MOST, _COUNTS_MOST, _TICKS_MOST = 12, 25, 40
_LETTERS_PER_AXIS = 50
_DARK = 0.55


def draw_confusion(confusion: pd.DataFrame) -> Figure:
    """Draw a confusion matrix as a heat map of shares, with counts in its cells."""
    levels = list(as_labels(confusion["label"], argument="x$label").categories)
    columns = list(as_labels(confusion[PREDICTED], argument=f"x${PREDICTED}").categories)
    columns = [*(level for level in levels if level in columns), *(c for c in columns if c not in levels)]
    table = confusion.assign(label=confusion["label"].astype(str), answer=confusion[PREDICTED].astype(str))
    n = table.pivot_table("n", "label", "answer", "sum", observed=True).reindex(index=levels, columns=columns)
    share = table.pivot_table("share", "label", "answer", "sum", observed=True, dropna=False)
    share = share.reindex(index=levels, columns=columns).where(n.sum(axis=1) > 0, np.nan, axis=0)
    k = max(len(levels), len(columns))
    size = 2.4 + min(8.0, max(2.4, 0.62 * k if k <= _SHARES_MOST else 0.36 * k))
    picture = new_picture("Confusion matrix", _subtitle(confusion), width=size + 1.6, height=size + 0.4)
    axes = picture.subplots()
    colours = LinearSegmentedColormap.from_list("shares", ["#FFFFFF", COLOURS["train"]]).with_extremes(bad=PALE)
    image = axes.imshow(share.to_numpy(dtype=float), cmap=colours, vmin=0, vmax=1, aspect="auto")
    _draw_cells(axes, n.fillna(0).to_numpy(dtype=int), share.to_numpy(dtype=float), k)
    _draw_axes(axes, levels, columns)
    bar = picture.colorbar(image, ax=axes, shrink=0.6)
    bar.set_label("share of the images of the label")
    return picture


def _draw_cells(axes: Axes, n: NDArray[np.int64], share: NDArray[np.float64], k: int) -> None:
    if k > _COUNTS_MOST:
        return
    for (row, column), count in np.ndenumerate(n):
        if count == 0 and row != column:
            continue
        text = f"{count:,}"
        if k <= _SHARES_MOST and not np.isnan(share[row, column]):
            text = f"{text}\n{percent(float(share[row, column]))}"
        colour = "white" if share[row, column] > _DARK else "black"
        axes.text(column, row, text, color=colour, ha="center", va="center", fontsize=8 if k <= _SHARES_MOST else 7)


def _draw_axes(axes: Axes, levels: list[str], columns: list[str]) -> None:
    is_crowded = len(columns) > _COUNTS_MOST
    is_long = max(len(column) for column in columns) * len(columns) > _LETTERS_PER_AXIS
    axes.set_yticks(*thinned(levels, _TICKS_MOST))
    axes.set_xticks(
        *thinned(columns, _TICKS_MOST),
        rotation=90 if is_crowded else 45 if is_long else 0,
        ha="right" if is_long and not is_crowded else "center",
        rotation_mode="anchor" if is_long and not is_crowded else "default",
    )
    if is_crowded:
        axes.tick_params(labelsize=6)
    axes.set_ylabel("label (truth)")
    axes.set_xlabel("predicted")
    axes.grid(visible=False)


def _subtitle(confusion: pd.DataFrame) -> str:
    n = int(confusion["n"].sum())
    is_right = confusion["label"].astype(str) == confusion[PREDICTED].astype(str)
    right = int(confusion.loc[is_right, "n"].sum())
    return f"n = {counted(n, 'image')}, {percent(right / n, 1)} of them right" if n else "n = 0 images"

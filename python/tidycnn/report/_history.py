"""The picture of a training: one panel a metric, one line for training and one for validation data."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tidycnn.core.errors import counted
from tidycnn.report._style import GREY, colours_of, new_picture

_COLUMNS, _MARKERS_MOST = 3, 40
_LINES = {"train": ("-", "o"), "validation": ("--", "^")}
_UNITS = {
    "loss": "loss (mean over images)",
    "accuracy": "accuracy (share of images)",
    "learning_rate": "learning rate",
}


def draw_history(history: pd.DataFrame, *, images: str | None = None) -> Figure:
    """Draw the metrics of every epoch, the best epoch marked; `images` says on how many images it was trained."""
    history = history.assign(epoch=_epochs_in_a_row(history))
    metrics = list(dict.fromkeys(history["metric"]))
    best = best_epoch(history)
    columns = min(_COLUMNS, len(metrics))
    rows = -(-len(metrics) // columns)
    picture = new_picture(
        "History of the training",
        _subtitle(history, best, images),
        width=1.2 + 3.4 * max(2, columns),
        height=1.2 + 2.8 * rows,
    )
    panels = picture.subplots(rows, columns, squeeze=False).ravel()
    for axes, metric in zip(panels, metrics, strict=False):
        _draw_metric(axes, history[history["metric"] == metric], metric, best)
    for axes in panels[len(metrics) :]:
        axes.set_axis_off()
    _draw_legend(picture, panels[0], best)
    return picture


def best_epoch(history: pd.DataFrame) -> tuple[int, float] | None:
    """Tell the epoch with the lowest validation loss, and that loss; None without validation."""
    losses = history[(history["metric"] == "loss") & (history["data"] == "validation")].dropna(subset="value")
    if losses.empty:
        return None
    lowest = int(losses["value"].to_numpy().argmin())
    return int(losses["epoch"].iloc[lowest]), float(losses["value"].iloc[lowest])


def _epochs_in_a_row(history: pd.DataFrame) -> pd.Series[int]:
    """Count epochs through all stages where each stage starts counting anew."""
    ends = history.groupby("stage", sort=False)["epoch"].agg(["min", "max"])
    if (ends["min"].iloc[1:].to_numpy() > ends["max"].iloc[:-1].to_numpy()).all():
        return history["epoch"]
    offsets = ends["max"].cumsum().shift(fill_value=0)
    return history["epoch"] + history["stage"].map(offsets).astype(int)


def _draw_metric(axes: Axes, rows: pd.DataFrame, metric: str, best: tuple[int, float] | None) -> None:
    colours = colours_of(dict.fromkeys(rows["data"]))
    has_markers = rows["epoch"].nunique() <= _MARKERS_MOST
    named: set[str] = set()
    for (_, data), line in rows.groupby(["stage", "data"], sort=False):
        style, marker = _LINES.get(str(data), ("-.", "s"))
        axes.plot(
            line["epoch"],
            line["value"],
            color=colours[str(data)],
            linestyle=style,
            marker=marker if has_markers else None,
            markersize=3.5,
            label="_" if str(data) in named else str(data),
        )
        named.add(str(data))
    for epoch in _stage_starts(rows):
        axes.axvline(epoch - 0.5, color=GREY, linewidth=0.8)
    if best is not None:
        axes.axvline(best[0], color=GREY, linestyle=":", label="best epoch")
    axes.set_title(metric)
    axes.set_xlabel("epoch")
    axes.set_ylabel(_UNITS.get(metric, metric))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if rows["epoch"].nunique() == 1:
        axes.set_xlim(rows["epoch"].iloc[0] - 1, rows["epoch"].iloc[0] + 1)


def _stage_starts(rows: pd.DataFrame) -> list[float]:
    return [float(start) for start in rows.groupby("stage", sort=False)["epoch"].min().iloc[1:]]


def _draw_legend(picture: Figure, axes: Axes, best: tuple[int, float] | None) -> None:
    handles, labels = axes.get_legend_handles_labels()
    if len(labels) > 1 or best is not None:
        picture.legend(handles, labels, loc="outside lower left", ncols=len(labels), frameon=False)


def _subtitle(history: pd.DataFrame, best: tuple[int, float] | None, images: str | None) -> str:
    text = f"n = {counted(history['epoch'].nunique(), 'epoch')}"
    if images:
        text = f"{text} of {images}"
    if best is None:
        return text
    loss = f"{best[1]:#.3g}".removesuffix(".")
    return f"{text}; best epoch {best[0]}, with the lowest validation loss, {loss}"

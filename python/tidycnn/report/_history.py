"""The figure of a training: one panel a metric, one line for training and one for validation data."""

from __future__ import annotations

from typing import Any

import pandas as pd

from tidycnn.core.errors import counted
from tidycnn.report._figure import Axis, Facet, Figure, Mark, Style
from tidycnn.report._stacked import colours_of_parts, parts_of
from tidycnn.report._words import GREY, colours_of

_COLUMNS, _POINTS_MOST = 3, 40
_LOOKS: dict[str, dict[str, Any]] = {
    "train": {"line": "solid", "point": "circle"},
    "validation": {"line": "dashed", "point": "triangle"},
}
_OTHER_LOOK = {"line": "dotdash", "point": "square"}
_BEST = "best epoch"
_STAGE = "next stage"
_UNITS = {
    "loss": "loss (mean over images)",
    "accuracy": "accuracy (share of images)",
    "learning_rate": "learning rate",
}


def history_figure(history: pd.DataFrame, argument: str, *, images: str | None = None) -> Figure:
    """Show the metrics of every epoch, the best epoch marked; `images` says on how many images it was trained.

    Of several histories below each other every one has its colour, and no epoch is marked.
    """
    runs = parts_of(history, "history", argument)
    drawn = _values(history, runs)
    metrics = list(drawn["metric"].cat.categories)
    best = best_epoch(drawn) if runs is None else None
    columns = min(_COLUMNS, len(metrics))
    rows = -(-len(metrics) // columns)
    epochs = drawn["epoch"].unique()
    styles = _styles(drawn) if runs is None else _styles_of_runs(drawn, colours_of_parts(runs, argument))
    if drawn["stage"].nunique() > 1:
        styles.append(Style(name=_STAGE, colour=GREY, line="solid", point=None))
    if best is not None:
        styles.append(Style(name=_BEST, colour=GREY, line="dotted", point=None))
    return Figure(
        title="History of the training",
        subtitle=_subtitle(
            len(epochs), best, images if runs is None else counted(runs.nunique(), "history", "histories")
        ),
        data=drawn,
        marks=_marks(drawn, best),
        x=Axis(title="epoch", is_whole=True, limits=(epochs[0] - 1, epochs[0] + 1) if len(epochs) == 1 else None),
        y=Axis(),
        styles=styles,
        has_legend=True,
        facet=Facet(
            column="metric", titles=[_UNITS.get(metric, metric) for metric in metrics], columns=columns, free="y"
        ),
        width=1.2 + 3.4 * max(2, columns),
        height=1.2 + 2.8 * rows,
    )


def best_epoch(history: pd.DataFrame) -> tuple[int, float] | None:
    """Tell the epoch with the lowest validation loss, and that loss; None without validation."""
    losses = history[(history["metric"] == "loss") & (history["data"] == "validation")].dropna(subset="value")
    if losses.empty:
        return None
    lowest = int(losses["value"].to_numpy().argmin())
    return int(losses["epoch"].iloc[lowest]), float(losses["value"].iloc[lowest])


def _styles(drawn: pd.DataFrame) -> list[Style]:
    colours = colours_of(drawn["data"].cat.categories)
    return [Style(name=name, colour=colour, **_LOOKS.get(name, _OTHER_LOOK)) for name, colour in colours.items()]


def _styles_of_runs(drawn: pd.DataFrame, colours: dict[str, str]) -> list[Style]:
    """Give each run its colour, and each kind of data its line."""
    looks = drawn[["look", "run", "data"]].drop_duplicates().sort_values(["look"])
    return [
        Style(name=str(look), colour=colours[run], **_LOOKS.get(str(data), _OTHER_LOOK))
        for look, run, data in looks.itertuples(index=False)
    ]


def _values(history: pd.DataFrame, runs: pd.Series[str] | None) -> pd.DataFrame:
    def levels(column: str) -> pd.Categorical[Any]:
        texts = history[column].astype(str)
        return pd.Categorical(texts, list(dict.fromkeys(texts)))

    stage, data = levels("stage"), levels("data")
    values = pd.DataFrame(
        {
            "stage": stage,
            "epoch": _epochs_in_a_row(history).to_numpy(),
            "data": data,
            "metric": levels("metric"),
            "value": history["value"].to_numpy(),
            "line": [f"{one} {other}" for one, other in zip(stage, data, strict=True)],
        }
    )
    if runs is not None:
        run = runs.to_numpy()
        looks = run + ", " + values["data"].astype(object)
        order = [f"{one}, {other}" for one in dict.fromkeys(run) for other in data.categories]
        look = pd.Categorical(looks, [name for name in order if name in set(looks)])
        values = values.assign(run=run, line=run + " " + values["line"], look=look)
    # Lines connect rows in their order.
    return values.sort_values("epoch", kind="stable", ignore_index=True)


def _epochs_in_a_row(history: pd.DataFrame) -> pd.Series[int]:
    """Count epochs through all stages where each stage starts counting anew."""
    epochs = history["epoch"].astype("int64")
    ends = epochs.groupby(history["stage"], sort=False).agg(["min", "max"])
    if (ends["min"].iloc[1:].to_numpy() > ends["max"].iloc[:-1].to_numpy()).all():
        return epochs
    offsets = ends["max"].cumsum().shift(fill_value=0)
    return epochs + history["stage"].map(offsets).astype(int)


def _marks(drawn: pd.DataFrame, best: tuple[int, float] | None) -> list[Mark]:
    """Give lines where an epoch follows another, and points where there are not too many."""
    parts = {"x": "epoch", "y": "value", "style": "look" if "look" in drawn else "data"}
    starts = drawn.groupby("stage", observed=True)["epoch"].min().iloc[1:] - 0.5
    followed = drawn[drawn.groupby(["metric", "line"], observed=True)["epoch"].transform("size") > 1]
    begun = pd.DataFrame({"epoch": starts.to_numpy(), "data": _STAGE})
    marks = [Mark(kind="rules", columns={"x": "epoch", "style": "data"}, data=begun)]
    if best is not None:
        found = pd.DataFrame({"epoch": [best[0]], "data": [_BEST]})
        marks.append(Mark(kind="rules", columns={"x": "epoch", "style": "data"}, data=found))
    marks.append(Mark(kind="lines", columns={**parts, "group": "line"}, data=followed))
    if drawn["epoch"].nunique() <= _POINTS_MOST:
        marks.append(Mark(kind="points", columns=parts))
    return [mark for mark in marks if mark.data is None or len(mark.data)]


def _subtitle(epochs: int, best: tuple[int, float] | None, images: str | None) -> str:
    text = f"n = {counted(epochs, 'epoch')}"
    if images:
        text = f"{text} of {images}"
    if best is None:
        return text
    loss = f"{best[1]:#.3g}".removesuffix(".")
    return f"{text}; best epoch {best[0]}, with the lowest validation loss, {loss}"

"""The marks of a figure as artists of matplotlib."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
import pandas as pd
from matplotlib.colors import Colormap, LinearSegmentedColormap

from tidycnn.report._figure import Mark, Shades
from tidycnn.report._panel import AXES, AxisName, Panel

LINES = {"solid": "-", "dashed": "--", "dotted": ":", "dotdash": "-."}
POINTS = {"circle": "o", "triangle": "^", "square": "s", "diamond": "D", None: ""}
POINT_SIZE, TEXT_SIZE = 3.5, 8.5


def draw_mark(panel: Panel, mark: Mark) -> None:
    """Draw the marks that stand in a panel."""
    rows = panel.rows(mark)
    if len(rows):
        _MARKS[mark.kind](panel, mark, rows)


def shade_colours(shades: Shades) -> Colormap:
    """Give the colours of numbers from 0 to 1."""
    return LinearSegmentedColormap.from_list("shades", [shades.low, shades.high]).with_extremes(bad=shades.missing)


def _draw_bars(panel: Panel, mark: Mark, rows: pd.DataFrame) -> None:
    x, y = (panel.places(rows[mark.columns[axis]], axis) for axis in AXES)
    colours = [style.colour for style in panel.styles(mark, rows)]
    if panel.levels("y") is None:
        panel.axes.bar(x, y, color=colours)
    else:
        panel.axes.barh(y, x, color=colours)


def _draw_lines(panel: Panel, mark: Mark, rows: pd.DataFrame) -> None:
    groups = rows.groupby(mark.columns["group"], sort=False) if "group" in mark.columns else [("", rows)]
    for _, line in groups:
        style = panel.styles(mark, line)[0]
        x, y = (panel.places(line[mark.columns[axis]], axis) for axis in AXES)
        panel.axes.plot(x, y, color=style.colour, linestyle=LINES[style.line])


def _draw_points(panel: Panel, mark: Mark, rows: pd.DataFrame) -> None:
    x, y = (panel.places(rows[mark.columns[axis]], axis) for axis in AXES)
    styles = panel.styles(mark, rows)
    for style in dict.fromkeys(styles):
        has = np.array([one == style for one in styles])
        panel.axes.plot(x[has], y[has], POINTS[style.point], color=style.colour, markersize=mark.size or POINT_SIZE)


def _draw_intervals(panel: Panel, mark: Mark, rows: pd.DataFrame) -> None:
    axis: AxisName = "y" if "y" in mark.columns else "x"
    draw_lines = panel.axes.hlines if axis == "y" else panel.axes.vlines
    colours = [style.colour for style in panel.styles(mark, rows)]
    places = panel.places(rows[mark.columns[axis]], axis)
    draw_lines(places, rows[mark.columns["start"]], rows[mark.columns["end"]], colors=colours)


def _draw_rules(panel: Panel, mark: Mark, rows: pd.DataFrame) -> None:
    axis: AxisName = "x" if "x" in mark.columns else "y"
    draw_line = panel.axes.axvline if axis == "x" else panel.axes.axhline
    places = panel.places(rows[mark.columns[axis]], axis)
    for place, style in zip(places, panel.styles(mark, rows), strict=True):
        draw_line(
            place, color=style.colour, linestyle=LINES[style.line], linewidth=0.8 if style.line == "solid" else 1.5
        )


def _draw_tiles(panel: Panel, mark: Mark, rows: pd.DataFrame) -> None:
    grid = np.full((len(panel.levels("y") or []), len(panel.levels("x") or [])), np.nan)
    x, y = (panel.places(rows[mark.columns[axis]], axis) for axis in AXES)
    grid[y, x] = rows[mark.columns["shade"]]
    panel.axes.imshow(grid, cmap=shade_colours(cast(Shades, panel.figure.shades)), vmin=0, vmax=1, aspect="auto")


def _draw_texts(panel: Panel, mark: Mark, rows: pd.DataFrame) -> None:
    y = panel.places(rows[mark.columns["y"]], "y")
    x = [1.01] * len(rows) if mark.place == "edge" else panel.places(rows[mark.columns["x"]], "x")
    for left, top, text, style in zip(x, y, rows[mark.columns["text"]], panel.styles(mark, rows), strict=True):
        panel.axes.annotate(
            text,
            (left, top),
            xycoords=("axes fraction", "data") if mark.place == "edge" else "data",
            xytext=(2 if mark.place == "after" else 0, 0),
            textcoords="offset points",
            color=style.colour,
            fontsize=mark.size or TEXT_SIZE,
            ha="center" if mark.place == "centre" else "left",
            va="center",
        )


def _draw_images(panel: Panel, mark: Mark, rows: pd.DataFrame) -> None:
    for position in rows.index:
        picture = (mark.pictures or [])[position]
        panel.axes.imshow(picture[:, :, 0] if picture.shape[2] == 1 else picture, cmap="gray", vmin=0, vmax=255)


_MARKS: dict[str, Callable[[Panel, Mark, pd.DataFrame], None]] = {
    "bars": _draw_bars,
    "images": _draw_images,
    "intervals": _draw_intervals,
    "lines": _draw_lines,
    "points": _draw_points,
    "rules": _draw_rules,
    "texts": _draw_texts,
    "tiles": _draw_tiles,
}

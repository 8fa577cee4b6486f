from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.ticker import FixedLocator


@pytest.fixture
def drawn_marks():
    """Give a function that spells what matplotlib draws, as R's tests spell what ggplot2 draws.

    Each mark is a line of text: its panel, its kind, its place, its text or number, its colour.
    """

    def spell(figure):
        panels = [axes for axes in figure.axes if not hasattr(axes, "_colorbar")]
        return sorted(
            " | ".join([axes.get_title("left"), kind, *map(_spelled, parts)])
            for axes in panels
            for kind, *parts in [*_bars(axes), *_lines(axes), *_intervals(axes), *_texts(axes), *_tiles(axes)]
        )

    return spell


def _spelled(part):
    return part if isinstance(part, str) else "" if pd.isna(part) else f"{part:.6g}"


def _has_levels(axis):
    return isinstance(axis.get_major_locator(), FixedLocator)


def _place(axes, x, y):
    pairs = ((axes.xaxis, x), (axes.yaxis, y))
    return [axis.get_major_formatter()(value, 0) if _has_levels(axis) else value for axis, value in pairs]


def _colour(colour):
    return to_hex(colour).upper()


def _bars(axes):
    for bar in axes.patches:
        x, y = (bar.get_width(), bar.get_y() + bar.get_height() / 2)
        if _has_levels(axes.xaxis):
            x, y = (bar.get_x() + bar.get_width() / 2, bar.get_height())
        yield "bar", *_place(axes, x, y), _colour(bar.get_facecolor())


def _lines(axes):
    for line in axes.lines:
        colour = _colour(line.get_color())
        if line.get_transform() != axes.transData:
            is_upright = list(line.get_ydata()) == [0, 1]
            yield "rule", line.get_xdata()[0] if is_upright else line.get_ydata()[0], colour
            continue
        kind = "point" if line.get_linestyle() == "None" else "line"
        for x, y in zip(*line.get_data(), strict=True):
            if not pd.isna(x) and not pd.isna(y):
                yield kind, *_place(axes, x, y), colour


def _intervals(axes):
    for lines in axes.collections:
        if isinstance(lines, LineCollection):
            for segment, colour in zip(lines.get_segments(), lines.get_colors(), strict=True):
                if len(segment):
                    yield "interval", *_place(axes, *segment[0]), *_place(axes, *segment[-1]), _colour(colour)


def _texts(axes):
    for text in axes.texts:
        x, y = _place(axes, *text.xy)
        is_aside = isinstance(text.xycoords, tuple)
        yield "text", "edge" if is_aside else x, y, text.get_text(), _colour(text.get_color())


def _tiles(axes):
    for image in axes.images:
        cells = image.get_array().filled(float("nan"))
        for row in range(cells.shape[0]):
            for column in range(cells.shape[1]):
                yield "tile", *_place(axes, column, row), cells[row, column]

"""Draws figures by matplotlib. It knows kinds of marks; what a figure shows is decided before."""

from __future__ import annotations

import io
from typing import Any

import matplotlib
import matplotlib.figure
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, NullFormatter, StrMethodFormatter

from tidycnn.report._figure import Axis, Facet, Figure, Shades, Style
from tidycnn.report._marks import LINES, POINT_SIZE, POINTS, draw_mark, shade_colours
from tidycnn.report._panel import AXES, AxisName, Panel

SETTINGS: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "figure.dpi": 100,
    "figure.titlesize": 12,
    "font.size": 9,
    "grid.color": "#EBEBEB",
    "text.parse_math": False,
}
_LINE_HEIGHT = 0.19  # inches


class DrawnFigure(matplotlib.figure.Figure):
    """A figure that notebooks show without a window system."""

    def _repr_png_(self) -> bytes:
        content = io.BytesIO()
        self.savefig(content, format="png")
        return content.getvalue()


def draw(figure: Figure) -> matplotlib.figure.Figure:
    """Draw a figure. No window is opened."""
    with matplotlib.rc_context(SETTINGS):
        height = figure.height + _LINE_HEIGHT * figure.subtitle.count("\n")
        drawn = DrawnFigure(figsize=(figure.width, height), layout="constrained")
        drawn.suptitle(f"{figure.title}\n{figure.subtitle}", x=0.01, horizontalalignment="left")
        panels = _panels(drawn, figure)
        for panel in panels:
            for mark in figure.marks:
                draw_mark(panel, mark)
            for axis in AXES:
                _draw_axis(panel, axis)
        if figure.shades is not None:
            _draw_shades(drawn, figure.shades, panels)
        if figure.has_legend:
            _draw_legend(drawn, figure)
        if figure.caption is not None:
            drawn.supxlabel(figure.caption, x=0.01, horizontalalignment="left", fontsize=9)
        return drawn


def _panels(drawn: DrawnFigure, figure: Figure) -> list[Panel]:
    facet = figure.facet
    if facet is None:
        return [Panel(drawn.subplots(), figure, None)]
    names = list(figure.data[facet.column].cat.categories)
    heights = [(figure.data[facet.column] == name).sum() + 0.2 for name in names] if facet.is_stacked else None
    grid = drawn.subplots(
        -(-len(names) // facet.columns),
        facet.columns,
        squeeze=False,
        sharex=facet.free != "x",
        sharey=facet.free != "y",
        gridspec_kw={"height_ratios": heights},
    ).ravel()
    for axes in grid[len(names) :]:
        axes.remove()
    for axes, title in zip(grid, facet.titles, strict=False):
        _draw_title(axes, title, facet, figure)
    return [Panel(axes, figure, str(name)) for axes, name in zip(grid, names, strict=False)]


def _draw_title(axes: Axes, title: str, facet: Facet, figure: Figure) -> None:
    if figure.x is None and figure.y is None:
        axes.set_title(title, loc="center", fontsize=9)
        axes.set_axis_off()
    else:
        axes.set_title(title, pad=2 if facet.is_stacked else None)


def _draw_axis(panel: Panel, name: AxisName) -> None:
    axis: Axis | None = getattr(panel.figure, name)
    if axis is None:
        return
    levels = panel.levels(name)
    if levels is not None:
        _name_levels(panel, axis, name, levels)
    elif axis.is_whole:
        ticks = getattr(panel.axes, f"{name}axis")
        ticks.set_major_locator(MaxNLocator(nbins="auto" if axis.room is None else 4, integer=True))
        ticks.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    elif axis.is_log:
        panel.axes.set(**{f"{name}scale": "log"})
        ticks = getattr(panel.axes, f"{name}axis")
        ticks.set_major_formatter(StrMethodFormatter("{x:g}"))
        ticks.set_minor_formatter(NullFormatter())
    limits = axis.limits if axis.room is None else (0, panel.highest(name) * (1 + axis.room))
    if limits is not None:
        panel.axes.set(**{f"{name}lim": limits})
    panel.axes.grid(visible=axis.has_grid, axis=name)
    if panel.has_words(name):
        panel.axes.set(**{f"{name}label": axis.title or ""})
        panel.axes.tick_params(axis=name, labelbottom=True)


def _name_levels(panel: Panel, axis: Axis, name: AxisName, levels: list[str]) -> None:
    labels = {
        level: label for level, label in zip(axis.breaks or [], axis.labels or [], strict=True) if level in levels
    }
    is_slanted = axis.angle == 45
    margin = 0.5 if any(mark.kind == "tiles" for mark in panel.figure.marks) else 0.6
    ends = (-margin, len(levels) - 1 + margin)
    panel.axes.set(**{f"{name}lim": ends[::-1] if name == "y" else ends})
    getattr(panel.axes, f"set_{name}ticks")(
        [levels.index(level) for level in labels],
        list(labels.values()),
        rotation=axis.angle,
        rotation_mode="anchor" if is_slanted else "default",
        **({"ha": "right" if is_slanted else "center"} if name == "x" else {}),
        **({"fontsize": 6} if axis.is_small else {}),
    )


def _draw_shades(drawn: DrawnFigure, shades: Shades, panels: list[Panel]) -> None:
    colours = ScalarMappable(Normalize(0, 1), shade_colours(shades))
    drawn.colorbar(colours, ax=[panel.axes for panel in panels], shrink=0.6).set_label(shades.title)


def _draw_legend(drawn: DrawnFigure, figure: Figure) -> None:
    handles = [_handle(style, _kinds_of(figure, style)) for style in figure.styles]
    if figure.caption is None:
        drawn.legend(handles=handles, loc="outside lower left", ncols=figure.legend_columns, frameon=False)
    else:  # Which stands where the legend would.
        drawn.legend(handles=handles, loc="outside right upper", frameon=False)


def _kinds_of(figure: Figure, style: Style) -> set[str]:
    """Tell which kinds of marks look so."""
    marks = [mark for mark in figure.marks if "style" in mark.columns]
    data = [(mark, figure.data if mark.data is None else mark.data) for mark in marks]
    return {mark.kind for mark, rows in data if style.name in set(rows[mark.columns["style"]])}


def _handle(style: Style, kinds: set[str]) -> Artist:
    if "bars" in kinds:
        return Patch(color=style.colour, label=style.name)
    return Line2D(
        [],
        [],
        color=style.colour,
        linestyle=LINES[style.line] if kinds & {"lines", "rules", "intervals"} else "",
        marker=POINTS[style.point] if "points" in kinds else "",
        markersize=POINT_SIZE,
        label=style.name,
    )

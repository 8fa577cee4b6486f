"""A figure as plain data: which marks stand where and what is said, for matplotlib and ggplot2 alike.

Concerns kept apart: what is drawn is decided by the functions that make figures (`_counts` and the like), once for both
languages; a drawer (`_matplotlib`, in R `autoplot-figure.R`) knows kinds of marks and no plot.

A place is a value of a column: a number, or a level of a Categorical. Levels stand in their order, on y from the top.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.report._words import wrapped

# Of a legend, in inches.
_KEY_WIDTH, _LETTER_WIDTH = 0.6, 0.075

Kind = Literal["bars", "images", "intervals", "lines", "points", "rules", "texts", "tiles"]


@dataclass(frozen=True, kw_only=True)
class Axis:
    """An axis.

    Parameters
    ----------
    title
        What it measures.
    levels
        All its levels, in order; None where it is of numbers.
    breaks
        The levels that are named; where numbers are named is left to the drawer.
    labels
        The names of the breaks.
    angle
        The angle of the names in degrees: 0, 45 or 90.
    is_small
        Whether the names are written small.
    is_whole
        Whether only whole numbers are named.
    is_log
        Whether equal distances are equal ratios.
    has_grid
        Whether lines lead from the names through the panel.
    limits
        The first and the last number; those of the data where not given.
    room
        The share of the range that stays free behind the last number, where nothing stays free before the first.
    """

    title: str | None = None
    levels: Sequence[str] | None = None
    breaks: Sequence[str] | None = None
    labels: Sequence[str] | None = None
    angle: Literal[0, 45, 90] = 0
    is_small: bool = False
    is_whole: bool = False
    is_log: bool = False
    has_grid: bool = True
    limits: tuple[float, float] | None = None
    room: float | None = None


@dataclass(frozen=True, kw_only=True)
class Style:
    """How marks of one name look."""

    name: str
    colour: str
    line: Literal["solid", "dashed", "dotted", "dotdash"] = "solid"
    point: Literal["circle", "triangle", "square", "diamond"] | None = "circle"


@dataclass(frozen=True, kw_only=True)
class Shades:
    """The colours of numbers from 0 to 1, and of a missing number, with the title of their legend."""

    low: str
    high: str
    missing: str
    title: str


@dataclass(frozen=True, kw_only=True)
class Facet:
    """Panels, one for each level of `column`, `columns` of them beside each other.

    Parameters
    ----------
    column
        A column of the figure's data. Marks whose data lack it are drawn in every panel.
    titles
        What stands above the panels.
    columns
        How many panels stand beside each other.
    free
        The axis on which each panel has its own range.
    is_stacked
        Whether panels stand below each other, each as high as it has levels on y.
    """

    column: str
    titles: Sequence[str]
    columns: int
    free: Literal["x", "y", "none"] = "none"
    is_stacked: bool = False


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Marks of one kind, one for each row of the data.

    Parameters
    ----------
    kind
        What they are. Bars begin at 0; lines connect the rows of a `group`, or all, in their order; intervals and rules
        lie along the axis whose place they lack.
    columns
        Which column of the data tells what: the place on `x` and `y`, the ends `start` and `end` of an interval, the
        `group` (a line has one style), the `style`, the number that is the `shade` of a tile, the `text`.
    data
        Rows of their own; those of the figure where not given.
    ink
        The colour where there is no style.
    size
        The size of text or of points, in points; the drawer's own where not given.
    place
        Where text stands: in the `"centre"` of its place, `"after"` it, or at the `"edge"`, right of the panel.
    pictures
        Pixels of shape (height, width, channels), one array for each row. Each fills its panel.
    """

    kind: Kind
    columns: Mapping[str, str] = dataclasses.field(default_factory=dict)
    data: pd.DataFrame | None = None
    ink: str = "#000000"
    size: float | None = None
    place: Literal["centre", "after", "edge"] = "centre"
    pictures: Sequence[NDArray[np.uint8]] | None = None


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure.

    Parameters
    ----------
    title
        What is shown.
    subtitle
        Of how many, and what a reader must know. It is broken into lines that fit.
    data
        One row for each thing that is drawn.
    marks
        What is drawn, from behind to the front.
    x, y
        The axes; None where there is none, and both directions have the same unit.
    caption
        What else there is to say, below.
    styles
        How the marks look that have a style, in the order of the legend.
    has_legend
        Whether a legend names the styles.
    legend_columns
        In how many columns, so that they fit beside each other.
    shades
        How numbers become colours.
    facet
        Panels; None for a single one.
    width, height
        The size in inches with a subtitle of one line, where nobody asks for another.
    """

    title: str
    subtitle: str
    data: pd.DataFrame
    marks: Sequence[Mark]
    x: Axis | None
    y: Axis | None
    caption: str | None = None
    styles: Sequence[Style] = ()
    has_legend: bool = False
    legend_columns: int = dataclasses.field(init=False)
    shades: Shades | None = None
    facet: Facet | None = None
    width: float
    height: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "subtitle", wrapped(self.subtitle, self.width))
        entry = _KEY_WIDTH + _LETTER_WIDTH * max((len(style.name) for style in self.styles), default=0)
        object.__setattr__(self, "legend_columns", max(1, min(len(self.styles), int(self.width / entry))))


def plain(value: Any) -> Any:
    """Turn a figure into mappings, lists, frames and arrays, which cross to R."""
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value

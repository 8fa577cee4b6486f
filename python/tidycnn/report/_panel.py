"""A panel of a figure that matplotlib draws: which rows stand in it, where, and how they look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from tidycnn.report._figure import Axis, Figure, Mark, Style

AxisName: TypeAlias = Literal["x", "y"]
AXES: tuple[AxisName, AxisName] = ("x", "y")


@dataclass(frozen=True)
class Panel:
    """A panel: where it is drawn, and the level of the facet that it shows."""

    axes: Axes
    figure: Figure
    name: str | None

    def rows(self, mark: Mark) -> pd.DataFrame:
        """Give the data of a mark that belong here."""
        rows, facet = self.figure.data if mark.data is None else mark.data, self.figure.facet
        return rows if facet is None or facet.column not in rows.columns else rows[rows[facet.column] == self.name]

    def levels(self, axis: AxisName) -> list[str] | None:
        """Give the levels of an axis here, None where it is of numbers."""
        whole: Axis | None = getattr(self.figure, axis)
        if whole is None or whole.levels is None:
            return None
        facet = self.figure.facet
        if facet is None or facet.free != axis:
            return list(whole.levels)
        column = next(mark.columns[axis] for mark in self.figure.marks if axis in mark.columns)
        here = set(self.figure.data.loc[self.figure.data[facet.column] == self.name, column])
        return [level for level in whole.levels if level in here]

    def highest(self, axis: AxisName) -> float:
        """Give the highest number on an axis: of this panel where each has its own range, else of all."""
        facet = self.figure.facet
        is_free = facet is not None and facet.free == axis
        marks = [mark for mark in self.figure.marks if axis in mark.columns]
        rows = [self.rows(mark) if is_free or mark.data is not None else self.figure.data for mark in marks]
        return max((part[mark.columns[axis]].max() for mark, part in zip(marks, rows, strict=True)), default=0) or 1

    def has_words(self, axis: AxisName) -> bool:
        """Tell whether an axis has its title and names here: where panels share them, at the outer ones."""
        facet, place = self.figure.facet, self.axes.get_subplotspec()
        if facet is None or place is None:
            return True
        if axis == "y":
            return facet.free == "y" or place.is_first_col()
        return not facet.is_stacked or place.is_last_row()

    def places(self, values: pd.Series[Any], axis: AxisName) -> NDArray[Any]:
        """Give where values stand on an axis."""
        levels = self.levels(axis)
        return values.to_numpy() if levels is None else pd.Index(levels).get_indexer(pd.Index(values.astype(str)))

    def styles(self, mark: Mark, rows: pd.DataFrame) -> list[Style]:
        """Give how each row looks."""
        if "style" not in mark.columns:
            return [Style(name="", colour=mark.ink)] * len(rows)
        known = {style.name: style for style in self.figure.styles}
        return [known[str(name)] for name in rows[mark.columns["style"]]]

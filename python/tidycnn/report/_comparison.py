"""The figure of a comparison: a panel a metric, a row a model, its difference to the best with the paired interval."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

from tidycnn.core.errors import counted
from tidycnn.core.frames import check_columns, columns_of
from tidycnn.evaluate.compare import WHOLE, spell_comparison, titles_of_layers
from tidycnn.report._figure import Axis, Facet, Figure, Mark, Style
from tidycnn.report._words import BLACK, COLOURS, GREY, shortened_apart, wrapped

_BEST, _OTHER = "best", "other"
_STYLES = (
    Style(name=_BEST, colour=BLACK, point="diamond"),
    Style(name=_OTHER, colour=COLOURS["train"], point="circle"),
)
_WIDTH = 7.0


def comparison_figure(comparison: pd.DataFrame, argument: str) -> Figure:
    """Show how far each model is from the best; the estimates stand beside."""
    check_columns(comparison, columns_of("comparison"), argument, made_by="compare_fits()")
    whole = comparison[comparison[".estimator"].isin(WHOLE)]
    rows = _rows(comparison if whole.empty else whole)
    metrics = list(rows["panel"].cat.categories)
    return Figure(
        title=f"Differences to the best, with paired {100 * comparison['.confidence'].max():g} % intervals",
        subtitle=_subtitle(rows),
        caption=wrapped(spell_comparison(comparison), _WIDTH),
        data=rows,
        marks=[
            Mark(kind="rules", columns={"x": "x"}, data=pd.DataFrame({"x": [0.0]}), ink=GREY),
            Mark(
                kind="intervals",
                columns={"y": "row", "start": ".difference_lower", "end": ".difference_upper", "style": "kind"},
            ),
            Mark(kind="points", columns={"x": ".difference", "y": "row", "style": "kind"}, size=5),
            Mark(kind="texts", columns={"y": "row", "text": "text", "style": "kind"}, place="edge"),
        ],
        x=Axis(title="difference to the best"),
        y=Axis(levels=list(rows["row"]), breaks=list(rows["row"]), labels=list(rows["name"])),
        styles=_STYLES,
        facet=Facet(column="panel", titles=metrics, columns=1, free="y", is_stacked=True),
        width=_WIDTH,
        height=1.6 + 0.22 * len(rows) + 0.28 * len(metrics),
    )


def probe_figure(probe: pd.DataFrame, argument: str) -> Figure:
    """Show how far each layer of each base is from the best."""
    check_columns(probe, columns_of("probe"), argument, made_by="linear_probe()")
    titles = titles_of_layers(list(map(str, probe["base"])), list(map(str, probe["layer"])))
    return comparison_figure(probe.assign(model=titles), argument)


def _rows(comparison: pd.DataFrame) -> pd.DataFrame:
    """Give one row a model in each panel, the panels in the order of the metrics."""
    panels = [_panel(row) for row in comparison.to_dict("records")]
    order = list(dict.fromkeys(panels))
    sorted_ = comparison.assign(panel=pd.Categorical(panels, order)).sort_values("panel", kind="stable")
    records = sorted_.to_dict("records")
    positions = [str(i + 1) for i in range(len(records))]
    return sorted_.reset_index(drop=True).assign(
        row=pd.Categorical(positions, positions),
        name=shortened_apart([str(row["model"]) for row in records]),
        kind=[_BEST if row[".difference"] == 0 and pd.isna(row[".difference_lower"]) else _OTHER for row in records],
        text=["missing" if pd.isna(row[".estimate"]) else f"{row['.estimate']:.3f}" for row in records],
    )


def _panel(row: dict[Hashable, Any]) -> str:
    if row[".estimator"] == "class":
        return f"{row['.metric']}, {row['.class']}"
    return str(row[".metric"]) if row[".estimator"] == "overall" else f"{row['.metric']}, {row['.estimator']} mean"


def _subtitle(rows: pd.DataFrame) -> str:
    text = f"n = {counted(int(rows['.n'].max()), 'image')}"
    if rows[".groups"].notna().any():
        text = f"{text} in {counted(int(rows['.groups'].max()), 'group')}"
    return f"{text}; beside each model what it scores"

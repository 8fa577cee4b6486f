"""The figure of learning rates that were tried: the loss at each, and the rate that is suggested."""

from __future__ import annotations

import pandas as pd

from tidycnn.core.errors import InputError, counted
from tidycnn.report._figure import Axis, Figure, Mark, Style
from tidycnn.report._words import COLOURS, GREY, PALE

# The share that stays free above and below.
_ROOM = 0.1
_BATCH, _SMOOTHED, _SUGGESTED = "of each step", "smoothed", "suggested rate"


def rates_figure(rates: pd.DataFrame, argument: str) -> Figure:
    """Show the loss at every rate, the suggested one marked."""
    if not (rates["learning_rate"] > 0).all():
        raise InputError(f"`{argument}` must have learning rates above 0 to be drawn.")
    drawn = rates[["step", "learning_rate", "loss", "smoothed", "suggested"]].reset_index(drop=True)
    drawn = drawn.assign(batch=_BATCH, mean=_SMOOTHED)
    # In a file of the other language it may be text.
    is_suggested = drawn["suggested"].map(str).isin(["True", "TRUE"])
    suggested = drawn.loc[is_suggested, ["learning_rate"]].assign(rule=_SUGGESTED)
    marks = [
        Mark(kind="points", columns={"x": "learning_rate", "y": "loss", "style": "batch"}),
        Mark(kind="lines", columns={"x": "learning_rate", "y": "smoothed", "style": "mean"}),
        Mark(kind="rules", columns={"x": "learning_rate", "style": "rule"}, data=suggested.reset_index(drop=True)),
    ]
    styles = [
        Style(name=_BATCH, colour=PALE),
        Style(name=_SMOOTHED, colour=COLOURS["train"], point=None),
        Style(name=_SUGGESTED, colour=GREY, line="dotted", point=None),
    ]
    return Figure(
        title="Loss at each learning rate",
        subtitle=_subtitle(rates, [f"{rate:.2g}" for rate in suggested["learning_rate"]]),
        data=drawn,
        marks=marks if len(suggested) else marks[:2],
        x=Axis(title="learning rate", is_log=True),
        y=Axis(title="loss", limits=_limits(drawn)),
        styles=styles if len(suggested) else styles[:2],
        has_legend=True,
        width=6.5,
        height=4,
    )


def _limits(drawn: pd.DataFrame) -> tuple[float, float]:
    """Leave losses out that have diverged, beside which the others would be one line."""
    first, lowest, highest = drawn["smoothed"].iloc[0], drawn["loss"].min(), drawn["loss"].max()
    room = _ROOM * ((first - lowest) or abs(first) or 1.0)
    return lowest - room, min(highest, 2 * first - lowest) + room


def _subtitle(rates: pd.DataFrame, suggested: list[str]) -> str:
    text = f"n = {counted(len(rates), 'step')}"
    if not suggested:
        return f"{text}; the loss falls at no rate"
    return f"{text}; the loss falls fastest at {', '.join(suggested)}"

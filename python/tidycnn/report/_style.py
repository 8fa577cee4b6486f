"""How all pictures look: colours that colour-blind people can tell apart, sizes, numbers, short labels.

Colours: Okabe and Ito (2008), https://jfly.uni-koeln.de/color/.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from matplotlib.figure import Figure

COLOURS = {"train": "#0072B2", "validation": "#D55E00", "test": "#009E73"}
FURTHER_COLOURS = ("#CC79A7", "#E69F00", "#56B4E9", "#000000")
GREY = "#595959"
PALE = "#D9D9D9"
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
_LABEL_LENGTH = 28
_LETTERS_PER_INCH = 11


class Picture(Figure):
    """A figure that notebooks show without a window system."""

    def _repr_png_(self) -> bytes:
        content = io.BytesIO()
        self.savefig(content, format="png")
        return content.getvalue()


def new_picture(title: str, subtitle: str, *, width: float, height: float) -> Picture:
    """Make an empty picture of `width` times `height` inches, with a title and a subtitle."""
    picture = Picture(figsize=(width, height), layout="constrained")
    lines = textwrap.fill(subtitle, max(40, int(_LETTERS_PER_INCH * width)))
    picture.suptitle(f"{title}\n{lines}", x=0.01, horizontalalignment="left")
    return picture


def colours_of(names: Iterable[str]) -> dict[str, str]:
    """Give each name its colour: splits have their own, others take what is left."""
    further = iter(FURTHER_COLOURS)
    return {name: COLOURS[name] if name in COLOURS else next(further, GREY) for name in names}


def shortened(label: str, length: int = _LABEL_LENGTH) -> str:
    """Cut a long label in its middle."""
    label = " ".join(label.split())
    kept = length - 1
    return label if len(label) <= length else f"{label[: kept - kept // 3]}…{label[-(kept // 3) :]}"


def percent(share: float, digits: int = 0) -> str:
    """Spell a share as a percentage, small ones with a decimal place."""
    return f"{100 * share:.{max(digits, 1 if 0 < share < 0.01 else 0)}f} %"


def thinned(labels: Sequence[str], most: int) -> tuple[list[int], list[str]]:
    """Choose at most `most` labels, evenly spaced, for an axis: their positions and short forms."""
    step = -(-len(labels) // most)
    positions = list(range(0, len(labels), step))
    return positions, [shortened(labels[position]) for position in positions]

"""The words and colours of figures: numbers, short labels, lines that fit.

Colour-blind people can tell the colours apart: Okabe and Ito (2008), https://jfly.uni-koeln.de/color/.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

COLOURS = {"train": "#0072B2", "validation": "#D55E00", "test": "#009E73"}
FURTHER_COLOURS = ("#CC79A7", "#E69F00", "#56B4E9", "#000000")
BLACK, WHITE = "#000000", "#FFFFFF"
GREY = "#595959"
PALE = "#D9D9D9"
_LABEL_LENGTH = 28
_TOGETHER = "\u00a0=\u00a0"  # Lines are not broken at such spaces.
_LETTERS_PER_INCH, _LETTERS_MOST = 10.5, 56  # The most fit into a window of four inches.


def colours_of(names: Iterable[str]) -> dict[str, str]:
    """Give each name its colour: splits have their own, others take what is left."""
    further = iter(FURTHER_COLOURS)
    return {name: COLOURS[name] if name in COLOURS else next(further, GREY) for name in names}


def shortened(label: str, length: int = _LABEL_LENGTH) -> str:
    """Cut a long label in its middle."""
    label = " ".join(label.split())
    kept = length - 1
    return label if len(label) <= length else f"{label[: kept - kept // 3]}…{label[-(kept // 3) :]}"


def shortened_apart(labels: Sequence[str]) -> list[str]:
    """Cut long labels in their middle, but none so much that it looks like another."""
    wanted = len(set(labels))
    for length in range(_LABEL_LENGTH, max(map(len, labels), default=0)):
        cut = [shortened(label, length) for label in labels]
        if len(set(cut)) == wanted:
            return cut
    return [shortened(label, max([_LABEL_LENGTH, *map(len, labels)])) for label in labels]


def percent(share: float, digits: int = 0) -> str:
    """Spell a share as a percentage, small ones with a decimal place."""
    return f"{100 * share:.{max(digits, 1 if 0 < share < 0.01 else 0)}f} %"


def wrapped(text: str, width: float) -> str:
    """Break text into lines of like length that fit into a figure `width` inches wide, `a = b` staying together."""
    text = text.replace(" = ", _TOGETHER)
    most = min(_LETTERS_MOST, int(_LETTERS_PER_INCH * width))
    lines = len(textwrap.wrap(text, most))
    lengths = range(1 + len(text) // max(lines, 1), most + 1)
    even = next((length for length in lengths if len(textwrap.wrap(text, length)) == lines), most)
    return textwrap.fill(text, even).replace(_TOGETHER, " = ")


def thinned(labels: Sequence[str], most: int) -> list[str]:
    """Choose at most `most` labels, evenly spaced, for an axis."""
    return list(labels[:: -(-len(labels) // most)])

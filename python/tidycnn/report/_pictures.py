"""The figure of pictures: one panel a picture, its title above it."""

from __future__ import annotations

import math

import pandas as pd

from tidycnn.flow.preview import Preview
from tidycnn.report._figure import Facet, Figure, Mark
from tidycnn.report._words import shortened

_INCHES = 1.9
_TITLE_LENGTH = 24


def pictures_figure(preview: Preview) -> Figure:
    """Show pictures side by side."""
    frame, pictures = preview["frame"], preview["pictures"]
    columns = math.ceil(math.sqrt(len(pictures)))
    rows = math.ceil(len(pictures) / columns)
    height, width = pictures[0].shape[:2]
    tall = min(max(height / width, 0.5), 2.0)
    positions = [str(i + 1) for i in range(len(pictures))]
    return Figure(
        title=preview["title"],
        subtitle=preview["subtitle"],
        data=frame.assign(picture=pd.Categorical(positions, positions)),
        marks=[Mark(kind="images", pictures=pictures)],
        x=None,
        y=None,
        facet=Facet(
            column="picture", titles=[shortened(title, _TITLE_LENGTH) for title in frame["title"]], columns=columns
        ),
        width=max(columns * _INCHES, 4.5),
        height=rows * (_INCHES * tall + 0.25) + 0.6,
    )

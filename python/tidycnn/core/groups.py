"""Groups: images that must stay together, and what it means that an image has none.

Where images are divided, an image without a group is a group of its own (`"alone"`). Where groups are counted, compared
or drawn, it is in none of them (`"left out"`).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.frames import as_text, chosen_column


def has_groups(images: pd.DataFrame, column: str = "group") -> bool:
    """Tell whether some row has a group."""
    return column in images.columns and bool(images[column].notna().any())


def grouping_column(frame: pd.DataFrame, group: str | None, argument: str) -> str | None:
    """Tell which column the user's `group` means: None where there is none, or all of it is missing."""
    column = chosen_column(frame, group, "group", default="group", of=argument)
    return column if column is not None and has_groups(frame, column) else None


def group_names(frame: pd.DataFrame, column: str = "group") -> pd.Series[str]:
    """Give the names of the groups as text, so that 1 and 1.0 are one; missing where there is none."""
    values = frame[column] if column in frame.columns else pd.Series(None, index=frame.index, dtype=object)
    return values.astype(object).map(as_text, na_action="ignore")


def group_codes(frame: pd.DataFrame, column: str | None, *, without: Literal["alone", "left out"]) -> NDArray[np.int64]:
    """Number the groups from 0 in the order of the rows.

    `without` says what a row without a group is: `"alone"`, a group of its own with a number behind all others, or
    `"left out"`, of none, with -1.
    """
    names = [None] * len(frame) if column is None else group_names(frame, column)
    codes = pd.factorize(pd.Series(names, dtype=object))[0].astype(np.int64)
    if without == "alone":
        is_alone = codes < 0
        codes[is_alone] = codes.max(initial=-1) + 1 + np.arange(is_alone.sum())
    return codes

"""The kinds of single values that both languages know."""

from __future__ import annotations

import datetime as dt
import decimal
import os
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from tidycnn.core.errors import Missing

Message = dict[str, Any]

INTEGER_MISSING = -(2**31)
MICROSECONDS = 1_000_000

# A truth value is an int and a moment is a date in Python, so the narrower kind stands first.
_KINDS: tuple[tuple[str, Any], ...] = (
    ("character", (str, os.PathLike)),
    ("logical", (bool, np.bool_)),
    ("integer", (int, np.integer)),
    ("double", (float, np.floating, decimal.Decimal)),
    ("complex", (complex, np.complexfloating)),
    ("datetime", (dt.datetime, np.datetime64)),
    ("date", dt.date),
    ("difftime", (dt.timedelta, np.timedelta64)),
)


def scalar_kind(value: Any) -> str | None:
    """Name the kind of a single value, None where it is none of ours."""
    return next((kind for kind, classes in _KINDS if isinstance(value, classes)), None)


def is_marked(value: Any) -> bool:
    """Tell whether a value stands for a missing one and for nothing else."""
    return value is None or value is pd.NA or value is pd.NaT or isinstance(value, Missing)


def is_missing(value: Any) -> bool:
    """Tell whether a value is missing where not-a-number counts as missing too."""
    return is_marked(value) or (isinstance(value, float | np.floating) and bool(np.isnan(value)))


def is_scalar(value: Any) -> bool:
    """Tell whether a value is a single one."""
    return is_marked(value) or scalar_kind(value) is not None


def common_kind(values: Iterable[Any], *, if_none: str) -> str | None:
    """Name the one kind that all values share, whole numbers among numbers being numbers.

    None where there is no such kind, `if_none` where there are no values.
    """
    # One value of each class stands for all of them: columns are long.
    kinds = {scalar_kind(value) for value in {type(value): value for value in values}.values()}
    if kinds == {"integer", "double"}:
        return "double"
    return if_none if not kinds else kinds.pop() if len(kinds) == 1 else None

"""Histories of trainings: one without rows, and several below each other."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from tidycnn.core.frames import HISTORY_COLUMNS


def empty_history() -> pd.DataFrame:
    """Make a history without rows."""
    kinds = {"stage": int, "epoch": int, "data": object, "metric": object, "value": float}
    return pd.DataFrame({column: pd.Series(dtype=kinds[column]) for column in HISTORY_COLUMNS})


def bind_histories(histories: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Put histories below each other; the column `model`, the first, names whose each is."""
    tables = [history.assign(model=name) for name, history in histories.items()] or [empty_history().assign(model="")]
    bound = pd.concat(tables, ignore_index=True)
    return bound[["model", *bound.columns.drop("model")]]

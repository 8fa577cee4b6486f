"""What the user's own data frame brings along: checked for names of ours that mean something else."""

from __future__ import annotations

import pandas as pd

from tidycnn.core.errors import InputError, described, listed
from tidycnn.core.frames import as_images
from tidycnn.images._facts import FACT_COLUMNS, NUMBER_COLUMNS
from tidycnn.images.decode import STATUSES


def brought_rows(x: pd.DataFrame, labels: str | None) -> pd.DataFrame:
    """Check a data frame of the user and give it with splits as text and missing values as None."""
    twice = x.columns[x.columns.duplicated()].unique()
    if len(twice):
        raise InputError(f"`x` must name every column once, but it has {listed(twice)} more than once.")
    if labels is not None and "label" in x.columns:
        raise InputError("`labels` finds labels in file names, but `x` already has the column 'label'.")
    frame = as_images(x, "x")
    if "split" in frame.columns:
        frame = frame.assign(split=frame["split"].astype(object).where(frame["split"].notna(), None))
    if "status" in frame.columns:
        unknown = sorted(set(frame["status"].dropna()).difference(STATUSES))
        if unknown:
            raise _meaning_error("status", "what is wrong with the file", f"it has {listed(unknown)}")
    return frame


def check_meanings(frame: pd.DataFrame, facts: pd.DataFrame, argument: str) -> None:
    """Refuse a column that bears a name of ours and says something else than the file does."""
    if set(FACT_COLUMNS).issubset(frame.columns):  # Made by `image_table()`: the files may have changed since.
        return
    is_decoded = facts["status"] == "ok"
    for name in [name for name in FACT_COLUMNS[1:] if name in frame.columns]:
        given, found = frame.loc[facts.index, name], facts[name]
        told = given.notna() & found.notna() & is_decoded
        if name in NUMBER_COLUMNS:
            differs = told & (pd.to_numeric(given, errors="coerce") != found).fillna(True)
        else:
            differs = told & (given.map(_folded) != found.map(_folded))
        if differs.any():
            row = differs.idxmax()
            values = [described(_plain(value)) for value in (given[row], found[row])]
            raise _meaning_error(
                name,
                f"the {name} of the file",
                f"it has {values[0]} where the file {frame['path'][row]!r} has {values[1]}",
                argument,
            )


def filled(frame: pd.DataFrame, found: pd.Series) -> pd.Series:
    """Put the facts that were found into the column that stands, where one stands."""
    if len(found) == len(frame):
        return found
    name = str(found.name)
    stands = frame[name] if name in frame.columns else pd.Series(None, frame.index, dtype=object)
    if name in NUMBER_COLUMNS:
        stands = pd.to_numeric(stands, errors="coerce").astype("Int64")
    else:
        stands = stands.astype(object).where(stands.notna(), None)
    stands = stands.copy()
    stands.loc[found.index] = found
    return stands


def _plain(value: object) -> object:
    return value.item() if hasattr(value, "item") else value


def _folded(value: object) -> str:
    return str(value).casefold()


def _meaning_error(name: str, meaning: str, received: str, argument: str = "x") -> InputError:
    return InputError(
        f"The column {name!r} of `{argument}` must be {meaning}, but {received}.",
        hint="Give your column another name.",
    )

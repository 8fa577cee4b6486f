"""Which rows are divided, by which strata and groups: what `split` and `folds` have in common."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tidycnn.core.checks import check_known
from tidycnn.core.errors import InputError, Phrase, counted, described, listed, warn
from tidycnn.core.frames import usable_rows
from tidycnn.core.seeds import Stream
from tidycnn.splits._division import Keys, Real, Whole, content_keys, deviations, divide

_DEFAULTS = {"by": "label", "group": "group"}


@dataclass(frozen=True)
class Divisible:
    """The rows that are divided: their positions, strata with names, groups and keys."""

    positions: Whole
    strata: Whole
    names: list[str]
    groups: Whole
    keys: Keys

    def divide(self, shares: Real, chance: Stream) -> Whole:
        """Give every row a part."""
        return divide(self.strata, self.groups, self.keys, shares, chance=chance)


def divisible_rows(
    images: pd.DataFrame, *, by: str | None, group: str | None, from_: Sequence[str] | None, column: str
) -> Divisible:
    """Find the rows to divide: those that can be decoded, and of the splits `from_` where they are given."""
    is_divided = usable_rows(images)
    if from_ is not None:
        splits = _known_splits(images, from_)
        is_divided &= images["split"].isin(splits)
    elif column in images.columns and images[column].notna().any():
        raise InputError(
            f"`images` already has the column '{column}' with {listed(_names_in(images[column]))}.",
            hint=f"Name with `from` the splits to divide, or drop '{column}' to divide all images anew.",
        )
    rows = images[is_divided]
    if rows.empty:
        raise InputError(f"`images` has no image that can be divided, in {counted(len(images), 'row')}.")
    strata, names = _strata(rows, by)
    positions = np.flatnonzero(is_divided)
    return Divisible(positions, strata, names, _groups(rows, group), content_keys(rows))


def tell_shortfalls(divided: Divisible, parts: Whole, shares: Real, names: Sequence[str], noun: str) -> None:
    """Warn of labels that a part lacks altogether, and of shares that are far from those asked for."""
    off = deviations(divided.strata, divided.groups, parts, shares)
    present = np.zeros_like(off, dtype=bool)
    present[divided.strata, parts] = True
    lacks = [
        f"{noun} {described(name)} has no image of {listed(lacking, most=5)}"
        for part, name in enumerate(names)
        if shares[part] > 0 and (lacking := [*itertools.compress(divided.names, ~present[:, part])])
    ]
    if lacks:
        warn(f"There are too few images or groups: {'; '.join(lacks)}.")
    far = [name for name, is_far in zip(divided.names, (np.abs(off) > 1 + 1e-9).any(axis=1), strict=True) if is_far]
    if far:
        warn(
            f"The shares of {listed(far, most=5)} are off by more than a whole group, "
            "because groups that hold several labels cannot be divided."
        )


def _known_splits(images: pd.DataFrame, from_: Sequence[str]) -> list[str]:
    if "split" not in images.columns or images["split"].isna().all():
        raise InputError(
            "`from` names splits, but `images` has none.", hint=f"Leave `from` out, not {described(from_)}."
        )
    check_known(from_, "from", _names_in(images["split"]), noun="splits")
    return list(from_)


def _names_in(values: pd.Series) -> list[str]:
    return sorted({str(value) for value in values.dropna()})


def _column(images: pd.DataFrame, name: str | None, argument: str) -> pd.Series | None:
    """Give a column, None where there is nothing to go by: the default column may be absent, another one not."""
    if name is None or (name == _DEFAULTS[argument] and name not in images.columns):
        return None
    if name not in images.columns:
        raise InputError(
            f"`{argument}` must name a column of `images`, not {described(name)}.", hint=_columns_of(images)
        )
    return images[name].astype(object)


def _columns_of(images: pd.DataFrame) -> str:
    return f"It has the columns {listed(images.columns, most=30)}."


def _strata(rows: pd.DataFrame, by: str | None) -> tuple[Whole, list[str]]:
    values = _column(rows, by, "by")
    if values is None:
        return np.zeros(len(rows), dtype=np.int64), [Phrase("any label")]
    missing = values.isna().to_numpy()
    text = values.astype(str).to_numpy(dtype=object)
    names, codes = np.unique(text[~missing], return_inverse=True)
    strata = np.full(len(rows), len(names), dtype=np.int64)
    strata[~missing] = codes
    return strata, [*names.tolist(), *([Phrase("images without a label")] if missing.any() else [])]


def _groups(rows: pd.DataFrame, group: str | None) -> Whole:
    """Number the groups; an image without one is a group of its own."""
    values = _column(rows, group, "group")
    if values is None or values.isna().all():
        return np.arange(len(rows))
    missing = values.isna().to_numpy()
    names, codes = np.unique(values[~missing].astype(str).to_numpy(dtype=object), return_inverse=True)
    groups = np.empty(len(rows), dtype=np.int64)
    groups[~missing] = codes
    groups[missing] = len(names) + np.arange(missing.sum())
    return groups

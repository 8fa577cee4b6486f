"""Which rows are divided, by which strata and groups: what `split` and `folds` have in common."""

from __future__ import annotations

import itertools
import os
import posixpath
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tidycnn.core.checks import check_known
from tidycnn.core.errors import InputError, Phrase, counted, described, listed, warn
from tidycnn.core.frames import chosen_column, usable_rows
from tidycnn.core.groups import group_codes, grouping_column
from tidycnn.core.seeds import Stream
from tidycnn.splits._division import Keys, Real, Whole, deviations, divide, keys_of


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
    images: pd.DataFrame,
    *,
    by: str | None,
    group: str | None,
    from_: Sequence[str] | None,
    column: str,
    names: Sequence[str] | None = None,
) -> Divisible:
    """Find the rows to divide: those that can be decoded, and of the splits `from_` where they are given.

    Chance knows a row by its name in `names`, without which it is that of `names_of()`.
    """
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
    positions = np.flatnonzero(is_divided)
    known = np.array(names_of(images) if names is None else names, dtype=object)[positions]
    # In an order of its own, so that the frame's decides nothing where names are equal.
    order = np.lexsort((rows["path"].to_numpy(dtype=object), known))
    rows = rows.iloc[order]
    strata, strata_names = _strata(rows, by)
    groups = group_codes(rows, grouping_column(rows, group, "images"), without="alone")
    return Divisible(positions[order], strata, strata_names, groups, keys_of(known[order]))


def names_of(images: pd.DataFrame) -> list[str]:
    """Name each image by its path within its class, without the suffix: parallel folders have the same names.

    That is the path below the last folder that is called like the label; where none is, below the folder that all
    such images share.
    """
    labels = images["label"].astype(object) if "label" in images.columns else [None] * len(images)
    parts = [os.path.splitext(path)[0].split("/") for path in images["path"]]  # noqa: PTH122
    begins = [_begin_in_class(each, label) for each, label in zip(parts, labels, strict=True)]
    outside = ["/".join(each[:-1]) for each, begin in zip(parts, begins, strict=True) if begin is None]
    shared = len(_shared_folder(outside))
    return ["/".join(each[shared if begin is None else begin :]) for each, begin in zip(parts, begins, strict=True)]


def _begin_in_class(parts: list[str], label: object) -> int | None:
    """Tell how many of the parts of a path lead to its class folder, None where there is none."""
    return next((i for i in range(len(parts) - 1, 0, -1) if parts[i - 1] == label), None)


def _shared_folder(folders: list[str]) -> list[str]:
    try:
        shared = posixpath.commonpath(folders) if folders else ""
    except ValueError:  # Some are absolute and some are not.
        return []
    return [] if not shared else [""] if shared == "/" else shared.split("/")


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


def _strata(rows: pd.DataFrame, by: str | None) -> tuple[Whole, list[str]]:
    column = chosen_column(rows, by, "by", default="label")
    if column is None:
        return np.zeros(len(rows), dtype=np.int64), [Phrase("any label")]
    values = rows[column].astype(object)
    missing = values.isna().to_numpy()
    text = values.astype(str).to_numpy(dtype=object)
    names, codes = np.unique(text[~missing], return_inverse=True)
    strata = np.full(len(rows), len(names), dtype=np.int64)
    strata[~missing] = codes
    return strata, [*names.tolist(), *([Phrase("images without a label")] if missing.any() else [])]

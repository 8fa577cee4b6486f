"""Grouped frames: of pandas' `groupby()`, or of dplyr's `group_by()`, which cross as such.

A function that counts or scores gives its answer for each group; any other refuses a grouped frame, in `core/checks`.
"""

from __future__ import annotations

import functools
import inspect
import re
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeAlias

import numpy as np
import pandas as pd
from pandas.api.typing import DataFrameGroupBy

from tidycnn.core.errors import InputError, Phrase, TidycnnWarning, described, listed, spell_column, warn
from tidycnn.core.frames import PREDICTED, as_labels

P = ParamSpec("P")
_NUMBER = re.compile(r"\d[\d.,]*")
if TYPE_CHECKING:
    Frame: TypeAlias = pd.DataFrame | DataFrameGroupBy[Any, Any]
else:
    Frame = pd.DataFrame | DataFrameGroupBy


def by_group(
    function: Callable[Concatenate[pd.DataFrame, P], pd.DataFrame],
) -> Callable[Concatenate[Frame, P], pd.DataFrame]:
    """Let a function of a frame, its first argument, take a grouped one: the columns of the groups stand in front."""
    argument = next(iter(inspect.signature(function).parameters))

    @functools.wraps(function)
    def wrapper(frame: Frame, /, *args: P.args, **kwargs: P.kwargs) -> pd.DataFrame:
        if isinstance(frame, pd.DataFrame):
            return function(frame, *args, **kwargs)
        return _stacked(frame, argument, lambda rows: function(rows, *args, **kwargs))

    wrapper.__annotations__ = {**function.__annotations__, argument: Frame}  # What `checked` reads.
    return wrapper


def _stacked(grouped: Any, argument: str, answer: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    names = _names_of(grouped, argument)
    parts: list[pd.DataFrame] = []
    said: dict[str, tuple[list[str], list[str]]] = {}
    for keys, rows in _groups(grouped, names, argument):
        spelled = ", ".join(f"{name} = {_spell_key(keys[name].iloc[0])}" for name in names)
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always", TidycnnWarning)
            try:
                part = answer(rows)
            except InputError as error:
                raise type(error)(f"In the group {spelled}: {error.message}", hint=error.hint) from None
        for each in heard:
            if issubclass(each.category, TidycnnWarning):
                messages, where = said.setdefault(_NUMBER.sub("", str(each.message)), ([], []))
                messages.append(str(each.message))
                where.append(spelled)
            else:
                warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
        parts.append(_labelled(part, keys, argument))
    for messages, where in said.values():
        warn(f"{_place(where, is_alike=len(set(messages)) > 1)}: {messages[0]}")
    return pd.concat(parts, ignore_index=True)


def _spell_key(key: Any) -> str:
    return "NA" if pd.isna(key) else described(key)


def _place(where: list[str], *, is_alike: bool) -> str:
    """Say in which groups the same was said, or the like with other numbers."""
    if is_alike:
        return f"In the group {where[0]} (and alike in {listed(map(Phrase, where[1:]), most=3)})"
    return f"In the {'group' if len(where) == 1 else 'groups'} {listed(map(Phrase, where), most=3)}"


def _names_of(grouped: Any, argument: str) -> list[str]:
    """Give the columns by which a frame is grouped."""
    keys = grouped.keys if isinstance(grouped.keys, list) else [grouped.keys]
    if not all(isinstance(key, str) and key in grouped.obj.columns for key in keys):
        raise InputError(
            f"`{argument}` must be grouped by columns, not by {described(grouped.keys)}.",
            hint='Make what it is grouped by a column, and use its name: `groupby("site")`.',
        )
    return keys


def _groups(grouped: Any, names: list[str], argument: str) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Give each group that has rows: a frame of one row that names it, and its rows.

    Labels know the levels of the whole frame, so that those of all groups are the same.
    """
    frame: pd.DataFrame = grouped.obj
    for name in ("label", PREDICTED):
        if name in frame.columns:
            frame = frame.assign(**{name: as_labels(frame[name], argument=spell_column(argument, name))})
    by = frame.groupby(names, sort=grouped.sort, dropna=grouped.dropna, observed=True)
    group = by.ngroup().fillna(-1).to_numpy()  # Rows without a key are in no group, as in pandas.
    if not (group >= 0).any():
        raise InputError(f"`{argument}` must have at least one group, but it has no row in any.")
    for i in range(int(np.max(group)) + 1):
        rows = frame[group == i]
        yield rows[names].iloc[:1], rows


def _is_all(column: pd.Series[Any], key: Any) -> bool:
    return bool(column.isna().all() if pd.isna(key) else (column.astype(object) == key).all())


def _labelled(part: pd.DataFrame, keys: pd.DataFrame, argument: str) -> pd.DataFrame:
    """Put the columns of a group in front of its answer."""
    own = [name for name in keys.columns if name in part.columns]
    wrong = [name for name in own if not _is_all(part[name], keys[name].iloc[0])]
    if wrong:
        raise InputError(
            f"`{argument}` is grouped by {listed(wrong)}, which is a column of the answer too.",
            hint="Group by other columns: the answer tells labels apart as it is.",
        )
    front = keys.iloc[[0] * len(part)].reset_index(drop=True)
    return pd.concat([front, part.drop(columns=own).reset_index(drop=True)], axis=1)

r"""Frames as CSV files that come back as they were: the values stand in the file, the types beside it as plain data.

In the file a missing value is an empty field. Text that is empty, or that begins with a backslash, gets a backslash in
front, so that nothing is mistaken: text that looks like a number or like NA comes back as text. Text with characters
that break lines or are no text stands as its escapes behind a backslash and a colon.
"""

from __future__ import annotations

import csv
import datetime as dt
import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tidycnn.core.errors import InputError, described, listed, spell_column
from tidycnn.core.frames import NA_REAL, is_missing_real

Column = dict[str, Any]

_ESCAPE = "\\"
_SPELLED = "\\:"
# Control characters, separators of lines and halves of characters: programs that read lines of text fall over them.
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_FIELD_MAX = 2**31 - 1
_TRUTH = {"TRUE": True, "FALSE": False}
# Kinds of values in columns of Python objects; a truth value is a whole number in Python too, and a moment a date.
_OBJECT_KINDS: tuple[tuple[str, type], ...] = (
    ("text", str),
    ("truth", bool),
    ("whole", int),
    ("number", float),
    ("moment", dt.datetime),
    ("date", dt.date),
)


class TableError(ValueError):
    """A file does not hold the table that was written."""


def write_table(frame: pd.DataFrame, path: Path, argument: str) -> list[Column]:
    """Write a frame without its index, and give the types of its columns as plain data."""
    _check_names([str(name) for name in frame.columns], argument)
    described_columns, texts = [], []
    for position, name in enumerate(frame.columns):
        column, values = _encode(frame.iloc[:, position], spell_column(argument, name))
        described_columns.append({"name": str(name), **column})
        texts.append(values)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([_spelled(column["name"]) for column in described_columns])
        writer.writerows(zip(*texts, strict=True))
    return described_columns


def read_table(path: Path, columns: Sequence[Mapping[str, Any]], n: int) -> pd.DataFrame:
    """Read what `write_table()` wrote: `n` rows of these columns."""
    names = [str(column["name"]) for column in columns]
    header, *rows = _read_fields(path) or [[]]
    if header not in ([_spelled(name) for name in names], names):
        raise TableError("has other columns than were written")
    # A row of one empty field is an empty line.
    rows = [row or [""] for row in rows] if len(names) == 1 else rows
    if len(rows) != n or any(len(row) != len(names) for row in rows):
        raise TableError(f"does not have the {n:,} whole rows that were written")
    data = {}
    for position, column in enumerate(columns):
        try:
            data[names[position]] = _decode([row[position] for row in rows], column)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise TableError(f"has values in the column {names[position]!r} that do not fit it ({error})") from None
    return pd.DataFrame(data, index=pd.RangeIndex(n), columns=names)


def _read_fields(path: Path) -> list[list[str]]:
    limit = csv.field_size_limit(_FIELD_MAX)
    try:
        with path.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
            return list(csv.reader(stream, strict=True))
    except csv.Error as error:
        raise TableError(f"is no CSV file ({error})") from None
    finally:
        csv.field_size_limit(limit)


def _encode(column: pd.Series[Any], name: str) -> tuple[Column, list[str]]:
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        inner, levels = _encode(pd.Series(kind.categories), name)
        texts = [levels[code] if code >= 0 else "" for code in column.cat.codes]
        return {"type": "factor", "levels": levels, "ordered": bool(kind.ordered), "of": inner}, texts
    if isinstance(kind, pd.DatetimeTZDtype):
        return {"type": "instant", "dtype": str(kind)}, _instants(column.dt.tz_convert("UTC").dt.tz_localize(None), "Z")
    if kind == np.dtype(object):
        return _encode_objects(column, name)
    if isinstance(kind, pd.StringDtype):
        dtype = "string" if kind.na_value is pd.NA else "str"
        return {"type": "text", "dtype": dtype}, [_escaped(value) for value in column.astype(object)]
    if kind.kind not in _WRITERS:
        raise InputError(f"`{name}` cannot be stored: its type is {kind}.", hint=_HINT)
    kind_name, write = _WRITERS[kind.kind]
    return {"type": kind_name, "dtype": str(kind)}, write(column)


_HINT = "Columns of text, labels, numbers, truth values, dates and times can be stored, each of one kind."


def _encode_objects(column: pd.Series[Any], name: str) -> tuple[Column, list[str]]:
    values = [None if _is_missing(value) else value for value in column]
    known = [value for value in values if value is not None]
    kinds = {_object_kind(value) for value in known} or {"text"}
    if len(kinds) > 1 or None in kinds:
        first = next(value for value in known if _object_kind(value) != _object_kind(known[0]) or None in kinds)
        raise InputError(f"`{name}` cannot be stored: one of its values is {described(first)}.", hint=_HINT)
    kind = str(kinds.pop())
    write = _OBJECT_WRITERS[kind]
    return {"type": kind, "dtype": "object"}, ["" if value is None else write(value) for value in values]


def _object_kind(value: Any) -> str | None:
    value = value.item() if isinstance(value, np.generic) else value
    return next((kind for kind, class_ in _OBJECT_KINDS if isinstance(value, class_)), None)


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def _escaped(text: Any) -> str:
    if _is_missing(text):
        return ""
    if _ODD.search(text):
        return _spelled(text)
    return _ESCAPE + text if text == "" or text[0] == _ESCAPE else str(text)


def _unescaped(text: str) -> str | None:
    if text == "":
        return None
    if text.startswith(_SPELLED):
        return text.removeprefix(_SPELLED).encode("ascii").decode("unicode_escape")
    return text[1:] if text[0] == _ESCAPE else text


def _spelled(text: str) -> str:
    """Spell odd characters by their escapes, and leave other text as it is."""
    return _SPELLED + text.encode("unicode_escape").decode("ascii") if _ODD.search(text) else text


def _check_names(names: list[str], argument: str) -> None:
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise InputError(
            f"`{argument}` cannot be stored: several columns are called {listed(twice)}.", hint="Rename or drop them."
        )


def _numbers(column: pd.Series[Any]) -> list[str]:
    if not isinstance(column.dtype, np.dtype):
        return ["" if value is pd.NA else repr(float(value)) for value in column]
    values = column.to_numpy(dtype=np.float64)
    return [
        "" if is_missing else repr(float(value))
        for value, is_missing in zip(values, is_missing_real(values), strict=True)
    ]


def _wholes(column: pd.Series[Any]) -> list[str]:
    return ["" if value is pd.NA else str(value) for value in column]


def _truths(column: pd.Series[Any]) -> list[str]:
    return ["" if value is pd.NA else str(bool(value)).upper() for value in column]


def _instants(column: pd.Series[Any], ending: str = "") -> list[str]:
    texts = np.datetime_as_string(column.to_numpy()).tolist()
    return ["" if text == "NaT" else text + ending for text in texts]


def _durations(column: pd.Series[Any]) -> list[str]:
    counts = column.to_numpy().view(np.int64).tolist()
    return ["" if is_missing else str(count) for count, is_missing in zip(counts, column.isna(), strict=True)]


_WRITERS: dict[str, tuple[str, Callable[[pd.Series[Any]], list[str]]]] = {
    "f": ("number", _numbers),
    "i": ("whole", _wholes),
    "u": ("whole", _wholes),
    "b": ("truth", _truths),
    "M": ("instant", _instants),
    "m": ("duration", _durations),
}
_OBJECT_WRITERS: dict[str, Callable[[Any], str]] = {
    "text": _escaped,
    "truth": lambda value: str(bool(value)).upper(),
    "whole": lambda value: str(int(value)),
    "number": lambda value: repr(float(value)),
    "moment": lambda value: str(value.isoformat()),
    "date": lambda value: str(value.isoformat()),
}
_OBJECT_READERS: dict[str, Callable[[str], Any]] = {
    "text": _unescaped,
    "truth": _TRUTH.__getitem__,
    "whole": int,
    "number": float,
    "moment": dt.datetime.fromisoformat,
    "date": dt.date.fromisoformat,
}


def _decode(texts: list[str], column: Mapping[str, Any]) -> pd.Series[Any]:
    kind = column["type"]
    if kind == "factor":
        levels = pd.Index(_decode(column["levels"], column["of"]))
        positions = {text: i for i, text in enumerate(column["levels"])}
        codes = [-1 if text == "" else positions[text] for text in texts]
        return pd.Series(pd.Categorical.from_codes(codes, categories=levels, ordered=column["ordered"]))
    if column["dtype"] == "object":
        read = _OBJECT_READERS[kind]
        return pd.Series([None if text == "" else read(text) for text in texts], dtype=object)
    return _READERS[kind](texts, str(column["dtype"]))


def _read_text(texts: list[str], dtype: str) -> pd.Series[Any]:
    # The `str` of pandas 3 was no type of its own before.
    if dtype == "str" and not isinstance(pd.Series(dtype="str").dtype, pd.StringDtype):
        dtype = "object"
    return pd.Series([_unescaped(text) for text in texts], dtype=dtype)


def _read_numbers(texts: list[str], dtype: str) -> pd.Series[Any]:
    if dtype[0] == "F":
        return pd.Series([pd.NA if text == "" else float(text) for text in texts], dtype=dtype)
    return pd.Series(
        np.array([NA_REAL if text == "" else float(text) for text in texts], dtype=np.float64).astype(dtype)
    )


def _read_wholes(texts: list[str], dtype: str) -> pd.Series[Any]:
    return pd.Series([pd.NA if text == "" else int(text) for text in texts], dtype=dtype)


def _read_truths(texts: list[str], dtype: str) -> pd.Series[Any]:
    return pd.Series([pd.NA if text == "" else _TRUTH[text] for text in texts], dtype=dtype)


def _read_instants(texts: list[str], dtype: str) -> pd.Series[Any]:
    kind: Any = pd.api.types.pandas_dtype(dtype)
    zone = getattr(kind, "tz", None)
    naive = f"datetime64[{kind.unit}]" if zone is not None else dtype
    instants = pd.Series(np.array([text.removesuffix("Z") or "NaT" for text in texts], dtype=naive))
    return instants if zone is None else instants.dt.tz_localize("UTC").dt.tz_convert(zone)


def _read_durations(texts: list[str], dtype: str) -> pd.Series[Any]:
    missing = np.iinfo(np.int64).min
    return pd.Series(np.array([missing if text == "" else int(text) for text in texts], dtype=np.int64).view(dtype))


_READERS: dict[str, Callable[[list[str], str], pd.Series[Any]]] = {
    "text": _read_text,
    "number": _read_numbers,
    "whole": _read_wholes,
    "truth": _read_truths,
    "instant": _read_instants,
    "duration": _read_durations,
}

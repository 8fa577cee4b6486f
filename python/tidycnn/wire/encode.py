"""To R: a Python value becomes a message."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.errors import InputError, described, listed, spell_column
from tidycnn.core.frames import NA_REAL, as_text
from tidycnn.wire.kinds import (
    INTEGER_MISSING,
    MICROSECONDS,
    Message,
    common_kind,
    is_marked,
    is_missing,
    is_scalar,
    scalar_kind,
)
from tidycnn.wire.objects import Kept

_INTEGER_MAX = 2**31 - 1
_EXACT_MAX = 2**53
_BYTES_MAX = 2**31 - 1
# So many columns of numbers are a matrix: each message takes time.
_MATRIX_FROM = 16


def encode(value: Any, kept: Kept, name: str) -> Message:
    """Turn a Python value into a message for R.

    Parameters
    ----------
    value
        What is to cross.
    kept
        Takes the objects that cannot.
    name
        What messages call the value.
    """
    if value is None:
        return {"type": "null"}
    if isinstance(value, pd.DataFrame):
        return _encode_frame(value, name)
    if isinstance(value, pd.Series | pd.Index | pd.Categorical):
        return _encode_column(pd.Series(value), name)
    if isinstance(value, np.ndarray):
        return _encode_array(value, name)
    if isinstance(value, bytes | bytearray | memoryview):
        return {"type": "raw", "data": bytearray(value)}
    if is_scalar(value):
        return _encode_scalars([value], name)
    if isinstance(value, Mapping):
        return _encode_mapping(value, kept, name)
    if isinstance(value, list | tuple | range):
        return _encode_sequence(list(value), kept, name)
    if isinstance(value, set | frozenset):
        return _encode_sequence(sorted(value), kept, name)
    return kept.keep(value)


def encode_text(values: list[str], name: str) -> bytearray:
    """Join text as NUL-ended UTF-8."""
    joined = "\0".join([*values, ""]) if values else ""
    if joined.count("\0") != len(values):
        raise InputError(f"`{name}` has text with a NUL character, which R cannot hold.")
    return bytearray(joined.encode("utf-8", "surrogateescape"))


def _encode_mapping(values: Mapping[Any, Any], kept: Kept, name: str) -> Message:
    names = [str(key) for key in values]
    items = [encode(value, kept, spell_column(name, key)) for key, value in values.items()]
    return {"type": "list", "items": items, "names": encode_text(names, name), "n": len(items)}


def _encode_sequence(values: list[Any], kept: Kept, name: str) -> Message:
    is_vector = bool(values) and all(is_scalar(value) for value in values)
    if is_vector and _vector_kind(values) is not None:
        return _encode_scalars(values, name)
    items = [encode(value, kept, name) for value in values]
    return {"type": "list", "items": items, "names": None, "n": len(items)}


def _encode_scalars(values: list[Any], name: str) -> Message:
    kind = _vector_kind(values)
    missing = np.array([is_marked(value) for value in values], dtype=bool)
    return {"n": len(values), **_encode_kind(str(kind), values, missing, name)}


def _vector_kind(values: list[Any]) -> str | None:
    return common_kind((value for value in values if not is_marked(value)), if_none="logical")


def _encode_frame(frame: pd.DataFrame, name: str) -> Message:
    if any(level is not None for level in frame.index.names):
        frame = frame.reset_index()
    names = [str(column) for column in frame.columns]
    if len(set(names)) != len(names):
        twice = sorted({column for column in names if names.count(column) > 1})
        raise InputError(f"`{name}` has several columns called {listed(twice)}.", hint="Give each a name of its own.")
    columns = [
        _encode_column(frame.iloc[:, start], spell_column(name, names[start]))
        if end - start == 1
        else _encode_block(frame.iloc[:, start:end])
        for start, end in _runs(frame)
    ]
    return {"type": "frame", "names": encode_text(names, name), "columns": columns, "n": len(frame)}


def _runs(frame: pd.DataFrame) -> Iterator[tuple[int, int]]:
    """Give where columns begin and end that cross together: many of numbers as one matrix, any other alone."""
    is_number = [isinstance(kind, np.dtype) and kind.kind == "f" for kind in frame.dtypes]
    start = 0
    most = _BYTES_MAX // (8 * max(len(frame), 1))
    for numbers, run in itertools.groupby(is_number):
        end = start + len(list(run))
        step = most if numbers and end - start >= _MATRIX_FROM and most >= 1 else 1
        yield from ((first, min(first + step, end)) for first in range(start, end, step))
        start = end


def _encode_block(frame: pd.DataFrame) -> Message:
    numbers = frame.to_numpy(dtype=np.float64)
    return {"type": "block", "n": len(frame), "columns": frame.shape[1], "data": _as_bytes(numbers.T)}


def _encode_array(array: NDArray[Any], name: str) -> Message:
    flat = array.flatten(order="F")
    if flat.dtype.name == "bfloat16":
        flat = flat.astype(np.float32)
    message = _encode_column(pd.Series(flat, dtype=object if flat.dtype.kind in "OUS" else None), name)
    return {**message, "dim": list(array.shape)} if array.ndim > 0 else message


def _encode_column(column: pd.Series[Any], name: str) -> Message:
    message = {"n": len(column), **_encode_values(column, name)}
    if len(message["data"]) > _BYTES_MAX:
        raise InputError(f"`{name}` is too large to cross to R: {len(message['data']):,} bytes.")
    return message


def _encode_values(column: pd.Series[Any], name: str) -> Message:
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return _encode_factor(column, name)
    if isinstance(kind, pd.StringDtype):
        return _encode_character(column.tolist(), column.isna().to_numpy(), name)
    if isinstance(kind, pd.DatetimeTZDtype) or kind.kind == "M":
        return _encode_datetime(column)
    if kind.kind == "m":
        return {"type": "difftime", "data": _encode_instants(column)}
    if kind.kind == "b":
        return _encode_codes("logical", column)
    if kind.kind in "iu":
        return _encode_integer(column, name)
    if kind.kind == "f":
        return _encode_double(column)
    if kind.kind == "c":
        return {"type": "complex", "data": _as_bytes(column.to_numpy(dtype=np.complex128))}
    return _encode_objects(column.tolist(), name)


def _encode_factor(column: pd.Series[Any], name: str) -> Message:
    codes = column.cat.codes.to_numpy().astype(np.int32)
    levels = [as_text(level) for level in column.cat.categories]
    return {
        "type": "factor",
        "data": _as_bytes(np.where(codes < 0, INTEGER_MISSING, codes + 1).astype(np.int32)),
        "levels": encode_text(levels, name),
        "levels_n": len(levels),
        "ordered": bool(column.cat.ordered),
    }


def _encode_datetime(column: pd.Series[Any]) -> Message:
    if _is_dates(column):
        days = column.to_numpy().astype("datetime64[D]").view(np.int64)
        return {"type": "date", "data": _as_bytes(np.where(column.isna().to_numpy(), NA_REAL, days))}
    zone = getattr(column.dtype, "tz", None)
    instants = column if zone is None else column.dt.tz_convert("UTC").dt.tz_localize(None)
    return {"type": "datetime", "data": _encode_instants(instants), "zone": "UTC" if zone is None else str(zone)}


# A date of R is a whole day of `datetime64[s]`, the unit that pandas gives to days; moments have a finer one.
def _is_dates(column: pd.Series[Any]) -> bool:
    if column.dtype != np.dtype("datetime64[s]"):
        return False
    known = column.dropna()
    return bool((known == known.dt.normalize()).all())


def _encode_instants(column: pd.Series[Any]) -> bytearray:
    instants = column.to_numpy()
    microseconds = instants.astype(f"{instants.dtype.kind}8[us]").view(np.int64)
    return _as_bytes(np.where(column.isna().to_numpy(), NA_REAL, microseconds / MICROSECONDS))


def _encode_codes(kind: str, column: pd.Series[Any]) -> Message:
    if isinstance(column.dtype, np.dtype):
        codes = column.to_numpy().astype(np.int32)
    else:
        codes = column.to_numpy(dtype=np.int64, na_value=INTEGER_MISSING).astype(np.int32)
    return {"type": kind, "data": _as_bytes(codes)}


def _encode_integer(column: pd.Series[Any], name: str) -> Message:
    known = column.dropna()
    lowest, highest = (int(known.min()), int(known.max())) if len(known) else (0, 0)
    if lowest >= -_INTEGER_MAX and highest <= _INTEGER_MAX:
        return _encode_codes("integer", column)
    _check_exact(lowest, name)
    _check_exact(highest, name)
    return _encode_double(column)


def _check_exact(number: int, name: str) -> None:
    if abs(number) > _EXACT_MAX:
        raise InputError(
            f"`{name}` has the whole number {number}, which R cannot hold exactly.",
            hint="Beyond 2^53 turn it into text first.",
        )


def _encode_double(column: pd.Series[Any]) -> Message:
    if isinstance(column.dtype, np.dtype):
        return {"type": "double", "data": _as_bytes(column.to_numpy().astype(np.float64))}
    return {"type": "double", "data": _as_bytes(column.to_numpy(dtype=np.float64, na_value=NA_REAL))}


def _encode_character(values: list[Any], missing: NDArray[np.bool_], name: str) -> Message:
    if missing.any():
        values = ["" if is_absent else value for value, is_absent in zip(values, missing, strict=True)]
    return {
        "type": "character",
        "data": encode_text(list(map(os.fspath, values)), name),
        "missing": _as_bytes((np.flatnonzero(missing) + 1).astype(np.int32)),
    }


def _encode_objects(values: list[Any], name: str) -> Message:
    if set(map(type, values)) <= {str, type(None)}:
        return _encode_character(values, np.array([value is None for value in values], dtype=bool), name)
    missing = np.array([is_missing(value) for value in values], dtype=bool)
    known = [value for value, is_absent in zip(values, missing, strict=True) if not is_absent]
    kind = common_kind(known, if_none="character")
    if kind is None:
        first = scalar_kind(known[0])
        strange = next((value for value in known if scalar_kind(value) is None or scalar_kind(value) != first), None)
        raise InputError(
            f"`{name}` cannot cross to R: one of its values is {described(strange)}.",
            hint="Columns of text, numbers, truth values, dates, times or labels can cross, each of one kind.",
        )
    return _encode_kind(kind, values, missing, name)


def _encode_kind(kind: str, values: list[Any], missing: NDArray[np.bool_], name: str) -> Message:
    if kind == "character":
        return _encode_character(values, missing, name)
    if kind == "double":
        reals = [NA_REAL if is_marked(value) else float(value) for value in values]
        return {"type": "double", "data": _as_bytes(np.array(reals, dtype=np.float64))}
    known = [None if is_absent else value for value, is_absent in zip(values, missing, strict=True)]
    if kind == "integer":
        for value in known:
            _check_exact(0 if value is None else int(value), name)
        return _encode_integer(pd.Series(known, dtype="Int64"), name)
    if kind == "logical":
        return _encode_codes("logical", pd.Series(known, dtype="boolean"))
    if kind == "complex":
        numbers = [complex(NA_REAL, NA_REAL) if value is None else value for value in known]
        return {"type": "complex", "data": _as_bytes(np.array(numbers, dtype=np.complex128))}
    if kind == "date":
        days = np.array(known, dtype="datetime64[D]").view(np.int64)
        return {"type": "date", "data": _as_bytes(np.where(missing, NA_REAL, days))}
    if kind == "difftime":
        return {"type": "difftime", "data": _encode_instants(pd.Series(known, dtype="timedelta64[us]"))}
    return _encode_datetime(pd.Series(pd.to_datetime(pd.Series(known, dtype=object))))


def _as_bytes(values: NDArray[Any]) -> bytearray:
    return bytearray(np.ascontiguousarray(values).tobytes())

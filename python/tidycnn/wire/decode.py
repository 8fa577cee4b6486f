"""From R: a message becomes a Python value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.errors import InputError, Missing
from tidycnn.core.frames import NA_REAL, is_missing_real
from tidycnn.core.seeds import DrawnSeed
from tidycnn.wire.functions import RFunction
from tidycnn.wire.kinds import INTEGER_MISSING, MICROSECONDS, Message, is_marked

_MISSING = Missing()


def decode(message: Message) -> Any:
    """Turn a message from R into a Python value."""
    kind = message["type"]
    if kind == "null":
        return None
    if kind == "handle":
        return message["object"]
    if kind == "function":
        return RFunction(message["call"], message["name"], decode)
    if kind == "frame":
        return _decode_frame(message)
    if kind == "list":
        items = [decode(item) for item in message["items"] or []]
        return _with_names(items, message)
    if kind == "drawn_seed":
        return DrawnSeed(_numbers(message, np.int32)[0])
    if kind == "raw":
        return bytes(message["data"])
    if message.get("dim") is not None:
        return _decode_array(message)
    if kind == "factor" and message["n"] != 1:
        return _decode_column(message)
    values = _decode_values(message)
    return values[0] if len(values) == 1 and message.get("names") is None else _with_names(values, message)


def decode_text(data: bytes | bytearray) -> list[str]:
    """Split NUL-ended UTF-8; bytes that are no UTF-8 (old file names) survive as Python's surrogates."""
    return bytes(data).decode("utf-8", "surrogateescape").split("\0")[:-1]


def _with_names(values: list[Any], message: Message) -> list[Any] | dict[str, Any]:
    names = message.get("names")
    return values if names is None else dict(zip(decode_text(names), values, strict=True))


def _decode_values(message: Message) -> list[Any]:
    column = _decode_column(message)
    values: list[Any] = column.astype(object).tolist()
    if message["type"] == "date":
        values = [value if value is pd.NaT else value.date() for value in values]
    if message["type"] == "double":
        missing = is_missing_real(column.to_numpy())
        return [_MISSING if is_missing else value for value, is_missing in zip(values, missing, strict=True)]
    return [_MISSING if is_marked(value) else value for value in values]


def _decode_frame(message: Message) -> Any:
    names = decode_text(message["names"])
    columns = [_decode_column(column) for column in message["columns"] or []]
    index = pd.RangeIndex(int(message["n"]))
    if not columns:
        return pd.DataFrame(index=index)
    frame = pd.DataFrame(dict(zip(names, columns, strict=True)), index=index)
    groups = message.get("groups")
    return frame if groups is None else frame.groupby(decode_text(groups), dropna=False, observed=True)


def _decode_column(message: Message) -> pd.Series[Any]:
    return _DECODERS[message["type"]](message)


def _decode_array(message: Message) -> NDArray[Any]:
    kind = message["type"]
    shape = tuple(int(size) for size in message["dim"])
    if kind in ("logical", "integer"):
        codes = _numbers(message, np.int32)
        missing = codes == INTEGER_MISSING
        values = codes.astype(bool) if kind == "logical" else codes
        flat: NDArray[Any] = np.where(missing, NA_REAL, codes) if missing.any() else values
    elif kind in ("double", "complex"):
        flat = _numbers(message, np.float64 if kind == "double" else np.complex128)
    else:
        flat = _decode_column(message).to_numpy(dtype=object)
    return flat.reshape(shape, order="F")


def _numbers(message: Message, kind: type) -> NDArray[Any]:
    return np.frombuffer(bytes(message["data"]), dtype=kind).copy()


def _logical(message: Message) -> pd.Series[Any]:
    codes = _numbers(message, np.int32)
    missing = codes == INTEGER_MISSING
    return pd.Series(_masked(codes == 1, missing, "boolean"))


def _integer(message: Message) -> pd.Series[Any]:
    codes = _numbers(message, np.int32)
    return pd.Series(_masked(codes.astype(np.int64), codes == INTEGER_MISSING, "Int64"))


def _integer64(message: Message) -> pd.Series[Any]:
    codes = _numbers(message, np.int64)
    return pd.Series(_masked(codes, codes == np.iinfo(np.int64).min, "Int64"))


def _masked(values: NDArray[Any], missing: NDArray[np.bool_], extension: str) -> Any:
    if not missing.any():
        return values
    array = pd.array(values, dtype=extension)  # type: ignore[call-overload]
    array[missing] = pd.NA
    return array


def _character(message: Message) -> pd.Series[Any]:
    values = np.array(decode_text(message["data"]), dtype=object)
    values[_numbers({"data": message["missing"]}, np.int32)] = None
    return pd.Series(values, dtype=object)


def _factor(message: Message) -> pd.Series[Any]:
    codes = _numbers(message, np.int32)
    levels = pd.Index(decode_text(message["levels"]), dtype=object)
    positions = np.where(codes == INTEGER_MISSING, -1, codes - 1)
    return pd.Series(pd.Categorical.from_codes(positions, categories=levels, ordered=bool(message["ordered"])))


def _date(message: Message) -> pd.Series[Any]:
    days = _numbers(message, np.float64)
    missing = np.isnan(days)
    dates = np.floor(np.where(missing, 0, days)).astype(np.int64).view("datetime64[D]")
    return pd.Series(np.where(missing, np.datetime64("NaT", "D"), dates).astype("datetime64[s]"))


def _datetime(message: Message) -> pd.Series[Any]:
    instants = pd.DatetimeIndex(_instants(message, "datetime64[us]")).tz_localize("UTC")
    try:
        return pd.Series(instants.tz_convert(message["zone"]))
    except (KeyError, ValueError):
        raise InputError(f"Python does not know the time zone {message['zone']!r}.") from None


def _difftime(message: Message) -> pd.Series[Any]:
    return pd.Series(_instants(message, "timedelta64[us]"))


def _instants(message: Message, kind: str) -> NDArray[Any]:
    seconds = _numbers(message, np.float64)
    missing = np.isnan(seconds)
    instants = np.round(np.where(missing, 0, seconds) * MICROSECONDS).astype(np.int64)
    instants[missing] = np.iinfo(np.int64).min
    moments: NDArray[Any] = instants.view(kind)
    return moments


_DECODERS: dict[str, Callable[[Message], pd.Series[Any]]] = {
    "logical": _logical,
    "integer": _integer,
    "integer64": _integer64,
    "double": lambda message: pd.Series(_numbers(message, np.float64)),
    "complex": lambda message: pd.Series(_numbers(message, np.complex128)),
    "raw": lambda message: pd.Series(_numbers(message, np.uint8)),
    "character": _character,
    "factor": _factor,
    "date": _date,
    "datetime": _datetime,
    "difftime": _difftime,
}

"""Python values as messages for R."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tidycnn.core.errors import InputError, Missing
from tidycnn.core.frames import NA_REAL
from tidycnn.wire.encode import encode
from tidycnn.wire.objects import Kept

INTEGER_MISSING = -(2**31)


def sent(value):
    return encode(value, Kept(), "value")


def numbers(message, kind):
    return np.frombuffer(message["data"], dtype=kind).tolist()


def texts(data):
    return bytes(data).decode().split("\0")[:-1]


@pytest.mark.parametrize(
    ("value", "kind", "stored", "expected"),
    [
        (True, "logical", np.int32, [1]),
        (3, "integer", np.int32, [3]),
        (np.uint8(3), "integer", np.int32, [3]),
        (2**40, "double", np.float64, [2.0**40]),
        (0.5, "double", np.float64, [0.5]),
        (1j, "complex", np.complex128, [1j]),
        ([1, 2.5], "double", np.float64, [1, 2.5]),
        ((None, 150), "integer", np.int32, [INTEGER_MISSING, 150]),
        ([None], "logical", np.int32, [INTEGER_MISSING]),
        (Missing(), "logical", np.int32, [INTEGER_MISSING]),
        (range(3), "integer", np.int32, [0, 1, 2]),
        (dt.date(1970, 1, 2), "date", np.float64, [1]),
        (dt.datetime(1970, 1, 2), "datetime", np.float64, [86400]),
        (dt.timedelta(seconds=1.5), "difftime", np.float64, [1.5]),
    ],
)
def test_single_values_and_lists_of_one_kind_are_vectors(value, kind, stored, expected):
    message = sent(value)
    assert message["type"] == kind
    assert numbers(message, stored) == expected
    assert message["n"] == len(expected)


@pytest.mark.parametrize("value", ["", "é 😀", Path("a/b"), np.str_("a")])
def test_text_is_text(value):
    assert texts(sent(value)["data"]) == [str(value)]


def test_missing_text_is_told_by_its_position():
    message = sent(["a", None])
    assert texts(message["data"]) == ["a", ""]
    assert np.frombuffer(message["missing"], dtype=np.int32).tolist() == [2]


def test_an_old_file_name_keeps_its_bytes():
    assert bytes(sent("caf\udce9")["data"]) == b"caf\xe9\0"


def test_lists_of_different_kinds_are_lists():
    message = sent(["a", 1, [True]])
    assert [item["type"] for item in message["items"]] == ["character", "integer", "logical"]


def test_mappings_are_lists_with_names():
    message = sent({"a": 1, 2: "b"})
    assert message["type"] == "list"
    assert texts(message["names"]) == ["a", "2"]


def test_a_missing_number_and_not_a_number_stay_apart():
    column = pd.DataFrame({"x": [NA_REAL, float("nan")]})
    message = sent(column)["columns"][0]
    low_words = np.frombuffer(message["data"], dtype=np.uint64) & np.uint64(0xFFFFFFFF)
    assert (low_words == 1954).tolist() == [True, False]


@pytest.mark.parametrize("kind", ["bool", "int8", "uint32", "float16", "float64", "complex64"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_are_sent_column_by_column(kind, order):
    array = np.array([[0, 1, 1], [1, 0, 0]]).astype(kind, order=order)
    message = sent(array)
    stored = {"b": np.int32, "i": np.int32, "u": np.int32, "f": np.float64, "c": np.complex128}[array.dtype.kind]
    assert message["dim"] == [2, 3]
    assert numbers(message, stored) == [0, 1, 1, 0, 1, 0]


def test_unordered_levels_keep_their_order():
    message = sent(pd.Categorical(["b", None], categories=["b", "a"]))
    assert numbers(message, np.int32) == [1, INTEGER_MISSING]
    assert texts(message["levels"]) == ["b", "a"]
    assert message["ordered"] is False


def test_whole_days_in_seconds_are_dates_and_moments_are_not():
    days = pd.Series(np.array(["2024-02-29", "NaT"], dtype="datetime64[s]"))
    assert sent(days)["type"] == "date"
    assert sent(days + pd.Timedelta(seconds=1))["type"] == "datetime"
    assert sent(days.astype("datetime64[ns]"))["type"] == "datetime"


def test_a_named_index_becomes_columns():
    frame = pd.DataFrame({"n": [1]}, index=pd.Index(["cat"], name="label"))
    assert texts(sent(frame)["names"]) == ["label", "n"]


def test_what_cannot_cross_is_kept():
    kept = Kept()
    thing = object()
    message = encode({"thing": thing}, kept, "value")
    assert message["items"][0]["type"] == "handle"
    assert kept.objects[message["items"][0]["position"]] is thing


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (2**60, "`value` has the whole number 1152921504606846976"),
        (np.array([-(2**60)]), "`value` has the whole number -1152921504606846976"),
        (pd.DataFrame({"box": [[1]]}), r'`value\["box"\]` cannot cross to R: one of its values is \[1\]'),
        (pd.DataFrame({"mixed": ["a", 1]}), r'`value\["mixed"\]` cannot cross to R: one of its values is 1'),
        (pd.DataFrame([[1, 2]], columns=["x", "x"]), "several columns called 'x'"),
        ("a\0b", "`value` has text with a NUL"),
    ],
)
def test_what_r_cannot_hold_is_refused_by_name(value, words):
    with pytest.raises(InputError, match=words):
        sent(value)


def test_many_columns_of_numbers_cross_as_one_matrix():
    values = np.arange(40.0).reshape(2, 20)
    frame = pd.DataFrame(values, columns=[f"x{i}" for i in range(20)])
    message = sent(frame.assign(label=["a", "b"]).assign(y=[0.5, NA_REAL]))
    assert [column["type"] for column in message["columns"]] == ["block", "character", "double"]
    assert (message["columns"][0]["n"], message["columns"][0]["columns"]) == (2, 20)
    assert numbers(message["columns"][0], np.float64) == values.T.ravel().tolist()
    assert texts(message["names"]) == [*frame.columns, "label", "y"]

"""Messages from R as Python values. That R sends such messages is tested in tests/testthat/test-wire.R."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from tidycnn.core.errors import InputError, Missing
from tidycnn.core.frames import NA_REAL
from tidycnn.core.seeds import DrawnSeed
from tidycnn.wire.decode import decode

INTEGER_MISSING = -(2**31)


def vector(kind, values, stored, **more):
    return {"type": kind, "n": len(values), "data": bytearray(np.array(values, dtype=stored).tobytes()), **more}


def text(values, missing=(), **more):
    data = bytearray("".join(value + "\0" for value in values).encode())
    return vector("character", values, object, **more) | {
        "data": data,
        "missing": bytearray(np.array(missing, dtype=np.int32).tobytes()),
    }


def names(*values):
    return text(values)["data"]


def column(message):
    frame = decode({"type": "frame", "names": names("x"), "columns": [message], "n": message["n"]})
    return frame["x"]


def test_one_value_is_a_single_one_and_several_are_a_list():
    assert decode(vector("double", [1.5], np.float64)) == 1.5
    assert decode(vector("integer", [1, 2], np.int32)) == [1, 2]
    assert decode(vector("logical", [], np.int32)) == []
    assert decode(text(["a"])) == "a"
    assert decode({"type": "null"}) is None


def test_names_make_a_dict():
    assert decode(vector("double", [0.7], np.float64, names=names("train"))) == {"train": 0.7}
    items = [vector("integer", [1], np.int32), text(["a"])]
    assert decode({"type": "list", "items": items, "names": names("one", "two")}) == {"one": 1, "two": "a"}


@pytest.mark.parametrize(
    "message",
    [
        vector("logical", [INTEGER_MISSING], np.int32),
        vector("integer", [INTEGER_MISSING], np.int32),
        vector("double", [NA_REAL], np.float64),
        text(["NA"], [0]),
        vector("date", [NA_REAL], np.float64),
    ],
)
def test_a_missing_value_is_missing_and_nothing_else(message):
    assert isinstance(decode(message), Missing)


def test_not_a_number_is_a_number():
    assert np.isnan(decode(vector("double", [np.nan], np.float64)))


def test_columns_are_of_plain_types_where_nothing_is_missing():
    assert column(vector("logical", [1, 0], np.int32)).dtype == bool
    assert column(vector("integer", [1, 0], np.int32)).dtype == np.int64
    assert column(text(["a", "b"])).tolist() == ["a", "b"]


def test_columns_with_missing_values_are_of_nullable_types():
    assert str(column(vector("logical", [1, INTEGER_MISSING], np.int32)).dtype) == "boolean"
    assert str(column(vector("integer", [1, INTEGER_MISSING], np.int32)).dtype) == "Int64"
    assert column(text(["a", "NA"], [1])).tolist() == ["a", None]


def test_a_factor_is_categorical_with_its_levels():
    message = vector("factor", [2, INTEGER_MISSING], np.int32, levels=names("b", "a"), ordered=True)
    series = column(message)
    assert series.cat.categories.tolist() == ["b", "a"]
    assert series.cat.ordered
    assert series[0] == "a"
    assert series.isna().tolist() == [False, True]


def test_times_keep_their_zone_and_dates_are_days():
    series = column(vector("datetime", [0, NA_REAL], np.float64, zone="Asia/Tokyo"))
    assert series[0] == pd.Timestamp("1970-01-01 09:00", tz="Asia/Tokyo")
    assert series.isna().tolist() == [False, True]
    assert decode(vector("date", [1], np.float64)) == dt.date(1970, 1, 2)


def test_an_unknown_zone_is_named():
    with pytest.raises(InputError, match="Mars/Base"):
        column(vector("datetime", [0], np.float64, zone="Mars/Base"))


def test_an_array_has_its_shape_and_is_read_column_by_column():
    array = decode(vector("integer", [1, 2, 3, 4, 5, 6], np.int32, dim=[2, 3]))
    assert array.tolist() == [[1, 3, 5], [2, 4, 6]]


def test_an_array_of_whole_numbers_with_a_missing_one_holds_r_s_missing_number():
    array = decode(vector("integer", [1, INTEGER_MISSING], np.int32, dim=[1, 2]))
    assert array.dtype == np.float64
    assert array.view(np.uint64)[0, 1] == np.array(NA_REAL).view(np.uint64)


def test_a_frame_without_columns_keeps_its_rows():
    assert decode({"type": "frame", "names": bytearray(), "columns": [], "n": 3}).shape == (3, 0)


def test_a_seed_that_r_has_drawn_is_told_from_one_that_was_given():
    message = {"type": "drawn_seed", "n": 1, "data": np.array([7], dtype=np.int32).tobytes()}
    assert isinstance(decode(message), DrawnSeed)
    assert decode(message) == 7

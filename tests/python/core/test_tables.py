from __future__ import annotations

import csv
import datetime as dt

import numpy as np
import pandas as pd
import pytest

from tidycnn.core.errors import InputError
from tidycnn.core.frames import NA_REAL
from tidycnn.core.tables import TableError, read_table, write_table

BERLIN = pd.DatetimeTZDtype("ns", "Europe/Berlin")
COLUMNS = {
    "text": pd.Series(["a", None, "", "NA", "1.0", "\\", "\\x", ' "q",\n', "é😀", "TRUE"], dtype=object),
    "caf\udce9": pd.Series(["caf\udce9.png", None], dtype=object),
    "string": pd.Series(["a", None, "", "NA"], dtype="string"),
    "text of this pandas": pd.Series(["a", "", "NA"]),
    "factor": pd.Series(pd.Categorical(["b", None, "a"], categories=["b", "a", "", "NA"])),
    "ordered": pd.Series(pd.Categorical(["b", "a"], categories=["b", "a"], ordered=True)),
    "factor of numbers": pd.Series(pd.Categorical([10, 9, None], categories=[10, 9])),
    "whole": pd.Series([1, -(2**62)]),
    "small": pd.Series([1, 255], dtype="uint8"),
    "nullable whole": pd.Series([1, None, 2**53 + 1], dtype="Int64"),
    "number": pd.Series([0.1, 1e300, -0.0, float("inf")]),
    "single": pd.Series([0.1, 2.5], dtype="float32"),
    "nullable number": pd.Series([0.1, None], dtype="Float64"),
    "truth": pd.Series([True, False]),
    "nullable truth": pd.Series([True, None], dtype="boolean"),
    "truth objects": pd.Series([True, None], dtype=object),
    "whole objects": pd.Series([2**80, None], dtype=object),
    "number objects": pd.Series([0.5, None], dtype=object),
    "date": pd.Series([dt.date(2024, 2, 29), None], dtype=object),
    "moment": pd.Series([dt.datetime(2024, 2, 29, 12, 0, 0, 1), None], dtype=object),
    "day of R": pd.Series(np.array(["0099-01-01", "NaT"], dtype="datetime64[s]")),
    "time": pd.Series(pd.to_datetime(["2024-01-01 12:00:00.123456789", None])),
    "time in a zone": pd.Series(pd.to_datetime(["2024-10-27T00:30:00", "2024-10-27T01:30:00", None], utc=True)).astype(
        BERLIN
    ),
    "duration": pd.Series(pd.to_timedelta(["1 days 00:00:00.000000001", None])),
    "missing only": pd.Series([None, None], dtype=object),
}


def stored(frame, path):
    columns = write_table(frame, path / "table.csv", "images")
    return read_table(path / "table.csv", columns, len(frame))


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("n", [0, 1, None])
def test_a_column_comes_back_as_it_was(tmp_path, name, n):
    frame = COLUMNS[name].iloc[:n].to_frame(name)
    pd.testing.assert_frame_equal(stored(frame, tmp_path), frame.reset_index(drop=True), check_freq=False)


def test_a_missing_number_and_no_number_stay_apart(tmp_path):
    back = stored(pd.DataFrame({"x": [1.0, NA_REAL, float("nan")]}), tmp_path)["x"]
    assert (back.to_numpy().view(np.uint64)[1:] & np.uint64(0xFFFFFFFF)).tolist() == [1954, 0]


def test_missing_text_is_none_and_empty_text_is_empty(tmp_path):
    assert stored(pd.DataFrame({"x": pd.Series(["", None], dtype=object)}), tmp_path)["x"].tolist() == ["", None]


def test_other_programs_read_plain_values(tmp_path):
    write_table(pd.DataFrame({"path": ["a b.png", None], "n": [1, 2]}), tmp_path / "table.csv", "images")
    assert (tmp_path / "table.csv").read_text() == "path,n\na b.png,1\n,2\n"


@pytest.mark.parametrize("dtype", [object, "string"])
def test_any_text_comes_back_as_a_value(tmp_path, odd_texts, dtype):
    frame = pd.DataFrame({"x": pd.Series([None, *odd_texts], dtype=dtype), "last": range(len(odd_texts) + 1)})
    pd.testing.assert_frame_equal(stored(frame, tmp_path), frame)


def test_any_text_comes_back_as_a_level(tmp_path, odd_texts):
    frame = pd.DataFrame({"x": pd.Categorical([*odd_texts[::2], None], categories=odd_texts)})
    back = stored(frame, tmp_path)["x"]
    assert back.cat.categories.tolist() == odd_texts
    assert back.cat.codes.tolist() == frame["x"].cat.codes.tolist()


def test_any_text_comes_back_as_the_name_of_a_column(tmp_path, odd_texts):
    for names in (odd_texts, odd_texts[:1]):
        frame = pd.DataFrame([["a"] * len(names)] * 2, columns=names)
        assert stored(frame, tmp_path).columns.tolist() == names


def test_lines_of_text_are_lines_of_the_file_and_plain_unicode_text(tmp_path, odd_texts):
    odd = [text for text in odd_texts if "\n" not in text]
    write_table(pd.DataFrame({"x": odd}), tmp_path / "table.csv", "images")
    assert len((tmp_path / "table.csv").read_text(encoding="utf-8").splitlines()) == len(odd) + 1


def test_names_of_files_that_are_no_unicode_text_are_read_as_they_were_written_before(tmp_path):
    columns = write_table(pd.DataFrame({"caf\udce9": ["caf\udce9"]}), tmp_path / "table.csv", "images")
    (tmp_path / "table.csv").write_bytes(b"caf\xe9\ncaf\xe9\n")
    assert read_table(tmp_path / "table.csv", columns, 1)["caf\udce9"].tolist() == ["caf\udce9"]


@pytest.mark.parametrize("names", [["a", "b", "a"], ["1", 1]])
def test_columns_of_one_name_are_refused(tmp_path, names):
    with pytest.raises(InputError, match=f"`images` cannot be stored: several columns are called '{names[0]}'"):
        stored(pd.DataFrame([range(len(names))], columns=names), tmp_path)


def test_several_kinds_in_one_column_are_refused_by_name(tmp_path):
    with pytest.raises(InputError, match=r'`images\["mixed"\]` cannot be stored: one of its values is 2'):
        stored(pd.DataFrame({"mixed": ["a", 2]}), tmp_path)


@pytest.mark.parametrize("values", [[[1], [2]], pd.period_range("2024", periods=2, freq="D"), [1j, 2j]])
def test_what_cannot_be_stored_is_refused_by_name(tmp_path, values):
    with pytest.raises(InputError, match=r'`images\["odd"\]` cannot be stored'):
        stored(pd.DataFrame({"odd": values}), tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "has other columns"),
        ("b,a\n1,x\n2,y\n", "has other columns"),
        ("a,b\n1,x\n", "does not have the 2 whole rows"),
        ("a,b\n1,x\n2\n", "does not have the 2 whole rows"),
        ('a,b\n1,x\n2,"y\n', "is no CSV file"),
        ("a,b\n1,x\none,y\n", "has values in the column 'a' that do not fit"),
    ],
)
def test_damage_is_told(tmp_path, content, message):
    columns = write_table(pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}), tmp_path / "table.csv", "images")
    (tmp_path / "table.csv").write_text(content)
    with pytest.raises(TableError, match=message):
        read_table(tmp_path / "table.csv", columns, 2)


def test_a_long_field_is_read(tmp_path):
    frame = pd.DataFrame({"x": ["a" * (csv.field_size_limit() + 1)]})
    assert stored(frame, tmp_path)["x"].str.len().tolist() == [csv.field_size_limit() + 1]

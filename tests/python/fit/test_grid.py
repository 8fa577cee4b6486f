"""What a row is called, and where its fit is kept, follows from what it asks."""

from __future__ import annotations

import keras
import numpy as np
import pandas as pd
import pytest

from tidycnn.core.errors import InputError
from tidycnn.fit._grid import key_of, name_rows, rows_of


def test_a_folder_does_not_depend_on_the_type_of_a_column():
    """R writes whole numbers as it writes others, and texts may be factors."""
    python = pd.DataFrame({"optimizer": ["sgd"], "batch_size": [8], "seed": [1]})
    r = pd.DataFrame({"optimizer": pd.Categorical(["sgd"]), "batch_size": [8.0], "seed": np.array([1], dtype="int32")})
    assert key_of(rows_of(python)[0]) == key_of(rows_of(r)[0])


def test_a_folder_depends_on_all_that_a_row_asks():
    rows = rows_of(pd.DataFrame({"learning_rate": [0.1, 0.1, 0.2], "seed": [1, 2, 1]}))
    assert len({key_of(row) for row in rows}) == 3


def test_the_name_of_a_folder_can_be_read_and_is_a_name_everywhere():
    key = key_of({"optimizer": "a/b\\c: d", "learning_rate": 0.1})
    assert key.startswith("optimizer-a-b-c-d-learning_rate-0.1-")
    assert len(key_of({"model": "x" * 400})) < 80


def test_a_folder_depends_on_what_an_object_is_and_not_on_where_it_lies():
    rows = [{"optimizer": keras.optimizers.SGD(rate), "loss": "mse"} for rate in (0.1, 0.1, 0.2)]
    first, second, third = map(key_of, rows)
    assert first == second != third
    assert first.startswith("optimizer-SGD-loss-mse-")


@pytest.mark.parametrize("value", [lambda y, p: 0.0, object(), type("Mine", (keras.optimizers.SGD,), {})()])
def test_what_cannot_be_found_again_is_refused_by_its_column(value):
    with pytest.raises(InputError, match=r'`grid\["loss"\]` must have numbers, texts, or objects of Keras'):
        key_of({"loss": value})


def test_what_is_missing_is_not_asked():
    rows = rows_of(pd.DataFrame({"learning_rate": [0.1, None], "patience": pd.array([None, 2], dtype="Int64")}))
    assert rows == [{"learning_rate": 0.1}, {"patience": 2}]


def test_rows_are_named_by_what_tells_them_apart():
    rows = pd.DataFrame({"optimizer": ["sgd", "adam"], "epochs": [3, 3], "learning_rate": [0.1, None], ".seed": [1, 2]})
    assert name_rows(rows) == ["sgd, learning_rate 0.1, seed 1", "adam, learning_rate not given, seed 2"]


def test_one_row_needs_no_name():
    assert name_rows(pd.DataFrame({"optimizer": ["sgd"]})) == [""]

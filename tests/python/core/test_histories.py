"""Histories below each other."""

from __future__ import annotations

import pandas as pd

from tidycnn.core.frames import HISTORY_COLUMNS
from tidycnn.core.histories import bind_histories, empty_history


def test_histories_stand_below_each_other_with_the_model_in_front():
    history = pd.DataFrame([(1, 1, "train", "loss", 0.5)], columns=list(HISTORY_COLUMNS))
    bound = bind_histories({"a": history, "b": history})
    assert bound["model"].tolist() == ["a", "b"]
    assert bound.columns.tolist() == ["model", *HISTORY_COLUMNS]


def test_no_histories_are_an_empty_one():
    assert bind_histories({}).columns.drop("model").tolist() == empty_history().columns.tolist() == [*HISTORY_COLUMNS]

"""Small pictures, tiny networks and what is said on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import pandas as pd
import pytest

from tidycnn.core import progress
from tidycnn.images.table import image_table

MakeModel = Callable[..., Any]


class Hearer(progress.Silence):
    """Keeps what was said and shown."""

    def __init__(self) -> None:
        self.remarks: list[str] = []
        self.notes: list[str] = []
        self.totals: list[int] = []

    def start(self, task: int, description: str, total: int) -> None:
        self.totals.append(total)

    def update(self, task: int, done: int, note: str) -> None:
        self.notes.append(note)

    def remark(self, message: str) -> None:
        self.remarks.append(message)


@pytest.fixture(autouse=True)
def heard() -> Iterator[Hearer]:
    """Hear remarks and progress instead of showing them."""
    hearer = Hearer()
    with progress.listening(hearer):
        yield hearer


@pytest.fixture
def images(draw_folder: Any) -> pd.DataFrame:
    """Give 8 dark cats and 8 bright dogs, of each 5 to train, 2 to validate and 1 to test."""
    frame = image_table(draw_folder({"cat": 8, "dog": 8}, size=(8, 8)), progress=False)
    return frame.assign(
        split=["train"] * 5 + ["validation"] * 2 + ["test"] + ["train"] * 5 + ["validation"] * 2 + ["test"]
    )


@pytest.fixture
def make_model() -> MakeModel:
    """Give a function that makes a network of few weights, always the same ones."""

    def make(units: int = 2, activation: str = "softmax", *, shape: tuple[Any, ...] = (8, 8, 3), dropout: float = 0.0):
        start = keras.initializers.GlorotUniform(seed=1)
        return keras.Sequential(
            [
                keras.layers.Input(shape),
                keras.layers.GlobalAveragePooling2D(),
                keras.layers.Dense(4, activation="tanh", kernel_initializer=start),
                keras.layers.Dropout(dropout),
                keras.layers.Dense(units, activation=activation, kernel_initializer=start),
            ]
        )

    return make

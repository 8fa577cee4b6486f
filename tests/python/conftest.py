"""Pictures drawn for the tests, tiny networks, what is said on the way, and a cache of their own."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tidycnn.core import progress
from tidycnn.images.table import image_table

DrawFolder = Callable[..., Path]
MakeModel = Callable[..., Any]


def pytest_configure() -> None:
    """Take signals in, for tests that send them: who starts the tests in the background ignores some for them."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def odd_texts() -> list[str]:
    """Give 500 texts, all different, that programs are known to fall over, and random ones of the same characters."""
    known = ["", "NA", "nan", "None", "NULL", "TRUE", "1", "1.0", "-inf", " ", "a b", "\t", "\n", "\r", "\r\n", "a\rb"]
    known += [
        "\\",
        "\\\\",
        ":",
        "\\:",
        "\\:x",
        "\\r",
        "\\u00e9",
        "\\N{BULLET}",
        '"',
        '""',
        "'",
        ",",
        "a,b",
        "[1]",
        "{}",
    ]
    known += ["\0", "a\0b", "\ufeffa", "\u2028", "\x85", "é", "e\u0301", "😀", "\U0010ffff", "\ud83d", "\ud83d\ude00"]
    known += ["\udce9", "\udcc3\udca9", "x" * 2**20, "\r" * 2**20]
    characters = [chr(code) for code in range(256)] + [text for text in known if len(text) == 1]
    draw = np.random.default_rng(1)
    random = ("".join(draw.choice(characters, int(draw.integers(1, 12)))) for _ in range(1000))
    return list(dict.fromkeys([*known, *random]))[:500]


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the user's cache and jobs out of the tests."""
    monkeypatch.setenv("TIDYCNN_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setenv("TIDYCNN_JOBS", str(tmp_path_factory.mktemp("jobs")))


@pytest.fixture
def draw_folder(tmp_path: Path) -> DrawFolder:
    """Give a function that draws class folders of noisy pictures, each class around a grey level of its own.

    `draw_folder({"cat": 3, "dog": 2}, size=(width, height), under="train")` returns the folder that holds the classes.
    """

    def draw(
        counts: dict[str, int], *, size: tuple[int, int] = (24, 16), under: str = "pictures", suffix: str = ".png"
    ) -> Path:
        folder = tmp_path / under
        for position, (label, n) in enumerate(sorted(counts.items())):
            (folder / label).mkdir(parents=True, exist_ok=True)
            level = 40 + 170 * position // max(1, len(counts) - 1)
            for i in range(n):
                noise = np.random.default_rng([position, i]).integers(-30, 30, (size[1], size[0], 3))
                pixels = np.clip(level + noise, 0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(folder / label / f"{label}_{i:03d}{suffix}")
        return folder

    return draw


@pytest.fixture
def picture_folder(draw_folder: DrawFolder) -> Path:
    """Give a folder with 6 pictures of `cat` and 4 of `dog`, 24 pixels wide and 16 high."""
    return draw_folder({"cat": 6, "dog": 4})


class Hearer(progress.Silence):
    """Keeps what was said and shown."""

    def __init__(self) -> None:
        self.remarks: list[str] = []
        self.notes: list[str] = []
        self.totals: list[int] = []
        self.told: list[str] = []

    def start(self, task: int, description: str, total: int, done: int) -> None:
        self.totals.append(total)

    def update(self, task: int, done: int, note: str) -> None:
        self.notes.append(note)

    def tell(self, task: int, message: str, left: str) -> None:
        self.told.append(message)

    def remark(self, message: str) -> None:
        self.remarks.append(message)


@pytest.fixture
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
        import keras

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

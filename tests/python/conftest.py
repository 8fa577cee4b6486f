"""Pictures drawn for the tests, and a cache of their own."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

DrawFolder = Callable[..., Path]


def pytest_configure() -> None:
    """Take Ctrl-C in, for tests that press it: a shell that starts the tests in the background ignores it for them."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the user's cache out of the tests."""
    monkeypatch.setenv("TIDYCNN_CACHE", str(tmp_path_factory.mktemp("cache")))


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

"""Predictions made by hand and by chance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

DrawPredictions = Callable[..., pd.DataFrame]


@pytest.fixture
def predictions() -> pd.DataFrame:
    """Nine images of three classes: rows 4 and 8 are wrong."""
    levels = ["cat", "dog", "owl"]
    truth = ["cat", "cat", "cat", "dog", "dog", "dog", "owl", "owl", "owl"]
    answer = ["cat", "cat", "cat", "dog", "owl", "dog", "owl", "owl", "cat"]
    probabilities = np.full((9, 3), 0.25)
    probabilities[np.arange(9), [levels.index(label) for label in answer]] = 0.5
    frame = pd.DataFrame(
        {
            "path": [f"{i}.jpg" for i in range(9)],
            "label": pd.Categorical(truth, categories=levels),
            ".pred_class": pd.Categorical(answer, categories=levels),
        }
    )
    return frame.assign(**{f".pred_{level}": probabilities[:, i] for i, level in enumerate(levels)})


@pytest.fixture
def draw_predictions() -> DrawPredictions:
    """Give a function that draws predictions of `n` images of `k` classes, some of them wrong."""

    def draw(n: int, k: int, *, groups: int | None = None, seed: int = 1) -> pd.DataFrame:
        generator = np.random.default_rng(seed)
        truth, outputs = generator.integers(0, k, n), generator.normal(size=(n, k))
        outputs[np.arange(n), truth] += 1.5
        probabilities = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
        levels = [f"class {i}" for i in range(k)]
        frame = pd.DataFrame(
            {
                "path": [f"{i}.jpg" for i in range(n)],
                "label": pd.Categorical.from_codes(truth, levels),
                ".pred_class": pd.Categorical.from_codes(probabilities.argmax(axis=1), levels),
            }
        )
        frame = frame.assign(**{f".pred_{level}": probabilities[:, i] for i, level in enumerate(levels)})
        if groups is None:
            return frame
        return frame.assign(group=[f"photograph {i}" for i in generator.integers(0, groups, n)])

    return draw

"""Whether a network learns as well in bfloat16 as in float32, and how much sooner: pairs of fits on real images.

Both fits of a pair have the same seed: the same first weights, images, order and augmentation. Accuracy is that on
images which trained nobody: the blood cells of other photographs (TEST), the cats and dogs of `test`. Needs
`TIDYCNN_DATA`. A pair takes about two minutes on two cores.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

import tidycnn

PRECISIONS = ("float32", "bfloat16")
AUGMENTATION = {"rescale": 1 / 255, "rotation_range": 20, "zoom_range": 0.1, "horizontal_flip": True}


class Task(NamedTuple):
    """Images that train and that judge, and what is learned of them."""

    train: str
    test: str
    model: Any
    size: int
    epochs: int
    images: tuple[int, int]


TASKS = {
    "blood cells": Task("blood-cells/TRAIN", "blood-cells/TEST", tidycnn.blood_cells_deep, 96, 12, (1600, 800)),
    "cats and dogs": Task("cats-dogs/train", "cats-dogs/test", tidycnn.blood_cells_small, 96, 12, (2000, 800)),
}


def choose(folder: Path, n: int, seed: int) -> pd.DataFrame:
    """Choose so many images, as many of each label."""
    images = tidycnn.image_table(folder, splits=False, progress=False)
    each = n // images["label"].nunique()
    chosen: pd.DataFrame = images.groupby("label", observed=True).sample(each, random_state=seed)
    return chosen.reset_index(drop=True)


def fit(task: Task, train: pd.DataFrame, test: pd.DataFrame, *, precision: str, seed: int) -> tuple[float, float]:
    """Give accuracy and the seconds of a fit."""
    model = task.model((task.size, task.size, 3), train["label"].nunique(), seed=seed)
    begun = time.perf_counter()
    classifier = tidycnn.fit_classifier(
        model,
        train,
        generator=tidycnn.image_data_generator(**AUGMENTATION),
        epochs=task.epochs,
        optimizer="rmsprop",
        control=tidycnn.fit_control(cache="memory", precision=precision),
        progress=False,
        seed=seed,
    )
    seconds = time.perf_counter() - begun
    predictions = tidycnn.predict_images(classifier, test, progress=False)
    return float((predictions[".pred_class"] == predictions["label"]).mean()), seconds


def run_pair(name: str, task: Task, data: Path, seed: int) -> dict[str, Any]:
    """Fit in both precisions; which of them is the first changes from seed to seed."""
    train, test = choose(data / task.train, task.images[0], seed), choose(data / task.test, task.images[1], 0)
    found: dict[str, Any] = {"task": name, "seed": seed}
    for precision in PRECISIONS[:: 1 if seed % 2 else -1]:
        accuracy, seconds = fit(task, train, test, precision=precision, seed=seed)
        found |= {f"{precision} accuracy": accuracy, f"{precision} s": seconds}
    return found


def summarise(name: str, pairs: pd.DataFrame) -> str:
    """Spell the mean difference with its 95 % interval by Student's t, and the ratio of the seconds."""
    differences = (pairs["bfloat16 accuracy"] - pairs["float32 accuracy"]).to_numpy()
    half = stats.t.ppf(0.975, len(differences) - 1) * stats.sem(differences) if len(differences) > 1 else np.nan
    ratio = float((pairs["float32 s"] / pairs["bfloat16 s"]).median())
    means = [pairs[f"{precision} accuracy"].mean() for precision in PRECISIONS]
    mean = differences.mean()
    difference = f"{mean:>+8.4f} ({mean - half:+.4f} to {mean + half:+.4f})"
    return f"{name:<14} {len(pairs):>5} {means[0]:>8.4f} {means[1]:>9.4f} {difference} {ratio:>6.2f}"


def main() -> None:
    """Run the pairs, and tell of each as soon as it has run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    arguments = parser.parse_args()
    data = os.environ.get("TIDYCNN_DATA")
    if data is None:
        print("Left out: TIDYCNN_DATA names no folder of real images.")
        return
    pairs = []
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        for name, task in TASKS.items():
            pairs.append(run_pair(name, task, Path(data), seed))
            told = (f"{column} {value:.4g}" for column, value in list(pairs[-1].items())[2:])
            print(f"seed {seed}, {name}: {', '.join(told)}", flush=True)
    table = pd.DataFrame(pairs)
    print(f"{'task':<14} {'pairs':>5} {'float32':>8} {'bfloat16':>9} {'difference (95 %)':>28} {'speed':>6}")
    for name in TASKS:
        print(summarise(name, table[table["task"] == name]))


if __name__ == "__main__":
    main()

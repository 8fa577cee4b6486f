"""Labels have one order in whatever way they come in: whole numbers by value, all else as text."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tidycnn import (
    as_classifier,
    class_counts,
    cnn,
    confusion_matrix,
    flow_images,
    flow_images_from_data,
    flow_images_from_dataframe,
    flow_images_from_directory,
    image_table,
    predict_images,
)
from tidycnn.cli.source import Source
from tidycnn.core.frames import levels_of

TWELVE = [str(i) for i in range(12)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("numbers")
    for label in TWELVE:
        (top / label).mkdir()
        Image.new("RGB", (8, 8), (int(label) * 20, 0, 0)).save(top / label / f"{label}_.png")
    return top


def files(folder: Path) -> pd.DataFrame:
    """Give a frame whose labels come in another order, as text."""
    return pd.DataFrame({"path": [str(folder / i / f"{i}_.png") for i in reversed(TWELVE)], "label": TWELVE[::-1]})


def from_csv(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.read_csv(StringIO(frame.to_csv(index=False)))


def predictions(folder: Path) -> pd.DataFrame:
    return predict_images(as_classifier(cnn((8, 8, 3), 12, filters=2, units=None, seed=1), range(12)), files(folder))


DOORS: dict[str, Callable[[Path], Any]] = {
    "a folder": lambda folder: levels_of(image_table(folder)),
    "a frame": lambda folder: levels_of(image_table(files(folder))),
    "a frame of numbers": lambda folder: levels_of(image_table(from_csv(files(folder)))),
    "names of files": lambda folder: levels_of(image_table(files(folder)["path"].tolist(), "([0-9]+)_")),
    "counts": lambda folder: class_counts(files(folder))["label"].tolist(),
    "a flow": lambda folder: flow_images(files(folder)).levels,
    "a flow of a folder": lambda folder: list(flow_images_from_directory(folder).class_indices),
    "a flow of a frame": lambda folder: (
        flow_images_from_dataframe(files(folder), x_col="path", y_col="label", target_size=(8, 8)).levels
    ),
    "a flow of files unseen": lambda folder: (
        flow_images_from_dataframe(
            from_csv(files(folder)), x_col="path", y_col="label", validate_filenames=False
        ).levels
    ),
    "an array": lambda folder: flow_images_from_data(np.zeros((12, 8, 8, 3)), TWELVE[::-1]).levels,
    "an array with positions": lambda folder: flow_images_from_data(np.zeros((12, 8, 8, 3)), range(12)).levels,
    "predictions": lambda folder: list(predictions(folder)[".pred_class"].cat.categories),
    "truth beside predictions": lambda folder: levels_of(predictions(folder)),
    "scores of predictions read back": lambda folder: (
        confusion_matrix(from_csv(predictions(folder)))["label"].unique().tolist()
    ),
    "scores without probabilities": lambda folder: (
        confusion_matrix(from_csv(predictions(folder))[["path", "label", ".pred_class"]])["label"].unique().tolist()
    ),
    "the command line": lambda folder: levels_of(Source(str(folder), {}).read(progress=False)),
}


@pytest.mark.parametrize("door", DOORS)
def test_numbers_are_in_the_order_of_their_values(folder: Path, door: str) -> None:
    assert DOORS[door](folder) == TWELVE


def test_truth_values_of_the_other_language_are_known(folder: Path) -> None:
    classifier = as_classifier(cnn((8, 8, 3), 2, filters=2, units=None, seed=1), ["FALSE", "TRUE"])
    found = predict_images(classifier, files(folder).assign(label=[True, False] * 6), progress=False)
    assert levels_of(found) == ["FALSE", "TRUE"]
    assert found["label"].tolist() == ["TRUE", "FALSE"] * 6
    assert confusion_matrix(from_csv(found))["n"].sum() == 12


def test_truth_values_are_the_labels_of_an_array() -> None:
    flow = flow_images_from_data(np.zeros((2, 8, 8, 3)), np.array([True, True]), shuffle=False)
    assert flow.levels == ["False", "True"]
    assert flow[0][1].tolist() == [1, 1]

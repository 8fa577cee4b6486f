"""Drawn blood cells are no task for averaged pixels, and one for a small network."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from tidycnn import blood_cells_small, fit_classifier, make_blood_cells, predict_images, score_predictions


@pytest.fixture
def cells(tmp_path):
    """Give 400 images to train and 200 held out."""
    return make_blood_cells(tmp_path / "cells", {"train": 400, "test": 200}, seed=1)


def shrunk(images):
    pictures = [cv2.resize(cv2.imread(path), (32, 32), interpolation=cv2.INTER_AREA) for path in images["path"]]
    return np.stack(pictures).reshape(len(images), -1) / 255


@pytest.mark.slow
@pytest.mark.parametrize("strength", [0.01, 1])
@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
def test_logistic_regression_on_small_pixels_stays_under_65_percent(cells, strength):
    train, test = (cells[cells["split"] == split] for split in ("train", "test"))
    regression = LogisticRegression(C=strength, max_iter=100).fit(shrunk(train), train["label"])
    assert regression.score(shrunk(test), test["label"]) < 0.65


@pytest.mark.slow
def test_the_small_network_passes_90_percent(cells):
    train, test = (cells[cells["split"] == split] for split in ("train", "test"))
    model = blood_cells_small((96, 96, 3), seed=1)
    classifier = fit_classifier(model, train, validation=0.15, epochs=20, patience=20, seed=1)
    scores = score_predictions(predict_images(classifier, test), ["accuracy"])
    assert scores[".estimate"].item() > 0.9

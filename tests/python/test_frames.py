"""Every frame that a public function returns is of a kind in the table of core/frames; R has a test-frames.R."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import typing
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import tidycnn
from tidycnn.core import machine
from tidycnn.core.frames import FRAMES, as_images, check_columns, decodable_rows
from tidycnn.fit.classifier import glance_classifier

SHARED = Path(__file__).parents[1] / "testthat" / "shared" / "frames.py"
MAKERS = sorted({name for kind in FRAMES.values() for name in kind.made_by})


def shared() -> Any:
    specification = importlib.util.spec_from_file_location("shared_frames", SHARED)
    assert specification is not None
    module = importlib.util.module_from_spec(specification)
    assert specification.loader is not None
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def made(picture_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Callable[[], Any]]:
    """Give for each maker of frames a call of it."""
    monkeypatch.setattr("tidycnn.core.sitrep.findings", lambda: [machine.Finding("Python", "3.11")])

    def images() -> pd.DataFrame:
        return tidycnn.image_table(picture_folder, progress=False).assign(mine=1)

    def classifier() -> Any:
        model = tidycnn.cnn((16, 16, 3), 2, filters=2, units=None, seed=1)
        return tidycnn.as_classifier(model, ["cat", "dog"])

    def predictions() -> pd.DataFrame:
        return tidycnn.predict_images(classifier(), images(), progress=False)

    def fitted() -> Any:
        model = tidycnn.cnn((16, 16, 3), 2, filters=2, units=None, seed=1)
        return tidycnn.fit_classifier(model, images(), epochs=1, progress=False, seed=1)

    def folds() -> pd.DataFrame:
        return tidycnn.vfold_images(images(), 2, seed=1)

    fitting: dict[str, Any] = {"target_size": (46, 46), "epochs": 1, "progress": False, "seed": 1}

    def job() -> Any:
        model = tidycnn.cnn((16, 16, 3), 2, filters=2, units=None, seed=1)
        fitting: dict[str, Any] = {"epochs": 1, "folder": tmp_path / "run", "progress": False, "seed": 1}
        tidycnn.fit_classifier(model, images(), **fitting)
        return tidycnn.fit_classifier(model, images(), control=tidycnn.fit_control(background=True), **fitting)

    def rates() -> pd.DataFrame:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = tidycnn.cnn((16, 16, 3), 2, filters=2, units=None, seed=1)
            return tidycnn.find_learning_rate(model, images(), steps=20, progress=False, seed=1)

    return {
        "audit_splits": lambda: tidycnn.audit_splits(tidycnn.split_images(images(), seed=1)),
        "class_counts": lambda: tidycnn.class_counts(images()),
        "classification_report": lambda: tidycnn.classification_report(predictions()),
        "compare_fits": lambda: tidycnn.compare_fits(
            first=classifier(), second=classifier(), images=images(), progress=False, seed=1
        ),
        "confusion_matrix": lambda: tidycnn.confusion_matrix(predictions()),
        "extract_features": lambda: tidycnn.extract_features(classifier(), images(), progress=False),
        "fit_classifier": lambda: fitted().history,
        "fit_folds": lambda: tidycnn.fit_folds("cnn", folds(), **fitting).fits,
        "fit_many": lambda: tidycnn.fit_many(pd.DataFrame({"model": ["cnn"]}), images(), **fitting).fits,
        "find_learning_rate": rates,
        "glance_classifier": lambda: glance_classifier(fitted()),
        "image_table": images,
        "job_history": lambda: tidycnn.job_history(job()),
        "job_status": lambda: tidycnn.job_status(job()),
        "list_jobs": lambda: tidycnn.list_jobs(tmp_path),
        "list_layers": lambda: tidycnn.list_layers(classifier().model),
        "linear_probe": lambda: tidycnn.linear_probe(
            images(), classifier(), v=3, bootstraps=50, progress=False, seed=1
        ),
        "list_metrics": tidycnn.list_metrics,
        "list_pretrained": tidycnn.list_pretrained,
        "list_trainable": lambda: tidycnn.list_trainable(classifier().model),
        "make_blood_cells": lambda: tidycnn.make_blood_cells(tmp_path / "cells", 4, size=32, progress=False, seed=1),
        "predict_images": predictions,
        "preflight": lambda: tidycnn.preflight(classifier().model, images(), progress=False, seed=1),
        "score_predictions": lambda: tidycnn.score_predictions(predictions(), seed=1),
        "split_images": lambda: tidycnn.split_images(images(), seed=1),
        "tidycnn_sitrep": tidycnn.tidycnn_sitrep,
        "vfold_images": lambda: tidycnn.vfold_images(images(), 2, repeats=2, seed=1),
    }


def test_every_public_function_that_returns_a_frame_stands_in_the_table() -> None:
    functions = [name for name in tidycnn.__all__ if inspect.isfunction(getattr(tidycnn, name))]
    makers = [name for name in functions if typing.get_type_hints(getattr(tidycnn, name))["return"] is pd.DataFrame]
    assert set(makers) == set(MAKERS) - {"fit_classifier", "fit_folds", "fit_many", "glance_classifier"}


@pytest.mark.filterwarnings("ignore::tidycnn.core.errors.TidycnnWarning")
@pytest.mark.parametrize("maker", MAKERS)
def test_a_frame_has_the_columns_of_its_kind(made: dict[str, Callable[[], Any]], maker: str) -> None:
    assert shared().faults_of(made[maker]().columns.tolist(), maker) == []


@pytest.mark.parametrize("name", FRAMES)
def test_what_tells_a_kind_is_always_there(name: str) -> None:
    kind = FRAMES[name]
    assert set(kind.told_by) <= set(kind.columns) - set(kind.may_lack)
    assert set(kind.may_lack) <= set(kind.columns)


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_of_all_columns_is_of_its_own_kind(name: str) -> None:
    assert shared().faults_of(list(FRAMES[name].columns), FRAMES[name].made_by[0]) == []


def test_a_frame_is_checked_once_at_each_door(picture_folder: Path) -> None:
    images = tidycnn.image_table(picture_folder, progress=False).assign(split=["train", "validation"] * 5)
    model = tidycnn.cnn((16, 16, 3), 2, filters=2, units=None, seed=1)
    checks = {function.__code__: function.__name__ for function in (as_images, check_columns, decodable_rows)}
    met: list[str] = []

    def note(frame: Any, event: str, _: object) -> None:
        if event == "call" and frame.f_code in checks:
            met.append(checks[frame.f_code])

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        classifier = tidycnn.fit_classifier(model, images, epochs=1, progress=False, seed=1)
        in_fit = Counter(met)
        tidycnn.predict_images(classifier, images, progress=False)
    finally:
        sys.setprofile(before)
    assert in_fit == {"as_images": 1, "check_columns": 1, "decodable_rows": 1}
    assert Counter(met) - in_fit == {"as_images": 1, "check_columns": 1}


def test_columns_that_scoring_or_predicting_adds_begin_with_a_dot() -> None:
    assert [column for column in FRAMES["scores"].columns if not column.startswith(".")] == []
    assert set(FRAMES["predictions"].columns) - set(FRAMES["images"].columns) == {".pred_class", ".trained"}

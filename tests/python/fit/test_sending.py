"""A fit as files is the same fit, and what cannot be a file is refused by name."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

from tidycnn import (
    fit_classifier,
    fit_control,
    fit_image_data_generator,
    flow_images,
    flow_images_from_data,
    image_data_generator,
)
from tidycnn.core.errors import InputError, StoreError
from tidycnn.fit import _sending
from tidycnn.fit._job import Job
from tidycnn.fit._sending import read_sent
from tidycnn.fit.run import run_fit
from tidycnn.train.callbacks import StopWithModel
from tidycnn.train.decay import decay_of, remember_decay

OPTIONS: dict[str, Any] = {"epochs": 2, "batch_size": 4, "seed": 1, "progress": False}


@pytest.fixture
def sent(monkeypatch, tmp_path):
    """Give a function that sends a fit, starts no process, and runs what was sent in this one."""
    monkeypatch.setattr(_sending, "launch", lambda job, lock: None)
    monkeypatch.chdir(tmp_path)

    def send(model: Any, images: Any, **options: Any) -> Any:
        control = fit_control(background=True)
        job = fit_classifier(model, images, folder=tmp_path / "run", control=control, **{**OPTIONS, **options})
        assert isinstance(job, Job)
        found = read_sent(job)
        watching = [*found.callbacks, StopWithModel(found.model)]
        return run_fit(found.plan, found.model, found.flows, callbacks=watching, progress=False)

    return send


def assert_same(one: Any, other: Any) -> None:
    pd.testing.assert_frame_equal(one.history, other.history)
    assert one.preprocessing.to_dict() == other.preprocessing.to_dict()
    assert one.stages == other.stages
    pd.testing.assert_frame_equal(one.images, other.images)
    for here, there in zip(one.model.get_weights(), other.model.get_weights(), strict=True):
        np.testing.assert_array_equal(here, there)


def test_it_ends_as_the_fit_that_is_not_sent(sent, images, make_model):
    options = {
        "generator": image_data_generator(rescale=1 / 255, rotation_range=20),
        "optimizer": remember_decay(keras.optimizers.RMSprop(0.01, rho=0.8), 0.1),
        "metrics": ["accuracy", "recall"],
        "patience": 2,
        "class_weight": "balanced",
    }
    model = make_model(dropout=0.3)
    own = images.assign(patient=range(16)).set_index(pd.Index(range(100, 116), name="row"))
    stopping = keras.callbacks.EarlyStopping(patience=1)
    found = sent(model, own, callbacks=stopping, **options)
    assert decay_of(found.model.optimizer) == 0.1
    assert_same(found, fit_classifier(model, own, callbacks=stopping, **OPTIONS, **options))


def test_flows_over_files_and_what_a_generator_has_learned_go_with_it(sent, images, make_model):
    generator = image_data_generator(featurewise_center=True, zca_whitening=True, horizontal_flip=True)
    train, held = (images[images["split"] == split] for split in ("train", "validation"))
    flow = flow_images(train, generator, target_size=(8, 8), batch_size=4, seed=1)
    fit_image_data_generator(generator, flow, seed=1)
    validation = flow_images(held, generator, target_size=(8, 8), shuffle=False)
    found = sent(make_model(), flow, validation=validation)
    assert_same(found, fit_classifier(make_model(), flow, validation=validation, **OPTIONS))


def test_arrays_functions_and_own_classes_are_refused_before_images_are_read(make_model, tmp_path, images):
    def refused(match: str, given: Any = "nowhere", **options: Any) -> None:
        with pytest.raises(InputError, match=match):
            fit_classifier(
                options.pop("model", make_model()), given, folder=tmp_path / "run", control=control, **options
            )
        assert not (tmp_path / "run" / "job").exists()

    control = fit_control(background=True)
    arrays = flow_images_from_data(np.zeros((4, 8, 8, 3)), ["cat", "dog"] * 2)
    halving = image_data_generator(preprocessing_function=lambda picture: picture / 2)
    refused("`images` is a flow with arrays in memory", arrays)
    refused("`validation` is a flow with arrays in memory", validation=arrays)
    refused("`generator` has the Python function", generator=halving)
    refused("`images` has the Python function", flow_images(images, halving, target_size=(8, 8)))

    class Own(keras.layers.Dense):
        pass

    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), Own(2, "softmax")])
    refused("`model` cannot go to a process of its own.*Own", images, model=model, progress=False)


def test_a_fit_that_was_sent_is_read_whole_or_not_at_all(sent, images, make_model, tmp_path):
    sent(make_model(), images)
    place = tmp_path / "run" / "job"
    (place / "model.keras").write_bytes((place / "model.keras").read_bytes()[:-50])
    with pytest.raises(StoreError, match="damaged"):
        read_sent(Job(tmp_path / "run"))

"""How long a step takes, and which precision is chosen."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tidycnn import fit_classifier, fit_control, flow_images
from tidycnn.train import timing
from tidycnn.train.timing import choose_precision, time_steps


@pytest.fixture(autouse=True)
def quiet(heard):
    """Hear what is said in every test."""


@pytest.fixture
def model(make_model):
    model = make_model()
    model.compile(keras.optimizers.SGD(0.5), "categorical_crossentropy")
    return model


@pytest.fixture
def flow(images):
    return flow_images(images[images["split"] == "train"], target_size=(8, 8), batch_size=4, seed=1)


@pytest.fixture
def taking(monkeypatch):
    """Let steps take as long as a test says, and count the measurements."""

    def take(**seconds):
        calls = []
        monkeypatch.setattr(timing, "time_steps", lambda *arguments: calls.append(arguments) or seconds)
        return calls

    return take


def test_a_measured_model_learns_nothing(model, flow):
    before = model.get_weights()
    seconds = time_steps(model, flow.batch(0, 0), ("float32", "bfloat16"))
    assert list(seconds) == ["float32", "bfloat16"]
    assert min(seconds.values()) > 0
    assert int(model.optimizer.iterations) == 0
    assert all(map(np.array_equal, model.get_weights(), before))


@pytest.mark.parametrize(("seconds", "chosen"), [(0.04, "bfloat16"), (0.095, "float32"), (0.2, "float32")])
def test_16_bits_are_chosen_where_they_are_clearly_faster(model, flow, taking, seconds, chosen):
    taking(float32=0.1, bfloat16=seconds)
    assert choose_precision("auto", model, flow) == chosen


def test_what_was_chosen_is_told(model, flow, taking, heard):
    taking(float32=0.1, bfloat16=0.05)
    choose_precision("auto", model, flow)
    assert heard.remarks[-1] == (
        "`precision` is 'bfloat16': a step of 4 images takes 100 ms in float32 and 50 ms in bfloat16 on this machine."
    )


def test_a_precision_that_is_named_is_not_measured(model, flow, taking):
    calls = taking(float32=1.0, bfloat16=0.1)
    assert choose_precision("float16", model, flow) == "float16"
    assert calls == []


def test_it_is_measured_once_for_a_model_and_a_size_of_batches(model, flow, taking, make_model, images):
    calls = taking(float32=1.0, bfloat16=0.5)
    for _ in range(2):
        choose_precision("auto", model, flow)
    assert len(calls) == 1
    other = make_model(activation="sigmoid")
    other.compile("sgd", "categorical_crossentropy")
    choose_precision("auto", other, flow)
    choose_precision("auto", model, flow_images(images, target_size=(8, 8), batch_size=5, seed=1))
    assert len(calls) == 3


@pytest.mark.parametrize(
    "damaged",
    ['{"float32": 1', '{"float32": 1}', "3", '{"float32": null, "bfloat16": 1}', '{"float32": 0, "bfloat16": 1}'],
)
def test_a_damaged_measurement_is_made_again(model, flow, taking, damaged):
    calls = taking(float32=1.0, bfloat16=0.5)
    choose_precision("auto", model, flow)
    next((timing.cache_folder() / "precision").glob("*.json")).write_text(damaged)
    choose_precision("auto", model, flow)
    assert len(calls) == 2


def test_where_nothing_can_be_kept_it_is_measured_each_time(model, flow, taking, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("TIDYCNN_CACHE", str(tmp_path / "file" / "cache"))
    calls = taking(float32=1.0, bfloat16=0.5)
    assert [choose_precision("auto", model, flow) for _ in range(2)] == ["bfloat16"] * 2
    assert len(calls) == 2


def test_another_gpu_and_other_policies_are_measured_anew(model, flow, taking, monkeypatch):
    calls = taking(float32=1.0, bfloat16=0.5)
    choose_precision("auto", model, flow)
    model.layers[0].dtype_policy = keras.dtype_policies.get("mixed_bfloat16")
    choose_precision("auto", model, flow)
    assert len(calls) == 2
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["one"])
    for name in ("T4", "H200"):
        monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda gpu, name=name: {"device_name": name})
        choose_precision("auto", model, flow)
    assert len(calls) == 4


def test_a_kept_fit_goes_on_in_the_precision_that_was_chosen(make_model, images, tmp_path, taking):
    taking(float32=1.0, bfloat16=0.5)
    known = {"folder": tmp_path / "kept", "control": fit_control(precision="auto"), "seed": 1}
    assert fit_classifier(make_model(), images, epochs=1, **known).stages[0]["precision"] == "bfloat16"
    for file in (timing.cache_folder() / "precision").glob("*.json"):
        file.unlink()
    taking(float32=1.0, bfloat16=2.0)
    assert fit_classifier(make_model(), images, epochs=2, **known).stages[0]["precision"] == "bfloat16"

import threading
from pathlib import Path

import keras
import numpy as np
import pytest

from tidycnn import fit_classifier, fit_control, load_classifier, save_classifier
from tidycnn.core.errors import InputError
from tidycnn.core.threads import threads_limited, work_side_by_side


def test_the_plan_remembers_how_a_fit_ran_and_all_that_was_asked(images, make_model):
    control = fit_control(cache="memory", on_error="skip", precision="bfloat16")
    classifier = fit_classifier(make_model(), images, epochs=1, control=control, learning_rate=0.01, seed=1)
    stage = classifier.stages[0]
    assert (stage["flow"]["cache"], stage["flow"]["on_error"], stage["precision"]) == ("memory", "skip", "bfloat16")
    assert stage["generator"]["rescale"] == pytest.approx(1 / 255)
    assert stage["optimizer"]["name"] == "Adam"
    assert stage["optimizer"]["learning_rate"] == 0.01
    assert stage["optimizer"]["beta_2"] == 0.999
    assert stage["metrics"] == ["accuracy"]


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_a_fit_in_16_bits_gives_a_classifier_in_32(images, make_model, precision, tmp_path):
    classifier = fit_classifier(make_model(), images, epochs=1, control=fit_control(precision=precision), seed=1)
    assert {layer.compute_dtype for layer in classifier.model.layers} == {"float32"}
    save_classifier(classifier, tmp_path / "saved")
    opened = load_classifier(tmp_path / "saved")
    pictures = np.random.default_rng(1).random((4, 8, 8, 3), dtype=np.float32)
    assert np.array_equal(opened.model.predict(pictures, verbose=0), classifier.model.predict(pictures, verbose=0))


def test_a_fit_on_one_device_is_the_same_with_a_strategy(images, make_model, heard):
    one = fit_classifier(make_model(), images, epochs=2, seed=1)
    other = fit_classifier(make_model(), images, epochs=2, control=fit_control(strategy="mirrored"), seed=1)
    assert one.history.equals(other.history)
    assert any("There is one device to train on" in remark for remark in heard.remarks)


def test_a_file_that_vanishes_is_left_out_where_the_control_says_so(images, make_model):
    gone = Path(images.loc[0, "path"])
    remove = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: epoch == 1 and gone.unlink())
    with pytest.warns(UserWarning, match="left out"):
        classifier = fit_classifier(
            make_model(), images, epochs=3, callbacks=remove, control=fit_control(on_error="skip"), seed=1
        )
    assert classifier.history["epoch"].max() == 3
    assert np.isfinite(classifier.history["value"]).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threads": 0}, "`threads` must be a whole number of at least 1"),
        ({"workers": 0}, "`workers` must be a whole number of at least 1"),
        ({"precision": "float64"}, "`precision` must be one of"),
        ({"cache": "tape"}, "`cache` must be one of"),
        ({"strategy": "one"}, "`strategy` must be 'mirrored' or None"),
    ],
)
def test_a_wrong_control_is_named(options, message):
    with pytest.raises(InputError, match=message):
        fit_control(**options)


def test_so_many_threads_work_at_once_and_no_more():
    at_once, most, lock = [0], [0], threading.Lock()

    def work(i):
        with lock:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        threading.Event().wait(0.01)
        with lock:
            at_once[0] -= 1

    with threads_limited(1):
        work_side_by_side(work, 8)
    assert most == [1]

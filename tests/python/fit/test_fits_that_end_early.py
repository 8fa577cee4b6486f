"""A fit that ends early keeps what it learned, and says what ended it."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tidycnn import fit_classifier, fit_control, flow_images, image_data_generator, load_classifier, save_classifier
from tidycnn.core.errors import ImageFileError, InputError, StoreError, TidycnnWarning


class At(keras.callbacks.Callback):
    """Does something when an epoch, counted from 1, begins, or at another moment of it."""

    def __init__(self, epoch: int, act: Any, moment: str = "epoch_begin") -> None:
        super().__init__()
        self._wanted, self._epoch, self._act, self._moment = epoch, 0, act, moment

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch + 1
        self._reach("epoch_begin")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._reach("batch_end")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._reach("epoch_end")

    def on_train_end(self, logs: Any = None) -> None:
        self._reach("train_end")

    def _reach(self, moment: str) -> None:
        if moment == self._moment and self._epoch == self._wanted:
            self._act()


def fail() -> None:
    raise ZeroDivisionError("by a callback")


def on_the_main_thread(picture: Any) -> Any:
    return picture


on_the_main_thread.needs_main_thread = True  # type: ignore[attr-defined]
GENERATORS = {
    "threads": image_data_generator(rescale=1 / 255),
    "main thread": image_data_generator(rescale=1 / 255, preprocessing_function=on_the_main_thread),
}


def weights_of(classifier: Any) -> list[Any]:
    return [w.tolist() for w in classifier.model.get_weights()]


def test_an_error_after_an_epoch_returns_what_was_learned_and_names_itself_and_its_place(make_model, images):
    said = r"ended by an error: ZeroDivisionError: by a callback \(.*_early.py:\d+, in fail\(\)\)\. .* 2 complete"
    with pytest.warns(TidycnnWarning, match=said):
        classifier = fit_classifier(make_model(), images, epochs=5, callbacks=At(3, fail), seed=1)
    twice = fit_classifier(make_model(), images, epochs=2, seed=1)
    assert weights_of(classifier) == weights_of(twice)
    assert classifier.history.equals(twice.history)


@pytest.mark.parametrize("moment", ["epoch_begin", "batch_end", "epoch_end"])
def test_an_error_in_the_first_epoch_is_raised(make_model, images, moment):
    with pytest.raises(ZeroDivisionError):
        fit_classifier(make_model(), images, epochs=5, callbacks=At(1, fail, moment), seed=1)


def test_an_error_behind_the_last_epoch_loses_nothing(make_model, images):
    with pytest.warns(TidycnnWarning, match="after 2 complete epochs"):
        classifier = fit_classifier(make_model(), images, epochs=2, callbacks=At(2, fail, "train_end"), seed=1)
    assert classifier.history["epoch"].max() == 2


def test_an_error_gives_the_best_epoch_back_where_it_was_kept(make_model, images):
    with pytest.warns(TidycnnWarning, match="the weights of the best epoch, 1"):
        classifier = fit_classifier(
            make_model(), images, epochs=5, patience=5, learning_rate=1.0, callbacks=[SpoilFrom(2), At(4, fail)], seed=1
        )
    assert classifier.kept_epoch == 1


class SpoilFrom(keras.callbacks.Callback):
    """Makes the weights of later epochs worse."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self._wanted = epoch

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._is_spoiling = epoch + 1 >= self._wanted

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self._is_spoiling:
            self.model.set_weights([np.full_like(w, 50 * (i % 2)) for i, w in enumerate(self.model.get_weights())])


@pytest.mark.parametrize("generator", GENERATORS.values(), ids=GENERATORS)
@pytest.mark.parametrize("content", [None, b"", b"no picture"], ids=["gone", "empty", "other"])
@pytest.mark.parametrize("split", ["train", "validation"])
def test_a_file_that_breaks_in_a_later_epoch_ends_the_fit_with_its_name(make_model, images, generator, content, split):
    path = Path(images["path"][images["split"] == split].iloc[0])

    def break_file() -> None:
        path.unlink() if content is None else path.write_bytes(content)

    with pytest.warns(TidycnnWarning, match=f"ImageFileError: .*{path.name}.* after 1 complete epoch"):
        classifier = fit_classifier(
            make_model(), images, generator=generator, epochs=5, callbacks=At(2, break_file), seed=1
        )
    assert classifier.history["epoch"].max() == 1


def test_a_file_that_breaks_in_the_first_epoch_is_an_error_with_its_name(make_model, images):
    path = Path(images["path"][0])
    with pytest.raises(ImageFileError, match=path.name):
        fit_classifier(make_model(), images, epochs=2, batch_size=1, callbacks=At(1, path.unlink), seed=1)


@pytest.mark.parametrize("generator", GENERATORS.values(), ids=GENERATORS)
def test_a_file_that_breaks_is_left_out_where_it_may_be(make_model, images, generator):
    path = Path(images["path"][0])
    with pytest.warns(TidycnnWarning, match=f"{path.name}.* It is left out"):
        classifier = fit_classifier(
            make_model(),
            images,
            generator=generator,
            epochs=3,
            callbacks=At(2, path.unlink),
            control=fit_control(on_error="skip"),
            seed=1,
        )
    assert classifier.history["epoch"].max() == 3
    assert classifier.stages[-1]["ended"] is None


def test_a_flow_has_its_own_rule_for_files_that_break(make_model, images):
    path = Path(images["path"][0])
    flow = flow_images(images[images["split"] == "train"], target_size=(8, 8), on_error="skip", seed=1)
    with pytest.warns(TidycnnWarning, match=f"{path.name}.* It is left out"):
        fit_classifier(make_model(), flow, epochs=2, callbacks=At(1, path.unlink), seed=1)


def test_what_ended_a_fit_is_kept_with_the_classifier(make_model, images, tmp_path):
    with pytest.warns(TidycnnWarning):
        classifier = fit_classifier(make_model(), images, epochs=5, callbacks=At(2, fail), seed=1)
    save_classifier(classifier, tmp_path / "saved")
    loaded = load_classifier(tmp_path / "saved")
    assert "ZeroDivisionError: by a callback" in loaded.stages[-1]["ended"]
    assert "ended       The fit was ended by an error: ZeroDivisionError" in repr(loaded)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)])
def test_a_signal_ends_the_fit_behind_the_step_and_is_named(make_model, images, number):
    said = "interrupted" if number == signal.SIGINT else f"ended by {number.name}"
    press = At(2, lambda: signal.raise_signal(number), "batch_end")
    with pytest.warns(TidycnnWarning, match=f"The fit was {said}. .* after 1 complete epoch"):
        classifier = fit_classifier(make_model(), images, epochs=5, batch_size=5, callbacks=press, seed=1)
    assert classifier.history["epoch"].max() == 1


class Swallow(keras.callbacks.Callback):
    """Presses Ctrl-C, and drops what comes of it."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_a_signal_is_heeded_where_somebody_dropped_it(make_model, images):
    with pytest.warns(TidycnnWarning, match="interrupted"):
        fit_classifier(make_model(), images, epochs=100_000, callbacks=Swallow(), seed=1)


WRITERS = {
    "checkpoint": lambda place: keras.callbacks.ModelCheckpoint(place / "best.keras"),
    "numbered": lambda place: keras.callbacks.ModelCheckpoint(str(place / "{epoch}.keras")),
    "log": lambda place: keras.callbacks.CSVLogger(place / "log.csv"),
    "backup": lambda place: keras.callbacks.BackupAndRestore(place / "backup"),
    "board": lambda place: keras.callbacks.TensorBoard(place / "board"),
}


@pytest.mark.parametrize("make", WRITERS.values(), ids=WRITERS)
def test_what_callbacks_write_is_tried_before_images_are_read(make_model, tmp_path, make):
    (tmp_path / "file").touch()
    with pytest.raises((InputError, StoreError), match="folder"):
        fit_classifier(make_model(), tmp_path / "no such folder", callbacks=make(tmp_path / "file"))


FIT = """
import os, signal, sys, keras, tidycnn
start = keras.initializers.GlorotUniform(seed=1)
layers = [keras.layers.Input((8, 8, 3)), keras.layers.GlobalAveragePooling2D()]
model = keras.Sequential([*layers, keras.layers.Dense(2, activation="softmax", kernel_initializer=start)])
class Ready(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1:
            print("ready", flush=True)
classifier = tidycnn.fit_classifier(model, sys.argv[1], epochs=1_000_000, callbacks=Ready(), progress=False, seed=1)
tidycnn.save_classifier(classifier, sys.argv[2])
print("saved", flush=True)
os.kill(os.getpid(), int(sys.argv[3]))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="has no such signals")
@pytest.mark.parametrize("numbers", [[15], [1], [15, 1]], ids=["SIGTERM", "SIGHUP", "both"])
def test_a_process_that_is_asked_to_end_can_save_and_ends_when_asked_again(picture_folder, tmp_path, numbers):
    command = [sys.executable, "-c", FIT, str(picture_folder), str(tmp_path / "saved"), str(numbers[0])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        for number in numbers:
            process.send_signal(number)
        out, errors = process.communicate(timeout=120)
    assert (out, process.returncode) == ("saved\n", -numbers[0])
    assert "The fit was ended by SIG" in errors
    assert load_classifier(tmp_path / "saved").history["epoch"].max() >= 2

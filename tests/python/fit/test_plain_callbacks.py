"""Callbacks that can be made again from plain data, and the refusal of others by name."""

from __future__ import annotations

import keras
import pytest

from tidycnn.core.errors import InputError
from tidycnn.fit._plain_callbacks import describe_callbacks, make_callbacks
from tidycnn.keras_floor.callbacks import make_checkpoint

KERAS = keras.callbacks
TRAVEL = {
    "EarlyStopping": lambda folder: KERAS.EarlyStopping(patience=2, min_delta=0.1, restore_best_weights=True),
    "ModelCheckpoint": lambda folder: KERAS.ModelCheckpoint(f"{folder}/best.keras", save_best_only=True),
    "CSVLogger": lambda folder: KERAS.CSVLogger(f"{folder}/log.csv", separator=";"),
    "ReduceLROnPlateau": lambda folder: KERAS.ReduceLROnPlateau(factor=0.5, patience=1),
    "TensorBoard": lambda folder: KERAS.TensorBoard(str(folder), profile_batch=(2, 3)),
    "TerminateOnNaN": lambda folder: KERAS.TerminateOnNaN(),
    "Checkpoint": lambda folder: make_checkpoint(f"{folder}/best.hdf5", {"monitor": "loss"}, period=3),
}


class Own(KERAS.Callback):
    pass


def of_r(epoch, logs):
    return None


of_r.needs_main_thread = True


@pytest.mark.parametrize("name", TRAVEL)
def test_a_callback_is_made_again_as_it_was(name, tmp_path):
    callback = TRAVEL[name](tmp_path)
    described = describe_callbacks([callback])
    (again,) = make_callbacks(described)
    assert type(again) is type(callback)
    assert describe_callbacks([again]) == described


def test_what_it_was_given_is_what_is_written_down():
    (described,) = describe_callbacks([KERAS.EarlyStopping("loss", min_delta=0.1, patience=2)])
    assert described["settings"].items() >= {"monitor": "loss", "min_delta": 0.1, "patience": 2}.items()


@pytest.mark.parametrize(
    ("callback", "named"),
    [
        (Own(), "Own"),
        (KERAS.LambdaCallback(on_epoch_end=of_r), "the R function `of_r`"),
        (KERAS.LambdaCallback(on_test_begin=lambda logs: None), "the Python function `<lambda>`"),
        (KERAS.LearningRateScheduler(lambda epoch: 0.1), "the Python function `<lambda>`"),
        (KERAS.RemoteMonitor(headers={"key": "1"}), "RemoteMonitor whose `headers`"),
    ],
)
def test_what_cannot_be_written_is_named(callback, named):
    with pytest.raises(InputError, match=named) as raised:
        describe_callbacks([callback])
    assert "background = False" in str(raised.value.hint)


@pytest.mark.parametrize("home", ["subprocess:Popen", "tidycnn.core.machine:_answer", "tidycnn.fit.run:Plan"])
def test_what_is_no_callback_is_not_made(home):
    with pytest.raises(InputError, match="none of Keras's"):
        make_callbacks([{"class": home, "settings": {}}])

"""A training that backs itself up ends as one that was never ended."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tidycnn import BackupAndRestore, fit_classifier, flow_images_from_data, image_data_generator
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, TidycnnWarning

EPOCHS = 5


class End(keras.callbacks.Callback):  # type: ignore[misc]
    """Ends a training behind an epoch."""

    def __init__(self, epoch: int | None = None) -> None:
        super().__init__()
        self._epoch = epoch

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if epoch == self._epoch:
            raise RuntimeError("The power is cut.")


def network() -> Any:
    keras.utils.set_random_seed(1)
    random.seed(1)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(4, activation="relu"),
            layers.BatchNormalization(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.RMSprop(0.01), "categorical_crossentropy", metrics=["accuracy"])
    return model


def pictures(n: int = 22) -> tuple[Any, Any]:
    drawn = np.random.default_rng(1)
    return drawn.random((n, 8, 8, 3), dtype=np.float32), np.repeat(["a", "b"], n // 2)


def flow() -> Any:
    generator = image_data_generator(rescale=1 / 255, rotation_range=20, horizontal_flip=True)
    return flow_images_from_data(*pictures(), generator=generator, batch_size=4, seed=3)


def train(folder: Path | None, *more: Any, epochs: int = EPOCHS, **options: Any) -> tuple[Any, Any, list[float]]:
    """Train by Keras's own `fit()` with all that has a state; give the model, its history and its last rate."""
    model, shown = network(), flow()
    watching = [
        keras.callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=0.05),
        keras.callbacks.EarlyStopping("val_loss", patience=4, restore_best_weights=True),
    ]
    backup = [] if folder is None else [BackupAndRestore(folder, flows=shown, callbacks=watching, **options)]
    history = model.fit(
        shown, validation_data=flow()[0], epochs=epochs, callbacks=[*watching, *backup, *more], verbose=0
    )
    return model, history, [float(model.optimizer.learning_rate)]


def assert_same(one: tuple[Any, Any, list[float]], other: tuple[Any, Any, list[float]]) -> None:
    assert one[1].history == other[1].history
    assert one[1].epoch == other[1].epoch
    assert one[2] == other[2]
    for here, there in zip(one[0].variables, other[0].variables, strict=True):
        np.testing.assert_array_equal(np.asarray(here), np.asarray(there))
    for here, there in zip(one[0].optimizer.variables, other[0].optimizer.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(here), np.asarray(there))


@pytest.fixture(scope="module")
def whole() -> tuple[Any, Any, list[float]]:
    return train(None)


@pytest.mark.parametrize("epoch", [0, 1, 3])
def test_a_training_of_keras_that_was_broken_off_ends_as_one_that_was_not(whole, tmp_path, epoch):
    with pytest.raises(RuntimeError, match="power"):
        train(tmp_path / "run", End(epoch))
    random.seed(7)
    assert_same(train(tmp_path / "run"), whole)
    assert not (tmp_path / "run").exists()


def test_more_epochs_go_on_where_the_checkpoints_are_kept(whole, tmp_path):
    train(tmp_path / "run", epochs=2, delete_checkpoint=False)
    assert len(list((tmp_path / "run").iterdir())) == 2
    assert_same(train(tmp_path / "run", delete_checkpoint=False), whole)
    again = train(tmp_path / "run", delete_checkpoint=False)
    assert again[1].history == whole[1].history


def test_a_model_that_went_on_trains_anew_afterwards(tmp_path):
    with pytest.raises(RuntimeError):
        train(tmp_path / "run", End(2))
    model, _, _ = train(tmp_path / "run")
    assert len(model.fit(flow(), epochs=2, verbose=0).epoch) == 2


def test_a_model_that_went_on_and_was_broken_off_trains_anew_without_a_backup(tmp_path):
    with pytest.raises(RuntimeError):
        train(tmp_path / "run", End(2))
    model = network()
    watching = [keras.callbacks.ReduceLROnPlateau("loss"), keras.callbacks.EarlyStopping("val_loss", patience=9)]
    backup = BackupAndRestore(tmp_path / "run", flows=flow(), callbacks=watching)
    with pytest.raises(RuntimeError):
        model.fit(flow(), validation_data=flow()[0], epochs=EPOCHS, callbacks=[*watching, backup, End(3)], verbose=0)
    assert len(model.fit(flow(), epochs=2, verbose=0).epoch) == 2


def test_a_training_that_has_ended_gives_the_best_weights_again(tmp_path):
    def fit() -> Any:
        model = network()
        early = keras.callbacks.EarlyStopping("loss", mode="max", patience=1, restore_best_weights=True)
        backup = BackupAndRestore(tmp_path / "run", flows=flow(), callbacks=early, delete_checkpoint=False)
        model.fit(flow(), epochs=EPOCHS, callbacks=[early, backup], verbose=0)
        return model

    ended, again = fit(), fit()
    for here, there in zip(again.get_weights(), ended.get_weights(), strict=True):
        np.testing.assert_array_equal(here, there)


def test_fewer_epochs_than_there_were_are_refused_and_nothing_is_removed(tmp_path):
    train(tmp_path / "run", epochs=3, delete_checkpoint=False)
    with pytest.raises(InputError, match="`epochs` is 2, but the training has 3 epochs behind it"):
        train(tmp_path / "run", epochs=2)
    assert len(list((tmp_path / "run").iterdir())) == 2


def test_a_damaged_checkpoint_is_told_and_the_one_before_it_taken(whole, tmp_path):
    with pytest.raises(RuntimeError):
        train(tmp_path / "run", End(3))
    newest = max((tmp_path / "run").iterdir())
    newest.write_bytes(newest.read_bytes()[:-100])
    with pytest.warns(TidycnnWarning, match="is damaged: the one before it is taken"):
        found = train(tmp_path / "run")
    assert_same(found, whole)


def test_arrays_that_keras_shuffles_go_on_with_its_global_seed(tmp_path):
    x, y = pictures()
    y = np.eye(2)[(y == "b").astype(int)]

    def fit(*callbacks: Any) -> Any:
        model = network()
        return model, model.fit(x, y, batch_size=4, epochs=3, callbacks=list(callbacks), verbose=0), []

    expected = fit()
    with pytest.raises(RuntimeError):
        fit(BackupAndRestore(tmp_path / "run"), End(2))
    assert_same(fit(BackupAndRestore(tmp_path / "run")), expected)


def test_other_callbacks_and_flows_are_refused(tmp_path):
    with pytest.raises(RuntimeError):
        train(tmp_path / "run", End(2))
    with pytest.raises(InputError, match="begun with other callbacks: with 'ReduceLROnPlateau'"):
        network().fit(flow(), epochs=3, callbacks=[BackupAndRestore(tmp_path / "run", flows=flow())], verbose=0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"save_freq": False}, "`save_freq` must be 'epoch' or a number of batches"),
        ({"save_freq": 0}, "`save_freq` must be a whole number of at least 1"),
        ({"flows": 3}, "`flows` must be flows, not 3"),
    ],
)
def test_arguments_that_do_not_fit_are_named(tmp_path, wrong, message):
    with pytest.raises(InputError, match=message):
        BackupAndRestore(tmp_path, **wrong)


def test_keras_begins_epochs_at_their_first_batch(tmp_path):
    with pytest.raises(InputError, match="`save_freq` must be 'epoch' in a plain fit"):
        network().fit(flow(), epochs=1, callbacks=[BackupAndRestore(tmp_path, 2)], verbose=0)


def test_a_fit_that_keeps_itself_takes_no_backup(tmp_path):
    model, shown = network(), flow()
    with pytest.raises(InputError, match="`callbacks` has a backup"):
        fit_classifier(model, shown, epochs=1, callbacks=BackupAndRestore(tmp_path), progress=False)


KILLED = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
import keras
from test_backup import train
tell = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, flush=True))
train(Path(sys.argv[2]), tell)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="has no such signals")
def test_a_training_that_is_killed_ends_as_one_that_was_not(whole, tmp_path):
    command = [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(tmp_path / "run")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"0\n"
        process.send_signal(signal.SIGKILL)
    assert_same(train(tmp_path / "run"), whole)

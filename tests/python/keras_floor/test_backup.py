"""A training of the Keras floor that keeps itself ends as one that was never ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tidycnn import BackupAndRestore, flow_images_from_data, image_data_generator
from tidycnn.core._workshop import workshops
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, TidycnnWarning
from tidycnn.keras_floor.training import fit_model
from tidycnn.train.checkpoints import Checkpoints

GENERATOR = image_data_generator(rescale=1 / 255, rotation_range=20, horizontal_flip=True)


class End(keras.callbacks.Callback):  # type: ignore[misc]
    """Ends a training behind a step, counted over all epochs."""

    def __init__(self, step: int | None = None) -> None:
        super().__init__()
        self._step, self._done = step, 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._done += 1
        if self._done == self._step:
            signal.raise_signal(signal.SIGINT)


def network() -> Any:
    keras.utils.set_random_seed(1)
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), layers.Flatten(), layers.Dropout(0.3), layers.Dense(2, activation="softmax")]
    )
    model.compile(keras.optimizers.RMSprop(0.01), "categorical_crossentropy", metrics=["accuracy"])
    return model


def pictures() -> tuple[Any, Any]:
    drawn = np.random.default_rng(1)
    return drawn.random((22, 8, 8, 3)), np.repeat(["a", "b"], 11)


def data_of(kind: str, seed: Any = 3) -> tuple[Any, dict[str, Any]]:
    """Give what trains, and what validates it."""
    x, labels = pictures()
    seed, held_seed = seed if isinstance(seed, list) else (seed, seed)
    if kind == "flow":
        flow = flow_images_from_data(x, labels, generator=GENERATOR, batch_size=4, seed=seed)
        return (flow,), {"validation_data": flow_images_from_data(x[7:15], labels[7:15], seed=held_seed)}
    y = np.eye(2)[(labels == "b").astype(int)]
    return (x, y), {"validation_split": 0.2, "batch_size": 4}


def train(kind: str, folder: Path | None, *more: Any, save_freq: Any = "epoch", **options: Any) -> tuple[Any, Any]:
    """Train with all that has a state: Dropout, momentum, augmentation, order, patience, a falling rate."""
    model = network()
    watching = [
        keras.callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=0.05),
        keras.callbacks.EarlyStopping("val_loss", patience=4),
    ]
    backup = [] if folder is None else [BackupAndRestore(folder, save_freq)]
    data, held = data_of(kind, options.pop("data_seed", 3))
    known: dict[str, Any] = {"epochs": 4, "seed": 5, "progress": False, **held, **options}
    fitted = fit_model(model, *data, callbacks=[*watching, *backup, *more], **known)
    return model, fitted["history"]


def assert_same(one: tuple[Any, Any], other: tuple[Any, Any]) -> None:
    pd.testing.assert_frame_equal(one[1], other[1])
    for here, there in zip(one[0].variables, other[0].variables, strict=True):
        np.testing.assert_array_equal(np.asarray(here), np.asarray(there))
    for here, there in zip(one[0].optimizer.variables, other[0].optimizer.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(here), np.asarray(there))


@pytest.mark.parametrize("kind", ["flow", "arrays"])
@pytest.mark.parametrize(("step", "save_freq"), [(2, "epoch"), (7, "epoch"), (9, 2)])
def test_a_training_that_was_interrupted_ends_as_one_that_was_not(tmp_path, kind, step, save_freq):
    expected = train(kind, None, End())
    with pytest.warns(TidycnnWarning, match="interrupted.*The same call goes on from there"):
        train(kind, tmp_path / "run", End(step), save_freq=save_freq)
    # In another session R has drawn another seed.
    assert_same(train(kind, tmp_path / "run", End(), save_freq=save_freq, seed=6), expected)
    assert not (tmp_path / "run").exists()


def test_what_a_killed_process_has_left_goes_with_the_folder(tmp_path):
    (workshops(tmp_path / "run" / "step-000000000002.npz")[0].folder / "new").mkdir(parents=True)
    train("flow", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_flows_without_a_seed_go_on_with_that_of_the_training(tmp_path):
    with pytest.warns(TidycnnWarning, match="interrupted"):
        train("flow", tmp_path / "run", End(7), data_seed=None)
    seeds = Checkpoints(tmp_path / "run").latest().facts["seeds"]
    expected = train("flow", None, End(), data_seed=[seeds["train"], seeds["validation"]])
    assert_same(train("flow", tmp_path / "run", End(), data_seed=None), expected)
    with pytest.warns(TidycnnWarning, match="interrupted"):
        train("flow", tmp_path / "run", End(7), data_seed=1)
    with pytest.raises(InputError, match=r"begun otherwise: .`x\$seed` \(2, not 1\)"):
        train("flow", tmp_path / "run", End(), data_seed=2)


def test_other_data_are_refused(tmp_path):
    with pytest.warns(TidycnnWarning, match="interrupted"):
        train("arrays", tmp_path / "run", End(7))
    with pytest.raises(InputError, match=r"begun otherwise: .*steps"):
        train("arrays", tmp_path / "run", End(), batch_size=5)
    with pytest.raises(InputError, match=r"other data as `x`.*other data as `validation_split`"):
        x, y = data_of("arrays")[0]
        callbacks = [BackupAndRestore(tmp_path / "run"), End()]
        fit_model(
            network(), 1 - x, y, callbacks=callbacks, validation_split=0.2, batch_size=4, epochs=4, progress=False
        )


@pytest.mark.parametrize(("step", "save_freq"), [(2, 1), (7, "epoch"), (14, 2)])
def test_a_log_goes_on_with_the_epochs_of_the_checkpoint(tmp_path, step, save_freq):
    def logger(name: str) -> Any:
        return keras.callbacks.CSVLogger(str(tmp_path / name))

    train("arrays", None, logger("whole.csv"), End())
    with pytest.warns(TidycnnWarning, match="interrupted"):
        train("arrays", tmp_path / "run", logger("kept.csv"), End(step), save_freq=save_freq)
    with (tmp_path / "kept.csv").open("a") as log:
        log.write("of a step behind the checkpoint")
    train("arrays", tmp_path / "run", logger("kept.csv"), End(), save_freq=save_freq)
    assert (tmp_path / "kept.csv").read_text() == (tmp_path / "whole.csv").read_text()


def test_one_training_at_a_time(tmp_path):
    class Again(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_begin(self, epoch, logs=None):
            with pytest.raises(InputError, match="runs in another process"):
                train("arrays", tmp_path / "run")

    train("arrays", tmp_path / "run", Again())


def test_every_epoch_of_arrays_has_an_order_of_its_own():
    seen: list[float] = []

    class Model(keras.Model):  # type: ignore[misc]
        def train_step(self, data: Any) -> Any:
            seen.extend(data[0].numpy().ravel().tolist())
            return super().train_step(data)

    inputs = keras.Input((1,))
    model = Model(inputs, keras.layers.Dense(1)(inputs))
    model.compile("sgd", "mse", run_eagerly=True)
    fit_model(model, np.arange(8.0)[:, None], np.zeros((8, 1)), batch_size=3, epochs=2, progress=False, seed=1)
    assert sorted(seen[:8]) == sorted(seen[8:]) == list(range(8))
    assert seen[:8] != seen[8:]


KILLED = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
import keras
from test_backup import End, train
tell = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: print(batch, flush=True))
train("arrays", Path(sys.argv[2]), End(), tell, save_freq=3)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="has no such signals")
@pytest.mark.parametrize("seed", range(2))
def test_a_training_that_is_killed_ends_as_one_that_was_not(tmp_path, seed):
    expected = train("arrays", None, End(), keras.callbacks.LambdaCallback())
    command = [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(tmp_path / "run")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"0\n"
        time.sleep(np.random.default_rng(seed).uniform(0, 0.1))
        process.kill()
    assert_same(train("arrays", tmp_path / "run", End(), keras.callbacks.LambdaCallback(), save_freq=3), expected)

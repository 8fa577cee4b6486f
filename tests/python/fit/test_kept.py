"""A fit that keeps itself in a folder ends as one that was never ended."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

from tidycnn import (
    fit_classifier,
    fit_control,
    flow_images_from_data,
    image_data_generator,
    load_classifier,
    make_blood_cells,
    split_images,
)
from tidycnn.core import bundle
from tidycnn.core._workshop import workshops
from tidycnn.core.errors import InputError, StoreError, TidycnnWarning
from tidycnn.core.seeds import DrawnSeed
from tidycnn.fit.classifier import Classifier
from tidycnn.fit.kept import KeptFit

GENERATOR = image_data_generator(rescale=1 / 255, rotation_range=20, horizontal_flip=True)
EPOCHS = 5
PICTURES = 40


class End(keras.callbacks.Callback):
    """Ends a fit behind a step, counted over all epochs."""

    def __init__(self, step: int | None = None, act: Any = None) -> None:
        super().__init__()
        self._step, self._act, self._done = step, act, 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._done += 1
        if self._done == self._step:
            self._act()


def interrupt() -> None:
    signal.raise_signal(signal.SIGINT)


def network() -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((24, 24, 3)),
            layers.Conv2D(6, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(4),
            layers.Flatten(),
            layers.Dropout(0.4),
            layers.Dense(8, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(4, activation="softmax"),
        ]
    )


@pytest.fixture(scope="module")
def images(tmp_path_factory) -> pd.DataFrame:
    drawn = make_blood_cells(tmp_path_factory.mktemp("cells"), n=PICTURES, size=24, seed=1, progress=False)
    return split_images(drawn, {"train": 0.75, "validation": 0.25}, seed=1)


@pytest.fixture(scope="module")
def model() -> Any:
    keras.utils.set_random_seed(1)
    return network()


def fit(model: Any, images: pd.DataFrame, folder: Path | None, **options: Any) -> Classifier:
    """Fit with all that has a state: Dropout, augmentation, momentum, patience, a falling rate."""
    chosen: dict[str, Any] = {
        "generator": GENERATOR,
        "epochs": EPOCHS,
        "batch_size": 5,
        "optimizer": "rmsprop",
        "learning_rate": 0.003,
        "metrics": ["accuracy", "top_k_categorical_accuracy"],
        "patience": 3,
        "reduce_lr": 1,
        "seed": 3,
        "progress": False,
    }
    return fit_classifier(model, images, folder=folder, **{**chosen, **options})


@pytest.fixture(scope="module")
def whole(model, images) -> Classifier:
    return fit(model, images, None)


def assert_same(one: Classifier, other: Classifier) -> None:
    pd.testing.assert_frame_equal(one.history, other.history)
    assert (one.best_epoch, one.kept_epoch) == (other.best_epoch, other.kept_epoch)
    for here, there in zip(one.model.get_weights(), other.model.get_weights(), strict=True):
        np.testing.assert_array_equal(here, there)
    for here, there in zip(one.model.optimizer.variables, other.model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(here, there)


@pytest.mark.parametrize("at", [(2, None), (9, None), (16, 1), (6, 4), (9, 4)])
def test_a_fit_that_was_interrupted_ends_as_one_that_was_not(model, images, whole, tmp_path, at):
    step, save_every = at
    control = fit_control(save_every=save_every)
    with pytest.warns(TidycnnWarning, match="interrupted.*The same call goes on from there"):
        fit(model, images, tmp_path / "run", callbacks=End(step, interrupt), control=control)
    assert_same(fit(model, images, tmp_path / "run", callbacks=End(), control=control), whole)
    assert_same(load_classifier(tmp_path / "run"), whole)


def test_a_fit_of_callbacks_of_the_user_goes_on_with_what_they_know(model, images, tmp_path):
    def callbacks(name: str, *more: Any) -> list[Any]:
        path = str(tmp_path / f"{name}.weights.h5")
        saving = keras.callbacks.ModelCheckpoint(path, monitor="val_loss", save_best_only=True, save_weights_only=True)
        stopping = keras.callbacks.EarlyStopping(monitor="val_accuracy", patience=2, restore_best_weights=True)
        return [saving, stopping, *more]

    options = {"patience": None, "reduce_lr": None}
    expected = fit(model, images, None, callbacks=callbacks("whole", End()), **options)
    with pytest.warns(TidycnnWarning, match="interrupted"):
        fit(model, images, tmp_path / "run", callbacks=callbacks("kept", End(9, interrupt)), **options)
    found = fit(model, images, tmp_path / "run", callbacks=callbacks("kept", End()), **options)
    assert_same(found, expected)
    one, other = network(), network()
    one.load_weights(tmp_path / "whole.weights.h5")
    other.load_weights(tmp_path / "kept.weights.h5")
    for here, there in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(here, there)


def test_averaged_weights_are_those_of_a_fit_that_was_not_interrupted(model, images, tmp_path):
    def options() -> dict[str, Any]:
        rule = keras.optimizers.Adam(0.003, use_ema=True, ema_momentum=0.9)
        return {"optimizer": rule, "learning_rate": None, "patience": None, "reduce_lr": None}

    expected = fit(model, images, None, callbacks=End(), **options())
    control = fit_control(save_every=4)
    with pytest.warns(TidycnnWarning, match="interrupted"):
        fit(model, images, tmp_path / "run", callbacks=End(9, interrupt), control=control, **options())
    assert_same(fit(model, images, tmp_path / "run", callbacks=End(), control=control, **options()), expected)


def test_a_fit_in_float16_goes_on_with_the_scale_of_its_loss(model, images, tmp_path):
    def options() -> dict[str, Any]:
        rule = keras.optimizers.Adam(0.003, use_ema=True, ema_momentum=0.9)
        control = fit_control(precision="float16")
        return {"optimizer": rule, "learning_rate": None, "patience": None, "control": control}

    expected = fit(model, images, None, callbacks=End(), **options())
    with pytest.warns(TidycnnWarning, match="interrupted"):
        fit(model, images, tmp_path / "run", callbacks=End(9, interrupt), **options())
    found = fit(model, images, tmp_path / "run", callbacks=End(), **options())
    assert_same(found, expected)
    assert type(found.model.optimizer) is keras.optimizers.Adam
    assert found.stages[0]["precision"] == "float16"


def test_a_fit_with_a_function_on_the_main_thread_goes_on(model, images, tmp_path):
    def same(picture: Any) -> Any:
        return picture

    same.needs_main_thread = True  # type: ignore[attr-defined]
    generator = image_data_generator(rescale=1 / 255, rotation_range=20, preprocessing_function=same)
    expected = fit(model, images, None, generator=generator, callbacks=End())
    control = fit_control(save_every=4)
    with pytest.warns(TidycnnWarning, match="interrupted"):
        fit(model, images, tmp_path / "run", generator=generator, callbacks=End(9, interrupt), control=control)
    with pytest.warns(TidycnnWarning, match="not stored"):
        found = fit(model, images, tmp_path / "run", generator=generator, callbacks=End(), control=control)
    assert_same(found, expected)


def test_a_fit_that_has_ended_gives_its_classifier_at_once(model, images, whole, tmp_path):
    fit(model, images, tmp_path / "run")
    before = [path.stat().st_mtime_ns for path in sorted((tmp_path / "run").rglob("*")) if path.is_file()]
    assert_same(fit(model, images, tmp_path / "run"), whole)
    after = [path.stat().st_mtime_ns for path in sorted((tmp_path / "run").rglob("*")) if path.is_file()]
    assert after == before


def test_more_epochs_go_on_from_the_last_one(model, images, tmp_path):
    options = {"patience": None}
    expected = fit(model, images, None, epochs=4, **options)
    fit(model, images, tmp_path / "run", epochs=2, **options)
    assert_same(fit(model, images, tmp_path / "run", epochs=4, **options), expected)
    with pytest.raises(InputError, match="`epochs` is 3, but the training has 4 epochs behind it"):
        fit(model, images, tmp_path / "run", epochs=3, **options)


def test_a_fit_that_was_killed_before_its_classifier_was_written_does_not_give_an_older_one(
    model, images, whole, tmp_path, monkeypatch
):
    fit(model, images, tmp_path / "run", epochs=1)
    with monkeypatch.context() as patched:
        patched.setattr(KeptFit, "finish", lambda self, classifier: None)
        fit(model, images, tmp_path / "run")
    assert_same(fit(model, images, tmp_path / "run"), whole)


def test_what_a_killed_process_left_of_a_classifier_is_in_nobodys_way(model, images, whole, tmp_path):
    fit(model, images, tmp_path / "run", epochs=1)
    left = tmp_path / "run" / workshops(tmp_path / "run" / "classifier")[0].folder.name
    (left / "new").mkdir(parents=True)
    (left / "new" / "model.keras").write_bytes(b"half")
    assert_same(fit(model, images, tmp_path / "run"), whole)
    assert not left.exists()


def test_a_classifier_that_cannot_be_written_is_returned(model, images, whole, tmp_path, monkeypatch):
    def full(self, folder, **options):
        raise StoreError("The disk is full.")

    with monkeypatch.context() as patched, pytest.warns(TidycnnWarning, match="The disk is full.*returned"):
        patched.setattr(Classifier, "save", full)
        assert_same(fit(model, images, tmp_path / "run"), whole)
    assert_same(fit(model, images, tmp_path / "run"), whole)


@pytest.mark.parametrize("moment", ["last step", "validation"])
def test_what_is_asked_behind_the_last_step_waits_until_the_epoch_is_kept(model, images, tmp_path, moment):
    class AtValidation(keras.callbacks.Callback):
        def on_test_begin(self, logs=None):
            interrupt()

    asking = End(6, interrupt) if moment == "last step" else AtValidation()
    with pytest.warns(TidycnnWarning, match="interrupted.*after 1 complete epoch"):
        fit(model, images, tmp_path / "run", callbacks=asking, patience=None)
    assert [path.name for path in (tmp_path / "run" / "checkpoints").iterdir()] == ["step-000000000006.npz"]


def test_other_arrays_are_another_fit(model, tmp_path, monkeypatch):
    random = np.random.default_rng(1)
    x, y = random.random((20, 24, 24, 3), dtype=np.float32), np.repeat(list("abcd"), 5)

    def flow(pictures: Any, weights: Any = None) -> Any:
        return flow_images_from_data(pictures, y, batch_size=5, seed=1, sample_weight=weights)

    options = {"generator": image_data_generator(rescale=1 / 255), "epochs": 1, "patience": None, "reduce_lr": None}
    fit(model, flow(x), tmp_path / "run", **options)
    with pytest.raises(InputError, match="the arrays that the flow was given"):
        fit(model, flow(1 - x), tmp_path / "run", **options)
    with pytest.raises(InputError, match="the arrays that the flow was given"):
        fit(model, flow(x, np.arange(20.0)), tmp_path / "run", **options)
    monkeypatch.chdir(tmp_path)
    assert fit(model, flow(x), tmp_path / "run", **options).history["epoch"].max() == 1


def test_a_seed_that_nobody_gave_is_that_of_the_fit(model, images, tmp_path):
    first = fit(model, images, tmp_path / "run", epochs=1, seed=None)
    assert fit(model, images, tmp_path / "run", epochs=1, seed=None).seed == first.seed
    assert fit(model, images, tmp_path / "run", epochs=1, seed=DrawnSeed(7)).seed == first.seed
    other = 1 if first.seed != 1 else 2
    with pytest.raises(InputError, match=r"begun otherwise: .*seed"):
        fit(model, images, tmp_path / "run", epochs=1, seed=other)


def test_another_fit_is_refused_by_what_differs(model, images, tmp_path):
    fit(model, images, tmp_path / "run", epochs=1)
    fewer = images.iloc[1:]
    relabelled = images.assign(label=images["label"].where(images.index != 0, images["label"].iloc[-1]))
    larger = keras.Sequential([keras.Input((24, 24, 3)), keras.layers.Flatten(), keras.layers.Dense(4, "softmax")])
    for change, named in [
        ({"learning_rate": 0.01}, r"optimizer\$learning_rate"),
        ({"generator": image_data_generator(rescale=1 / 255)}, r"generator\$rotation_range"),
        ({"class_weight": "balanced"}, "class_weight"),
    ]:
        with pytest.raises(InputError, match=named):
            fit(model, images, tmp_path / "run", epochs=1, **change)
    with pytest.raises(InputError, match=f"has {len(images) - 1} images, not {len(images)}"):
        fit(model, fewer, tmp_path / "run", epochs=1)
    with pytest.raises(InputError, match="the `label` of 1 image"):
        fit(model, relabelled, tmp_path / "run", epochs=1)
    with pytest.raises(InputError, match=r"model\$1\$type"):
        fit(larger, images, tmp_path / "run", epochs=1)
    again = fit(model, images, tmp_path / "run", epochs=1, learning_rate=0.01, overwrite=True)
    assert again.stages[-1]["optimizer"]["learning_rate"] == pytest.approx(0.01)


def test_what_changes_nothing_that_is_learned_may_change(model, images, tmp_path):
    expected = fit(model, images, None, epochs=2)
    fit(model, images, tmp_path / "run", epochs=1)
    moved = tmp_path / "moved"
    shutil.copytree(Path(images["path"].iloc[0]).parents[1], moved)
    paths = [str(moved / Path(path).parent.name / Path(path).name) for path in images["path"]]
    control = fit_control(cache="memory", on_error="skip", threads=1)
    assert_same(fit(model, images.assign(path=paths), tmp_path / "run", epochs=2, control=control), expected)


def test_other_callbacks_are_refused(model, images, tmp_path):
    with pytest.warns(TidycnnWarning, match="interrupted"):
        fit(model, images, tmp_path / "run", callbacks=End(9, interrupt))
    with pytest.raises(InputError, match="begun with other callbacks: with 'End'"):
        fit(model, images, tmp_path / "run")


def test_other_versions_are_refused(model, images, tmp_path):
    fit(model, images, tmp_path / "run", epochs=1)
    path = tmp_path / "run" / "fit.json"
    path.write_text(path.read_text().replace(f'"keras": "{keras.__version__}"', '"keras": "3.0.0"'))
    with pytest.raises(StoreError, match=r"other versions: keras 3[.]0[.]0"):
        fit(model, images, tmp_path / "run", epochs=2)


def test_a_folder_of_something_else_is_refused_before_images_are_read(model, tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(InputError, match=r"`folder` must be empty .*notes[.]txt"):
        fit_classifier(model, tmp_path / "missing", folder=tmp_path)


def test_an_unfinished_fit_has_no_classifier_to_load(model, images, tmp_path):
    with pytest.warns(TidycnnWarning, match="interrupted"):
        fit(model, images, tmp_path / "run", callbacks=End(9, interrupt))
    with pytest.raises(InputError, match="a fit that has not ended"):
        load_classifier(tmp_path / "run")


def test_a_damaged_checkpoint_is_told_and_the_one_before_it_taken(model, images, whole, tmp_path):
    with pytest.warns(TidycnnWarning, match="interrupted"):
        fit(model, images, tmp_path / "run", callbacks=End(15, interrupt))
    newest = max((tmp_path / "run" / "checkpoints").iterdir())
    newest.write_bytes(newest.read_bytes()[:-100])
    with pytest.warns(TidycnnWarning, match="is damaged: the one before it is taken"):
        assert_same(fit(model, images, tmp_path / "run", callbacks=End()), whole)


def test_a_full_disk_ends_the_fit_and_leaves_the_last_checkpoint(model, images, whole, tmp_path, monkeypatch):
    savez, written = np.savez, []

    def full(*arguments: Any, **arrays: Any) -> None:
        written.append(None)
        if len(written) == 3:
            raise OSError(28, os.strerror(28))
        savez(*arguments, **arrays)

    monkeypatch.setattr(bundle.np, "savez", full)
    with pytest.warns(TidycnnWarning, match="the disk is full.*goes on from there"):
        fit(model, images, tmp_path / "run")
    assert_same(fit(model, images, tmp_path / "run"), whole)


def test_a_fit_that_runs_elsewhere_is_not_begun_twice(model, images, tmp_path):
    def again() -> None:
        for overwrite in (False, True):
            with pytest.raises(InputError, match="runs in another process"):
                fit(model, images, tmp_path / "run", callbacks=End(), overwrite=overwrite)

    fit(model, images, tmp_path / "run", epochs=1, callbacks=End(1, again))


KILLED = """
import sys
import keras
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_kept import EPOCHS, PICTURES, End, fit, network
from tidycnn import fit_control, make_blood_cells, split_images
import pandas as pd
images = split_images(pd.read_pickle(sys.argv[2]), {"train": 0.75, "validation": 0.25}, seed=1)
keras.utils.set_random_seed(1)
tell = lambda: print("begun", flush=True)
fit(network(), images, Path(sys.argv[3]), callbacks=End(1, tell), control=fit_control(save_every=int(sys.argv[4])))
print("ended", flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="has no such signals")
@pytest.mark.parametrize("seed", range(5))
def test_a_fit_that_is_killed_ends_as_one_that_was_not(images, whole, model, tmp_path, seed):
    random = np.random.default_rng(seed)
    images.drop(columns="split").to_pickle(tmp_path / "images.pickle")
    save_every = 1 + seed
    command = [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(tmp_path / "images.pickle")]
    with subprocess.Popen([*command, str(tmp_path / "run"), str(save_every)], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"begun\n"
        time.sleep(random.uniform(0, 0.8))
        process.kill()
    control = fit_control(save_every=save_every)
    assert_same(fit(model, images, tmp_path / "run", callbacks=End(), control=control), whole)

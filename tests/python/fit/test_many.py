"""Every row of a frame is a fit; what is finished is not fitted again."""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from tidycnn import fit_classifier, fit_control, fit_many, image_data_generator, predict_images
from tidycnn.core._workshop import workshops
from tidycnn.core.errors import InputError, TidycnnWarning
from tidycnn.fit import _fits
from tidycnn.fit._place import kept_place, place_seed

GRID = pd.DataFrame({"optimizer": ["sgd", "adam"], "learning_rate": [0.1, None]})


@pytest.fixture
def fit(images, make_model):
    """Give a function that fits the rows of a grid for one epoch."""

    def run(grid=GRID, **options):
        chosen = {"model": make_model(), "epochs": 1, "progress": False, "seed": 1, **options}
        return fit_many(grid, images, **chosen)

    return run


def weights_of(classifier):
    return np.concatenate([each.ravel() for each in classifier.model.get_weights()])


def test_a_row_is_the_fit_that_fit_classifier_gives(fit, images, make_model):
    many = fit()
    alone = fit_classifier(make_model(), images, optimizer="sgd", learning_rate=0.1, epochs=1, progress=False, seed=1)
    np.testing.assert_array_equal(weights_of(many.classifier(1)), weights_of(alone))
    assert many.fits[".val_loss"][0] == alone.describe()["val_loss"]


def test_the_frame_has_a_row_for_each_fit_with_what_it_was_asked(fit):
    fits = fit().fits
    assert fits.columns[:4].tolist() == [".fit", "optimizer", "learning_rate", ".seed"]
    assert fits[[".fit", "optimizer", ".status", ".epochs"]].values.tolist() == [
        [1, "sgd", "finished", 1],
        [2, "adam", "finished", 1],
    ]


def test_each_row_is_repeated_with_the_same_seeds(fit):
    fits = fit(GRID[["optimizer"]], seeds=2).fits
    assert fits["optimizer"].tolist() == ["sgd", "sgd", "adam", "adam"]
    first, second = fits[".seed"][:2]
    assert fits[".seed"].tolist() == [first, second] * 2
    assert first == 1 != second


def test_networks_and_generators_are_chosen_by_their_names(fit, make_model):
    grid = pd.DataFrame({"model": ["small", "cnn"], "generator": ["plain", "flipped"], "target_size": [None, 46]})
    many = fit(
        grid,
        model={"small": make_model()},
        generator={
            "plain": image_data_generator(rescale=1 / 255),
            "flipped": image_data_generator(rescale=1 / 255, horizontal_flip=True),
        },
    )
    small, built = (many.classifier(i) for i in (1, 2))
    assert (len(small.model.layers), built.model.name) == (4, "cnn")
    assert built.preprocessing.target_size == (46, 46)
    flips = [each.stages[0]["generator"]["horizontal_flip"] for each in (small, built)]
    assert flips == [False, True]


def test_a_network_that_is_named_begins_with_other_weights_for_each_seed(fit):
    grid = pd.DataFrame({"model": ["cnn"], "learning_rate": [1e-9]})
    many = fit(grid, model=None, target_size=(46, 46), optimizer="sgd", seeds=2)
    first, second = (weights_of(many.classifier(i)) for i in (1, 2))
    assert np.abs(first - second).max() > 0.01


def test_a_fit_that_fails_is_told_and_ends_no_other(fit):
    with pytest.warns(TidycnnWarning, match="1 of 2 fits failed, such as 'nonsense'"):
        fits = fit(pd.DataFrame({"optimizer": ["nonsense", "adam"]})).fits
    assert fits[".status"].tolist() == ["failed", "finished"]
    assert "`optimizer` must be the name of a Keras optimizer" in fits[".error"][0]


def test_where_each_fails_alike_it_is_an_error(fit):
    with pytest.raises(InputError, match=r"No fit came to an end\. Each failed: .*`loss`"):
        fit(loss="nonsense")


def test_what_is_finished_is_not_fitted_again(fit, tmp_path, heard):
    first = fit(folder=tmp_path / "many")
    grid = pd.DataFrame({"optimizer": ["rmsprop", "adam", "sgd"], "learning_rate": [None, None, 0.1]})
    again = fit(grid, folder=tmp_path / "many", progress=True)
    assert again.fits[".val_loss"][2] == first.fits[".val_loss"][0]
    assert [line[:9] for line in heard.told if line.startswith("epoch")] == ["epoch 1/1"]  # That of rmsprop.


def test_a_folder_that_a_killed_process_had_moved_away_is_found(tmp_path):
    with kept_place(tmp_path / "many", fit_control(), 7, overwrite=False):
        pass
    workshop = workshops(tmp_path / "many")[0]
    assert workshop.open()
    (tmp_path / "many").rename(workshop.folder / "old")
    os.close(workshop._lock)
    assert place_seed(tmp_path / "many", None, overwrite=False) == 7


def test_what_is_refused_replaces_nothing(fit, tmp_path):
    with kept_place(tmp_path / "many", fit_control(), 7, overwrite=False):
        pass
    with pytest.raises(InputError, match="rows that ask for the same fit"):
        fit(pd.concat([GRID, GRID]), folder=tmp_path / "many", overwrite=True)
    assert place_seed(tmp_path / "many", None, overwrite=False) == 7


def test_without_a_seed_a_folder_has_its_own(fit, tmp_path):
    first, again = (fit(GRID[:1], folder=tmp_path / "many", seed=None) for _ in range(2))
    assert first.fits[".seed"][0] == again.fits[".seed"][0]


def test_with_overwrite_all_begins_anew(fit, tmp_path):
    fit(GRID[:1], folder=tmp_path / "many")
    assert fit(GRID[:1], folder=tmp_path / "many", overwrite=True, seed=2).fits[".seed"][0] == 2


def test_another_fit_in_the_folder_is_refused(fit, tmp_path):
    fit(GRID[:1], folder=tmp_path / "many", epochs=2)
    with pytest.raises(InputError, match=r"begun otherwise: .*`class_weight`"):
        fit(GRID[:1], folder=tmp_path / "many", epochs=2, class_weight="balanced")


@pytest.mark.filterwarnings("ignore:.*The fit was interrupted")
def test_ctrl_c_ends_the_fit_in_hand_and_the_same_call_goes_on(fit, tmp_path):
    interrupt = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: signal.raise_signal(signal.SIGINT)
    )
    with pytest.warns(TidycnnWarning, match="2 of 2 fits did not come to their end. The same call goes on"):
        fits = fit(folder=tmp_path / "many", epochs=2, callbacks=interrupt).fits
    assert fits[".status"].tolist() == ["ended", "waiting"]
    again = fit(folder=tmp_path / "many", epochs=2, callbacks=keras.callbacks.LambdaCallback()).fits
    assert again[".status"].tolist() == ["finished", "finished"]


def test_classifiers_and_histories_are_named_by_what_tells_the_fits_apart(fit):
    many = fit()
    assert list(many.classifiers) == ["sgd, learning_rate 0.1", "adam, learning_rate not given"]
    assert many.history["model"].unique().tolist() == list(many.classifiers)
    assert "<Fits: 2 of 2 finished>" in repr(many)


def test_a_fit_that_nothing_tells_apart_is_numbered(fit):
    assert list(fit(GRID[:1]).classifiers) == ["fit 1"]


def test_only_a_finished_fit_has_a_classifier(fit):
    with pytest.raises(InputError, match="`fit` must be the number of a fit that is finished, not 3"):
        fit().classifier(3)


@pytest.mark.parametrize(
    ("grid", "options", "message"),
    [
        ({"folder": ["a"]}, {}, "`grid` names 'folder', but the arguments"),
        ({"epochs": []}, {}, "`grid` must have a row for each fit"),
        ({"epochs": [1]}, {}, "`grid` has the columns 'epochs', which are given for all fits too"),
        ({"seed": [1]}, {"seeds": 2}, "column 'seed', and `seeds` is more than 1"),
        ({"model": ["cnn"]}, {}, "`grid` has a column 'model', but `model` is one network"),
        ({"model": ["cnm"]}, {"model": None}, "must be one of .*'cnn'"),
        ({"generator": ["a"]}, {}, "`grid` has a column 'generator', but `generator` is one"),
        ({"optimizer": ["sgd", "sgd"]}, {}, "`grid` has rows that ask for the same fit"),
        ({"optimizer": ["sgd"]}, {"model": None}, "`model` must be given, or named"),
    ],
)
def test_a_wrong_grid_is_named(fit, grid, options, message):
    with pytest.raises(InputError, match=message):
        fit(pd.DataFrame(grid), **options)


@pytest.mark.slow
def test_fits_of_other_processes_end_as_those_of_this_one(fit, images, tmp_path):
    here = fit(GRID, epochs=2)
    control = fit_control(workers=2)
    there = fit(GRID, epochs=2, control=control, folder=tmp_path / "many")
    assert there.fits[".status"].tolist() == ["finished", "finished"]
    np.testing.assert_allclose(there.fits[".val_loss"], here.fits[".val_loss"], rtol=1e-4)
    assert len(predict_images(there.classifier(2), images, progress=False)) == len(images)
    # In this process they would have other threads, so one process goes on with the fits that are there.
    again = fit(GRID, epochs=3, folder=tmp_path / "many")
    assert again.fits[".epochs"].tolist() == [3, 3]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_fit_whose_process_is_killed_goes_on_to_the_same_end(fit, monkeypatch, tmp_path):
    options = {"grid": GRID[:1], "control": fit_control(workers=2), "epochs": 60}
    undisturbed = fit(**options)
    killed: list[int] = []
    hear = _fits.Crew.hear

    def hear_and_kill(crew, timeout):
        found = hear(crew, timeout)
        if not killed and any(heard.note for heard in found):
            (process,) = crew._processes
            place = Path(f"/proc/{process._popen.pid}/task/{process._popen.pid}/children")
            killed.extend(map(int, place.read_text(encoding="utf-8").split()))
            os.kill(killed[0], signal.SIGKILL)
        return found

    monkeypatch.setattr(_fits.Crew, "hear", hear_and_kill)
    disturbed = fit(**options, folder=tmp_path / "many")
    assert len(killed) == 1
    np.testing.assert_array_equal(weights_of(disturbed.classifier(1)), weights_of(undisturbed.classifier(1)))
    pd.testing.assert_frame_equal(disturbed.history, undisturbed.history)


def test_what_nobody_named_a_folder_for_is_removed_with_the_fits(fit):
    many = fit(GRID[:1])
    folder = Path(many.folder)
    assert folder.is_dir()
    del many
    gc.collect()
    assert not folder.exists()


def test_many_fits_are_no_job(fit):
    with pytest.raises(InputError, match=r"`control` asks for one fit in the background .*, but these are many"):
        fit(control=fit_control(background=True))


def test_processes_take_no_file_of_the_user_for_a_module(fit, monkeypatch, tmp_path):
    (tmp_path / "queue.py").write_text("raise RuntimeError")
    monkeypatch.chdir(tmp_path)
    assert fit(control=fit_control(workers=2)).fits[".status"].tolist() == ["finished", "finished"]

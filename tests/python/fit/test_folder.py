"""A saved classifier comes back as it was, or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import time
from dataclasses import fields
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from tidycnn import (
    as_classifier,
    fit_classifier,
    image_data_generator,
    load_classifier,
    predict_images,
    save_classifier,
)
from tidycnn.core import _workshop
from tidycnn.core.errors import InputError, StoreError, TidycnnWarning
from tidycnn.fit import stored
from tidycnn.train.decay import decay_of, remember_decay


@pytest.fixture
def classifier(make_model, images):
    """Give a classifier that was fitted for one epoch, with the seed 1."""
    return fit_classifier(make_model(), images, epochs=1, batch_size=4, progress=False, seed=1)


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_folder_holds_four_files(saved):
    assert names_in(saved) == ["classifier.json", "history.csv", "images.csv", "model.keras"]


def test_predictions_are_the_same_to_the_last_bit(classifier, images, folder):
    save_classifier(classifier, folder)
    before, after = (predict_images(it, images) for it in (classifier, load_classifier(folder)))
    pd.testing.assert_frame_equal(before, after, check_exact=True)


def test_everything_said_about_it_comes_back(classifier, folder):
    save_classifier(classifier, folder)
    back = load_classifier(folder)
    for name in [field.name for field in fields(classifier) if field.name not in ("model", "history", "images")]:
        assert getattr(back, name) == getattr(classifier, name), name
    pd.testing.assert_frame_equal(back.history, classifier.history, check_exact=True)
    pd.testing.assert_frame_equal(back.images, classifier.images)


def test_the_optimizer_keeps_its_state(classifier, folder):
    save_classifier(classifier, folder)
    before, after = (it.model.optimizer for it in (classifier, load_classifier(folder)))
    assert int(after.iterations) == int(before.iterations) > 0
    assert all(np.array_equal(a, b) for a, b in zip(before.variables, after.variables, strict=True))


def test_columns_of_the_user_keep_their_types(classifier, folder):
    odd = pd.DataFrame(
        {
            "note": pd.Series([None, "", "NA", "1"] * 4, dtype=object),
            "stain": pd.Series(pd.Categorical(["b", "a"] * 8, categories=["b", "a", "never"])),
            "slide": pd.Series([1, None] * 8, dtype="Int64"),
            "taken": pd.to_datetime(["2024-01-01"] * 16).tz_localize("Europe/Berlin"),
        }
    )
    classifier.images = classifier.images.assign(**odd)
    save_classifier(classifier, folder)
    pd.testing.assert_frame_equal(load_classifier(folder).images, classifier.images)


def test_any_text_comes_back_as_a_level(make_model, folder, odd_texts):
    save_classifier(as_classifier(make_model(len(odd_texts)), odd_texts), folder)
    assert load_classifier(folder).levels == odd_texts


def test_any_text_comes_back_in_the_columns_of_the_images(make_model, folder, odd_texts):
    names = [text for text in odd_texts if "/" not in text and text not in ("", ".", "..")]
    images = pd.DataFrame(
        {
            "path": pd.Series([f"/pictures/{name}" for name in names], dtype=object),
            "label": pd.Categorical(names, categories=names[::-1]),
            "note": pd.Series(names, dtype=object),
        }
    )
    classifier = as_classifier(make_model(), ["cat", "dog"])
    classifier.images = pd.concat([images, pd.DataFrame([["x"] * len(names)] * len(names), columns=names)], axis=1)
    classifier.stages = [{"class_weight": dict.fromkeys(names, 1.0), "callbacks": names}]
    save_classifier(classifier, folder)
    back = load_classifier(folder)
    pd.testing.assert_frame_equal(back.images, classifier.images)
    assert back.stages == classifier.stages


@pytest.mark.parametrize("path", ["", "a\0b"])
def test_a_path_that_leads_nowhere_is_not_made_one_that_does(make_model, folder, path):
    classifier = as_classifier(make_model(), ["cat", "dog"])
    classifier.images = pd.DataFrame({"path": [path]})
    save_classifier(classifier, folder)
    assert load_classifier(folder).images["path"].tolist() == [path]


def test_paths_are_written_as_whole_ones(make_model, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    classifier = as_classifier(make_model(), ["cat", "dog"])
    classifier.images = pd.DataFrame({"path": ["a/b.png", "/c.png"]})
    save_classifier(classifier, folder)
    assert load_classifier(folder).images["path"].tolist() == [f"{tmp_path.as_posix()}/a/b.png", "/c.png"]
    assert classifier.images["path"].tolist() == ["a/b.png", "/c.png"]


def test_preprocessing_is_repeated(make_model, folder):
    generator = image_data_generator(rescale=1 / 127, samplewise_center=True)
    classifier = as_classifier(make_model(), ["cat", "dog"], generator, interpolation="nearest")
    save_classifier(classifier, folder)
    assert load_classifier(folder).preprocessing == classifier.preprocessing


def test_the_classifier_knows_its_folder(make_model, folder):
    classifier = as_classifier(make_model(), ["cat", "dog"])
    assert save_classifier(classifier, folder) is classifier
    assert classifier.folder == load_classifier(folder).folder == str(folder)


def test_an_existing_classifier_is_replaced_only_where_that_is_wished(saved, make_model):
    other = as_classifier(make_model(), ["ant", "bee"])
    with pytest.raises(InputError, match=r"holds a classifier\.\n.*`overwrite = True`"):
        save_classifier(other, saved)
    assert load_classifier(saved).levels == ["cat", "dog"]
    save_classifier(other, saved, overwrite=True)
    assert load_classifier(saved).levels == ["ant", "bee"]


def test_an_empty_folder_is_filled(make_model, folder):
    folder.mkdir()
    save_classifier(as_classifier(make_model(), ["cat", "dog"]), folder)
    assert load_classifier(folder).levels == ["cat", "dog"]


@pytest.mark.parametrize("holds_classifier", [True, False])
def test_a_folder_with_other_files_is_never_replaced(make_model, folder, holds_classifier):
    classifier = as_classifier(make_model(), ["cat", "dog"])
    if holds_classifier:
        save_classifier(classifier, folder)
    folder.mkdir(exist_ok=True)
    (folder / "mine.txt").write_text("precious")
    with pytest.raises(InputError, match=r"holds 'mine\.txt'"):
        save_classifier(classifier, folder, overwrite=True)
    assert (folder / "mine.txt").read_text() == "precious"


@pytest.mark.parametrize(
    ("number", "reason"),
    [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "the disk is read-only"), (errno.EACCES, "not permitted")],
)
def test_where_writing_fails_nothing_is_left_and_the_old_stays(saved, make_model, monkeypatch, number, reason):
    def fail(model, path):
        Path(path).write_bytes(b"half")
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(stored.keras.saving, "save_model", fail)
    with pytest.raises(StoreError, match=reason):
        save_classifier(as_classifier(make_model(), ["ant", "bee"]), saved, overwrite=True)
    assert names_in(saved.parent) == ["saved"]
    assert load_classifier(saved).levels == ["cat", "dog"]


def test_a_full_disk_that_hdf5_tells_in_words_is_told(make_model, folder, monkeypatch):
    def fail(model, path):
        raise OSError("Unable to write data (errno = 28, error message = 'No space left on device')")

    monkeypatch.setattr(stored.keras.saving, "save_model", fail)
    with pytest.raises(StoreError, match="the disk is full"):
        save_classifier(as_classifier(make_model(), ["cat", "dog"]), folder)
    assert not folder.exists()


def test_an_interruption_leaves_nothing(make_model, folder, monkeypatch):
    def interrupt(model, path):
        raise KeyboardInterrupt

    monkeypatch.setattr(stored.keras.saving, "save_model", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save_classifier(as_classifier(make_model(), ["cat", "dog"]), folder)
    assert names_in(folder.parent) == []


def test_a_column_that_cannot_be_written_is_named_and_nothing_is_left(make_model, folder):
    classifier = as_classifier(make_model(), ["cat", "dog"])
    classifier.images = pd.DataFrame({"path": ["a.png"], "boxes": [[1, 2]]})
    with pytest.raises(InputError, match=r'`images\["boxes"\]` cannot be stored'):
        save_classifier(classifier, folder)
    assert not folder.exists()


def test_another_file_that_came_meanwhile_is_kept(saved, make_model, monkeypatch):
    write = stored.keras.saving.save_model

    def come(model, path):
        write(model, path)
        (saved / "mine.txt").write_text("precious")

    monkeypatch.setattr(stored.keras.saving, "save_model", come)
    with pytest.raises(InputError, match=r"holds 'mine\.txt'"):
        save_classifier(as_classifier(make_model(), ["ant", "bee"]), saved, overwrite=True)
    assert (saved / "mine.txt").read_text() == "precious"


def test_a_link_stays_and_the_classifier_that_it_leads_to_is_replaced(saved, make_model, tmp_path):
    (tmp_path / "link").symlink_to(saved)
    save_classifier(as_classifier(make_model(), ["ant", "bee"]), tmp_path / "link", overwrite=True)
    assert (tmp_path / "link").is_symlink()
    assert load_classifier(saved).levels == ["ant", "bee"]


CLUTTER = [".DS_Store", "Thumbs.db", "thumbs.db", "desktop.ini", "._classifier.json", "._.DS_Store", ".directory"]


@pytest.mark.parametrize("name", CLUTTER)
def test_what_systems_put_into_folders_hinders_nothing(saved, make_model, name):
    (saved / name).write_bytes(b"\0")
    assert load_classifier(saved).levels == ["cat", "dog"]
    save_classifier(as_classifier(make_model(), ["ant", "bee"]), saved, overwrite=True)
    assert load_classifier(saved).levels == ["ant", "bee"]


def test_a_folder_with_nothing_but_such_files_is_empty(make_model, folder):
    folder.mkdir()
    for name in CLUTTER:
        (folder / name).touch()
    save_classifier(as_classifier(make_model(), ["cat", "dog"]), folder)
    assert load_classifier(folder).levels == ["cat", "dog"]


@pytest.fixture
def moved_away(saved):
    """Give the place of a classifier that a killed process has moved away."""
    workshop = _workshop.workshops(saved)[0]
    assert workshop.open()
    saved.rename(workshop.folder / "old")
    os.close(workshop._lock)
    return saved


def test_a_classifier_that_a_killed_process_moved_away_loads(moved_away):
    assert load_classifier(moved_away).levels == ["cat", "dog"]


def test_a_classifier_that_a_killed_process_moved_away_is_not_overwritten_unasked(moved_away, make_model):
    with pytest.raises(InputError, match="holds a classifier"):
        save_classifier(as_classifier(make_model(), ["ant", "bee"]), moved_away)
    assert load_classifier(moved_away).levels == ["cat", "dog"]


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.13, 0.29, 0.47])
def test_of_a_process_that_is_killed_while_it_saves_the_old_or_the_new_is_there_whole(folder, seconds):
    script = Path(__file__).with_name("saving.py")
    with subprocess.Popen([sys.executable, script, folder], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(seconds)
        process.kill()
    back = load_classifier(folder)
    assert {float(value) for weight in back.model.get_weights() for value in weight.ravel()} == {float(back.levels[0])}
    save_classifier(back, folder, overwrite=True)
    assert names_in(folder.parent) == ["saved"]


def test_a_classifier_that_is_replaced_while_it_is_read_is_read_again(saved, make_model, monkeypatch):
    others = [as_classifier(make_model(), ["ant", "bee"])]
    read = stored.read_model

    def replace(path, *, safe):
        if others:
            save_classifier(others.pop(), saved, overwrite=True)
        return read(path, safe=safe)

    monkeypatch.setattr(stored, "read_model", replace)
    assert load_classifier(saved).levels == ["ant", "bee"]


def brighten(picture):
    return picture + 1


class DarkenInR:
    needs_main_thread = True
    __name__ = "darken"

    def __call__(self, picture):
        return picture - 1


@pytest.mark.parametrize(
    ("function", "name"), [(brighten, "brighten"), (lambda x: x, "lambda"), (DarkenInR(), "R:dark")]
)
def test_a_function_that_is_not_stored_is_told_and_missed(make_model, images, folder, function, name):
    generator = image_data_generator(preprocessing_function=function)
    classifier = as_classifier(make_model(), ["cat", "dog"], generator)
    before = predict_images(classifier, images)
    with pytest.warns(TidycnnWarning, match=f"{name}.*' is not stored with the classifier"):
        save_classifier(classifier, folder)
    with pytest.warns(TidycnnWarning, match=f"{name}.*' is not stored with the classifier"):
        back = load_classifier(folder)
    with pytest.raises(InputError, match=f"with the preprocessing function .*{name}.*\n.*`as_classifier\\(\\)`"):
        predict_images(back, images)
    whole = as_classifier(back.model, back.levels, generator)
    pd.testing.assert_frame_equal(predict_images(whole, images), before, check_exact=True)


def test_that_a_function_was_not_stored_is_still_known_after_a_second_time(make_model, folder, tmp_path):
    generator = image_data_generator(preprocessing_function=brighten)
    with pytest.warns(TidycnnWarning, match="not stored"):
        save_classifier(as_classifier(make_model(), ["cat", "dog"], generator), folder)
        save_classifier(load_classifier(folder), tmp_path / "again")
        name = load_classifier(tmp_path / "again").preprocessing.unstored_function
    assert name.endswith(":brighten")


def test_a_function_of_keras_is_stored_by_its_name(make_model, images, folder):
    generator = image_data_generator(preprocessing_function=keras.applications.mobilenet_v2.preprocess_input)
    classifier = as_classifier(make_model(), ["cat", "dog"], generator)
    save_classifier(classifier, folder)
    before, after = (predict_images(it, images) for it in (classifier, load_classifier(folder)))
    pd.testing.assert_frame_equal(before, after, check_exact=True)


def test_the_decay_of_the_learning_rate_comes_back(make_model, folder):
    model = make_model()
    model.compile(remember_decay(keras.optimizers.SGD(), 0.25), "categorical_crossentropy")
    save_classifier(as_classifier(model, ["cat", "dog"]), folder)
    assert decay_of(load_classifier(folder).model.optimizer) == 0.25


def test_a_model_that_cannot_be_written_is_told(folder):
    class Own(keras.layers.Layer):
        def __init__(self, size):
            super().__init__()
            self.size = size

        def call(self, x):
            return x

    layers = [keras.Input((8, 8, 3)), Own(object()), keras.layers.Flatten(), keras.layers.Dense(2)]
    with pytest.raises(StoreError, match="cannot be written"):
        save_classifier(as_classifier(keras.Sequential(layers), ["cat", "dog"]), folder)
    assert not folder.exists()


def test_a_moved_folder_opens(saved, tmp_path):
    shutil.move(saved, tmp_path / "é 😀")
    assert load_classifier(tmp_path / "é 😀").levels == ["cat", "dog"]


def test_what_is_no_classifier_is_refused(folder):
    with pytest.raises(InputError, match="`classifier` must be a classifier"):
        save_classifier("mine", folder)


@pytest.fixture
def with_columns(classifier):
    """Give a classifier whose images have an index, groups and a column of the user's."""
    n = len(classifier.images)
    classifier.images = classifier.images.assign(group=[f"patient {i % 3}" for i in range(n)], note="secret").set_axis(
        pd.Index([f"name {i}" for i in range(n)], name="doctor")
    )
    return classifier


def test_all_of_the_images_comes_back_with_the_index(with_columns, folder):
    save_classifier(with_columns, folder)
    pd.testing.assert_frame_equal(load_classifier(folder).images, with_columns.images)


@pytest.mark.parametrize("kept", ["paths", "none"])
def test_a_classifier_may_be_given_away_without_what_is_the_users(with_columns, folder, kept, tmp_path):
    with_columns.stages[0]["flow"]["save_to_dir"] = str(tmp_path / "shown")
    save_classifier(with_columns, folder, images=kept)
    written = "".join(file.read_text() for file in folder.iterdir() if file.suffix in (".csv", ".json"))
    for word in (str(tmp_path), "patient", "secret", "name 1", "doctor", "note"):
        assert word not in written
    loaded = load_classifier(folder)
    predicted = [
        predict_images(each, with_columns.images, progress=False)[".pred_cat"] for each in (with_columns, loaded)
    ]
    np.testing.assert_allclose(*predicted)
    assert loaded.stages[0]["epochs"] == with_columns.stages[0]["epochs"]
    if kept == "none":
        assert len(loaded.images) == 0
        assert loaded.describe()["images"] is None
    else:
        assert loaded.images["path"].str.match(r"(cat|dog)/\w+\.png").all()
        assert loaded.images["group"].nunique() == 3
        assert loaded.describe()["groups"] == with_columns.describe()["groups"]
        assert loaded.images["hash"].tolist() == with_columns.images["hash"].tolist()
    assert with_columns.images["note"].eq("secret").all()


def test_another_choice_of_what_is_kept_is_refused(classifier, folder):
    with pytest.raises(InputError, match="`images` must be one of 'all', 'paths' or 'none', not 'some'"):
        save_classifier(classifier, folder, images="some")

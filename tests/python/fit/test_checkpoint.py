"""A saved classifier comes back as it was, or not at all."""

from __future__ import annotations

import errno
import json
import os
import shutil
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
from tidycnn.core import store
from tidycnn.core.errors import InputError, StoreError, TidycnnWarning, UnsafeError
from tidycnn.fit import checkpoint

# Written by `save_classifier()` under the versions of the day; the versions in it were altered by hand.
OLDER = Path(__file__).parent / "stored" / "older"


@pytest.fixture
def classifier(make_model, images):
    """Give a classifier that was fitted for one epoch, with the seed 1."""
    return fit_classifier(make_model(), images, epochs=1, batch_size=4, progress=False, seed=1)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "saved"


@pytest.fixture
def saved(make_model, folder):
    """Give a folder with a classifier that was not fitted."""
    save_classifier(as_classifier(make_model(), ["cat", "dog"]), folder)
    return folder


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def change_description(folder, **changes):
    path = folder / "classifier.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


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


def test_levels_of_any_text_come_back(make_model, folder):
    levels = ["", "NA", 'a,"b"\n', "é😀", "caf\udce9"]
    save_classifier(as_classifier(make_model(5), levels), folder)
    assert load_classifier(folder).levels == levels


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

    monkeypatch.setattr(checkpoint.keras.saving, "save_model", fail)
    with pytest.raises(StoreError, match=reason):
        save_classifier(as_classifier(make_model(), ["ant", "bee"]), saved, overwrite=True)
    assert names_in(saved.parent) == ["saved"]
    assert load_classifier(saved).levels == ["cat", "dog"]


def test_a_full_disk_that_hdf5_tells_in_words_is_told(make_model, folder, monkeypatch):
    def fail(model, path):
        raise OSError("Unable to write data (errno = 28, error message = 'No space left on device')")

    monkeypatch.setattr(checkpoint.keras.saving, "save_model", fail)
    with pytest.raises(StoreError, match="the disk is full"):
        save_classifier(as_classifier(make_model(), ["cat", "dog"]), folder)
    assert not folder.exists()


def test_an_interruption_leaves_nothing(make_model, folder, monkeypatch):
    def interrupt(model, path):
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint.keras.saving, "save_model", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save_classifier(as_classifier(make_model(), ["cat", "dog"]), folder)
    assert names_in(folder.parent) == []


def test_a_column_that_cannot_be_written_is_named_and_nothing_is_left(make_model, folder):
    classifier = as_classifier(make_model(), ["cat", "dog"])
    classifier.images = pd.DataFrame({"path": ["a.png"], "boxes": [[1, 2]]})
    with pytest.raises(InputError, match=r"`images\$boxes` cannot be stored"):
        save_classifier(classifier, folder)
    assert not folder.exists()


@pytest.mark.parametrize("name", ["classifier.json", "history.csv", "images.csv", "model.keras"])
def test_a_missing_file_is_named(saved, name):
    (saved / name).unlink()
    with pytest.raises(StoreError, match=f"{name.replace('.', '[.]')}' is missing"):
        load_classifier(saved)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("classifier.json", "is damaged: Expecting property name"),
        ("history.csv", "is damaged: it has other columns than were written"),
        ("images.csv", "is damaged: it has other columns than were written"),
        ("model.keras", "is damaged: it is no whole archive"),
    ],
)
def test_a_damaged_file_is_named(saved, name, message):
    (saved / name).write_text("{")
    with pytest.raises(StoreError) as caught:
        load_classifier(saved)
    assert f"{saved / name}' {message}" in caught.value.message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": None}, "it does not say what it describes"),
        ({"kind": "forest"}, "holds 'forest' in format 1, which this version does not know"),
        ({"format": 2}, "holds 'classifier' in format 2, which this version does not know"),
        ({"levels": ["cat"]}, "`levels` must have at least two labels"),
        ({"levels": ["ant", "bee", "cat"]}, "ends with 2 units, but there are 3 labels"),
        ({"preprocessing": {"target_size": [8, 8], "smell": 1}}, "which this version does not know"),
        ({"tables": {}}, "lacks 'history'"),
    ],
)
def test_a_damaged_description_is_told(saved, changes, message):
    change_description(saved, **changes)
    with pytest.raises(StoreError) as caught:
        load_classifier(saved)
    assert message in caught.value.message


def test_a_lacking_fact_is_named(saved):
    path = saved / "classifier.json"
    path.write_text(json.dumps({k: v for k, v in json.loads(path.read_text()).items() if k != "seed"}))
    with pytest.raises(StoreError, match="it lacks 'seed'"):
        load_classifier(saved)


def test_a_folder_without_classifier_is_told(tmp_path):
    with pytest.raises(StoreError, match=r"holds no classifier: 'classifier\.json' is missing"):
        load_classifier(tmp_path)
    with pytest.raises(InputError, match="`folder` must be a folder, but there is none"):
        load_classifier(tmp_path / "nothing")


def test_a_folder_of_other_versions_opens_with_a_warning(tmp_path):
    with pytest.warns(
        TidycnnWarning, match=r"other versions: tidycnn 0\.0\.1 \(here .*keras 3\.0\.0 \(here .*"
    ) as said:
        classifier = load_classifier(OLDER)
    assert len(said) == 1
    assert classifier.levels == ["cat", "dog"]
    assert classifier.images["path"].tolist() == ["/pictures/cat/é.png", "/pictures/dog/NA.png"]
    half = np.full((1, 4, 4, 3), 0.5, dtype="float32")
    assert np.asarray(classifier.model(half)).ravel().tolist() == pytest.approx([0.2, 0.8], abs=1e-6)


def test_a_model_with_code_is_refused_and_opened_where_that_is_wished(folder):
    shift = keras.layers.Lambda(lambda x: x + 1.0, output_shape=(8, 8, 3), name="shift")
    layers = [keras.Input((8, 8, 3)), shift, keras.layers.Flatten(), keras.layers.Dense(2, activation="softmax")]
    with pytest.warns(TidycnnWarning, match=r"will open with `safe = False` only.*'shift'"):
        save_classifier(as_classifier(keras.Sequential(layers), ["cat", "dog"]), folder)
    with pytest.raises(UnsafeError, match="Lambda \\('shift'\\)"):
        load_classifier(folder)
    assert load_classifier(folder, safe=False).model.get_layer("shift") is not None


def test_a_loss_that_nobody_knows_does_not_keep_the_model_closed(make_model, folder, images):
    def own_loss(truth, prediction):
        return keras.ops.mean(keras.ops.square(truth - prediction), axis=-1)

    model = make_model()
    model.compile("sgd", own_loss)
    classifier = save_classifier(as_classifier(model, ["cat", "dog"]), folder)
    with pytest.warns(TidycnnWarning, match="without its loss, metrics and optimizer"):
        back = load_classifier(folder)
    before, after = (predict_images(it, images)[".pred_cat"].tolist() for it in (classifier, back))
    assert before == after


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


def test_what_lies_in_a_folder_is_opened_by_its_kind(saved, monkeypatch):
    monkeypatch.setitem(store.OPENERS, "other", "tidycnn.core.store:hash_bytes")
    change_description(saved, kind="other")
    with pytest.raises(TypeError, match="safe"):
        load_classifier(saved)


def test_a_moved_folder_opens(saved, tmp_path):
    shutil.move(saved, tmp_path / "é 😀")
    assert load_classifier(tmp_path / "é 😀").levels == ["cat", "dog"]


def test_what_is_no_classifier_is_refused(folder):
    with pytest.raises(InputError, match="`classifier` must be a classifier"):
        save_classifier("mine", folder)

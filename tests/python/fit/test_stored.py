"""What lies in the folder of a classifier is looked at before it is believed."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from tidycnn import as_classifier, load_classifier, predict_images, save_classifier
from tidycnn.core import folders
from tidycnn.core.errors import InputError, StoreError, TidycnnWarning, UnsafeError

# Written by `save_classifier()` under the versions of the day; the versions in it were altered by hand.
OLDER = Path(__file__).parent / "stored" / "older"


def change_description(folder, **changes):
    path = folder / "classifier.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


FILES = ["classifier.json", "history.csv", "images.csv", "model.keras", "whitening.npy"]


@pytest.mark.skipif(sys.platform == "win32", reason="has no such files")
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "socket"])
def test_what_is_no_file_is_refused_and_not_read(saved, name, kind):
    path = saved / name
    path.unlink(missing_ok=True)
    make = {"pipe": os.mkfifo, "device": lambda path: path.symlink_to("/dev/zero"), "folder": Path.mkdir}
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as door:
        make.get(kind, lambda path: door.bind(os.path.relpath(path)))(path)
    with pytest.raises(StoreError, match=f"is damaged: '{name.replace('.', '[.]')}' is no file"):
        load_classifier(saved)


def test_a_file_that_may_not_be_read_is_told(saved, monkeypatch):
    def refuse(self, *arguments, **named):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(StoreError, match=r"classifier\.json' cannot be read: Permission denied"):
        load_classifier(saved)


def test_a_matrix_that_only_claims_to_be_large_takes_no_memory(saved):
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (10000000, 10000000), }"
    (saved / "whitening.npy").write_bytes(b"\x93NUMPY\x01\x00v\x00" + header.ljust(117) + b"\n")
    with pytest.raises(StoreError, match=r"whitening\.npy' is damaged"):
        load_classifier(saved)


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
        ({"versions": 3}, "has no attribute 'items'"),
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


def test_what_lies_in_a_folder_is_opened_by_its_kind(saved, monkeypatch):
    monkeypatch.setitem(folders.OPENERS, "other", "tidycnn.core.store:hash_bytes")
    change_description(saved, kind="other")
    with pytest.raises(TypeError, match="safe"):
        load_classifier(saved)

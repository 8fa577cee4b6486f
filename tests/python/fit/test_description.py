"""Whatever predicts, says what it is and saves itself is a classifier, with a model or without."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tidycnn import (
    as_classifier,
    autoplot,
    confusion_matrix,
    fit_classifier,
    list_layers,
    load_classifier,
    predict_images,
    save_classifier,
    score_predictions,
)
from tidycnn.core import folders
from tidycnn.core.errors import InputError, TidycnnWarning
from tidycnn.core.folders import FolderKind, read_folder, write_folder
from tidycnn.core.frames import NA_REAL
from tidycnn.core.types import is_flow
from tidycnn.fit.classifier import glance_classifier, model_of
from tidycnn.fit.description import spell_classifier
from tidycnn.flow.generator import RESCALED
from tidycnn.flow.making import make_flow
from tidycnn.flow.options import FlowOptions
from tidycnn.wire.objects import describe_object, r_classes

NAMES = FolderKind("names", noun="classifier", format=1)


class NameReader:
    """Knows a dog by the name of its file, without any model."""

    def __init__(self, levels):
        self.levels = levels
        self.gone = []

    def probabilities(self, images, *, batch_size=32, on_error="skip", progress=True):
        frame = images.images if is_flow(images) else images
        says_dog = frame["path"].str.contains("dog").to_numpy()
        values = np.column_stack([~says_dog, says_dog]).astype(float)
        values[self.gone] = NA_REAL
        return values

    def describe(self):
        return {"name": "by name", "parameters": 0}

    def save(self, folder, *, overwrite=False):
        write_folder(folder, NAMES, {"levels": self.levels}, overwrite=overwrite)


def open_reader(folder, *, safe=True):
    return NameReader(read_folder(folder, NAMES).facts["levels"])


@pytest.fixture
def reader(monkeypatch):
    """Give a classifier without a model, whose folder is known."""
    monkeypatch.setitem(folders.OPENERS, "names", f"{__name__}:open_reader")
    return NameReader(["cat", "dog"])


def test_it_predicts_a_frame(reader, images):
    predictions = predict_images(reader, images)
    assert predictions[".pred_class"].tolist() == images["label"].tolist()
    assert predictions[".pred_dog"].tolist() == [0.0] * 8 + [1.0] * 8


def test_it_predicts_a_flow(reader, images):
    flow = make_flow(images, RESCALED, FlowOptions(target_size=(8, 8), seed=1))
    assert predict_images(reader, flow)[".pred_class"].tolist() == images["label"].tolist()


def test_images_that_cannot_be_read_have_missing_predictions(reader, images):
    reader.gone = [1]
    with pytest.warns(TidycnnWarning) as said:
        predictions = predict_images(reader, images.assign(status=["empty", *["ok"] * 15]))
    texts = [str(warning.message) for warning in said]
    assert sum(text.startswith("1 image cannot be read any more") for text in texts) == 1
    assert predictions[".pred_class"].isna().tolist() == [True, False, True] + [False] * 13
    assert predictions["status"].tolist()[:3] == ["empty", "ok", "unreadable"]


def test_its_predictions_are_scored(reader, images):
    predictions = predict_images(reader, images.drop(columns="split"))
    with pytest.warns(TidycnnWarning, match="16 images"):
        scores = score_predictions(predictions, ["accuracy"], seed=1)
    assert scores[".estimate"].tolist() == [1.0]
    assert confusion_matrix(predictions)["n"].tolist() == [8, 0, 0, 8]


def test_probabilities_of_another_shape_are_refused(reader, images):
    reader.probabilities = lambda images, **options: np.zeros((len(images), 3))
    with pytest.raises(InputError, match=r"the shape \(16, 3\) for 16 images and 2 labels"):
        predict_images(reader, images)


def test_it_is_saved_and_loaded_by_its_kind(reader, folder):
    assert save_classifier(reader, folder) is reader
    back = load_classifier(folder)
    assert isinstance(back, NameReader)
    assert back.levels == ["cat", "dog"]


def test_it_is_glanced_at_and_what_is_not_known_is_missing(reader, make_model):
    row = glance_classifier(reader)
    assert list(row.columns) == list(glance_classifier(as_classifier(make_model(), ["cat", "dog"])).columns)
    assert row["parameters"].tolist() == [0]
    assert row.drop(columns="parameters").isna().all(axis=None)


def test_it_is_printed_in_r_and_has_the_class_of_classifiers_there(reader):
    assert r_classes(reader) == ["tidycnn_classifier"]
    assert describe_object(reader) == "<Classifier by name: 2 labels ('cat' and 'dog')>\n  parameters  0"


def test_its_history_is_drawn_where_it_has_one(reader):
    with pytest.raises(InputError, match="this one has no history"):
        autoplot(reader)
    reader.history = pd.DataFrame(
        {"stage": "fit", "epoch": [1, 2], "data": "train", "metric": "loss", "value": [2.0, 1.0]}
    )
    assert autoplot(reader).get_suptitle().startswith("History of the training")


def test_what_needs_a_model_says_so(reader, make_model):
    with pytest.raises(InputError, match="`model` must be a Keras model"):
        list_layers(reader)
    with pytest.raises(InputError, match=r"must have one Keras model.*'NameReader' has none"):
        model_of(reader)
    model = make_model()
    assert model_of(as_classifier(model, ["cat", "dog"])) is model


def test_what_lacks_a_method_is_no_classifier(reader, images):
    class Mute(NameReader):
        describe = None

    with pytest.raises(InputError, match="`classifier` must be a classifier"):
        predict_images(Mute(["cat", "dog"]), images)


def test_a_fitted_classifier_describes_itself_as_plain_data(make_model, images):
    classifier = fit_classifier(make_model(), images, epochs=2, batch_size=4, patience=3, progress=False, seed=1)
    said = classifier.describe()
    assert (said["epochs"], said["images"], said["seed"], said["ended"]) == (
        2,
        int(sum(images["split"] == "train")),
        1,
        [],
    )
    assert repr(classifier) == spell_classifier(classifier)
    assert f"2 epochs, val_loss {said['val_loss']:.3f}, val_accuracy {said['val_accuracy']:.3f}" in repr(classifier)
    assert glance_classifier(classifier)["val_loss"].tolist() == [said["val_loss"]]


def test_images_without_a_split_hinder_no_printing(make_model):
    classifier = as_classifier(make_model(), ["cat", "dog"])
    classifier.images = pd.DataFrame({"path": ["a.png"]})
    assert repr(classifier).startswith("<Classifier ")
    assert classifier.describe()["images"] is None

"""A classifier is fitted further from its model, on what it knows; its parts are checked when they are changed."""

from __future__ import annotations

import keras
import pandas as pd
import pytest

from tidycnn import fit_classifier, image_data_generator, predict_images
from tidycnn.core.errors import InputError, TidycnnWarning
from tidycnn.core.frames import TRAINED


def fit(model, images, **options):
    return fit_classifier(model, images, **{"epochs": 1, "progress": False, "seed": 1, **options})


def test_a_fit_goes_on_from_the_model_of_a_classifier(images, make_model):
    classifier = fit(make_model(), images)
    assert fit(classifier, images).history.equals(fit(classifier.model, images).history)


def test_a_classifier_knows_the_images_of_its_fits_before(images, make_model):
    first, second = images[images.index % 2 == 0], images[images.index % 2 == 1]
    classifier = fit(fit(make_model(), first), second)
    held = {row for part in (first, second) for row in part.index[part["split"] != "train"]}
    found = predict_images(classifier, images, progress=False)
    assert set(found.index[~found[TRAINED]]) == held
    other = images.assign(split=images["split"].map({"train": "validation", "validation": "train"}))
    with pytest.warns(TidycnnWarning, match="trained on 10 of 10 validation images before"):
        fit(fit(make_model(), images), other)


def test_images_with_other_labels_or_another_preparation_are_refused(images, make_model):
    classifier = fit(make_model(), images)
    swapped = images.assign(label=pd.Categorical(images["label"], ["dog", "cat"]))
    with pytest.raises(
        InputError, match="`images` has the labels 'dog' and 'cat', but the classifier was fitted on 'cat'"
    ):
        fit(classifier, swapped)
    with pytest.raises(InputError, match="`images` would be prepared in another way than those of the classifier"):
        fit(classifier, images, generator=image_data_generator())


@pytest.mark.parametrize("levels", [3, ["cat"], ["cat", "cat"], ["cat", "dog", "bird"]])
def test_levels_that_a_model_does_not_have_are_refused(images, make_model, levels):
    classifier = fit(make_model(), images)
    with pytest.raises(InputError):
        classifier.levels = levels
    classifier.levels = ["chat", "chien"]
    found = predict_images(classifier, images.drop(columns="label"), progress=False)
    assert found[".pred_class"].cat.categories.tolist() == ["chat", "chien"]


def test_a_callback_stops_a_fit_by_the_model_that_was_given(images, make_model):
    model = make_model()
    stopping = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: setattr(model, "stop_training", epoch == 1)
    )
    assert fit(model, images, epochs=5, callbacks=stopping).history["epoch"].max() == 2
    assert not model.stop_training


def test_the_levels_of_a_classifier_keep_their_order(images, make_model):
    classifier = fit(make_model(), images)
    with pytest.raises(InputError, match="`levels` are in the order"):
        classifier.levels = classifier.levels[::-1]

"""How images are scaled where nothing is said: by 255, unless the model does it itself."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from tidycnn import (
    as_classifier,
    fine_tune,
    flow_images,
    image_data_generator,
    load_classifier,
    predict_images,
    pretrained,
    save_classifier,
    tune_stage,
)
from tidycnn.fit._preparation import generator_for


@pytest.fixture
def scaling():
    """Give a network that scales grey levels itself."""
    layers = [keras.Input((8, 8, 3)), keras.layers.Rescaling(1 / 255, name="scale"), keras.layers.Flatten()]
    return keras.Sequential([*layers, keras.layers.Dense(2, activation="softmax")])


def test_a_model_without_scaling_gets_pixels_from_0_to_1(make_model, heard):
    assert generator_for(make_model(), None) == image_data_generator(rescale=1 / 255)
    assert heard.remarks == []


def test_a_model_that_scales_gets_grey_levels_which_is_told(scaling, heard):
    assert generator_for(scaling, None) == image_data_generator()
    assert heard.remarks == ["Images are given as grey levels: the model scales them itself, by its layer 'scale'."]
    assert as_classifier(scaling, ["cat", "dog"]).preprocessing.rescale is None


def test_a_generator_that_is_given_stays(scaling, heard):
    given = image_data_generator(rescale=1 / 255)
    assert generator_for(scaling, given) is given
    assert as_classifier(scaling, ["cat", "dog"], given).preprocessing.rescale == 1 / 255
    assert heard.remarks == []


def test_a_flow_has_its_own(scaling, images, heard):
    flow = flow_images(images, image_data_generator(), target_size=(8, 8))
    assert generator_for(scaling, None, flow) == image_data_generator(rescale=1 / 255)
    assert heard.remarks == []


@pytest.mark.slow
def test_a_base_that_brings_its_scaling_is_tuned_on_grey_levels_and_kept_so(images, tmp_path, heard):
    base = pretrained("vgg16", None, input_shape=(32, 32, 3), seed=1)
    given = {"stages": tune_stage(epochs=1, learning_rate=0.1), "progress": False, "seed": 1}
    classifier = fine_tune(base, images, **given)
    assert (
        heard.remarks.count("Images are given as grey levels: the model scales them itself, by its layer 'scaling'.")
        == 1
    )
    assert classifier.preprocessing.rescale is None
    before = predict_images(classifier, images, progress=False)
    pictures = [keras.utils.img_to_array(keras.utils.load_img(path, target_size=(32, 32))) for path in images["path"]]
    assert np.ptp(pictures) > 200
    save_classifier(classifier, tmp_path / "kept")
    after = predict_images(load_classifier(tmp_path / "kept"), images, progress=False)
    assert before[".pred_cat"].tolist() == after[".pred_cat"].tolist()
    assert before[".pred_cat"].nunique() > 2

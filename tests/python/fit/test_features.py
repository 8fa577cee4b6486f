"""Features: a row of numbers for each image, in the order of the images, computed once."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from tidycnn import as_classifier, cnn, extract_features, fit_control, image_data_generator, image_table
from tidycnn.core.errors import ImageFileError, InputError, TidycnnWarning
from tidycnn.core.frames import is_missing_real
from tidycnn.train import outputs as module


@pytest.fixture(scope="module")
def model():
    return cnn((8, 8, 3), 2, filters=3, units=5, seed=1)


def extract(base, images, **options):
    return extract_features(base, images, **{"progress": False, **options})


def numbers(features):
    return features.filter(like=".x").to_numpy()


def pictures(images):
    return np.stack([keras.utils.img_to_array(keras.utils.load_img(path)) for path in images["path"]]) / 255


def test_rows_are_those_of_the_images_with_what_the_layer_gives(model, images):
    shuffled = images.sample(frac=1, random_state=1)
    features = extract(model, shuffled, layer="dense_1")
    assert features.columns[-5:].tolist() == [f".x000{i}" for i in range(1, 6)]
    pd.testing.assert_frame_equal(features[shuffled.columns], shuffled)
    part = keras.Model(model.inputs, model.get_layer("dense_1").output)
    np.testing.assert_allclose(numbers(features), part.predict(pictures(shuffled), verbose=0), atol=1e-5)


@pytest.mark.parametrize(("pooling", "of"), [("avg", np.mean), ("max", np.max)])
def test_maps_are_pooled(model, images, pooling, of):
    maps = keras.Model(model.inputs, model.get_layer("pool_1").output).predict(pictures(images), verbose=0)
    found = numbers(extract(model, images, layer="pool_1", pooling=pooling))
    np.testing.assert_allclose(found, of(maps, axis=(1, 2)), atol=1e-5)


def test_without_pooling_all_numbers_are_given(model, images):
    assert numbers(extract(model, images, layer="pool_1", pooling="none")).shape == (16, 3 * 3 * 3)


def test_the_layer_of_an_inner_model_is_found(model, images):
    outer = keras.Sequential([keras.layers.Input((8, 8, 3)), model])
    inner = extract(outer, images, layer=f"{model.name}/dense_1")
    np.testing.assert_array_equal(numbers(inner), numbers(extract(model, images, layer="dense_1")))


def test_what_was_computed_is_read_the_next_time(model, images, monkeypatch):
    first = extract(model, images)
    monkeypatch.setattr(module, "_rendered", lambda *_: pytest.fail("computed again"))
    pd.testing.assert_frame_equal(extract(model, images), first)


def test_other_weights_preparation_or_precision_are_computed_anew(model, images):
    first = numbers(extract(model, images, layer="dense_1"))
    other = cnn((8, 8, 3), 2, filters=3, units=5, seed=2)
    assert not np.allclose(numbers(extract(other, images, layer="dense_1")), first)
    assert not np.allclose(numbers(extract(model, images, layer="dense_1", generator=image_data_generator())), first)
    rough = numbers(extract(model, images, layer="dense_1", control=fit_control(precision="bfloat16")))
    assert not np.array_equal(rough, first)
    np.testing.assert_allclose(rough, first, atol=0.05)


def test_images_that_cannot_be_read_have_missing_features_in_their_place(model, picture_folder):
    (picture_folder / "cat" / "cat_001.png").write_text("no picture")
    with pytest.warns(TidycnnWarning, match="1 of 10 files"):
        images = image_table(picture_folder, progress=False)
    with pytest.warns(TidycnnWarning, match="1 of 10 images without features"):
        features = extract(model, images, target_size=(8, 8))
    missing = is_missing_real(numbers(features))
    assert missing.any(axis=1).tolist() == missing.all(axis=1).tolist() == (images["status"] != "ok").tolist()


def test_a_file_that_is_gone_is_missing_or_an_error(model, images):
    Path(images["path"][3]).unlink()
    with pytest.raises(ImageFileError, match="no such file"):
        extract(model, images, on_error="stop")
    with pytest.warns(TidycnnWarning):
        features = extract(model, images)
    assert np.flatnonzero(is_missing_real(numbers(features)).all(axis=1)).tolist() == [3]


def test_a_classifier_prepares_its_own_images(model, images):
    classifier = as_classifier(model, ["cat", "dog"], image_data_generator())
    given = extract(model, images, generator=image_data_generator())
    np.testing.assert_array_equal(numbers(extract(classifier, images)), numbers(given))
    with pytest.raises(InputError, match="have no say where `base` is a classifier"):
        extract(classifier, images, target_size=(8, 8))


def test_a_layer_that_is_not_there_is_refused(model, images):
    with pytest.raises(InputError, match="`layer` names the layer 'nonsense'"):
        extract(model, images, layer="nonsense")


def test_where_the_disk_has_no_room_features_stay_in_memory(model, images, monkeypatch):
    first = extract(model, images)
    monkeypatch.setattr(module, "SlotFile", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.warns(TidycnnWarning, match="cannot be written .*: it stays in memory"):
        pd.testing.assert_frame_equal(extract(model, images), first)
    monkeypatch.setattr(module, "available_memory", lambda: 100)
    with pytest.raises(OSError, match="No space left"):
        extract(model, images)

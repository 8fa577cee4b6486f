"""`exif` says whether pictures are turned, in flows, fits and predictions alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import tidycnn
from tidycnn.core.errors import InputError


@pytest.fixture
def photographs(tmp_path: Path) -> pd.DataFrame:
    """Give 8 photographs, all stored lying: dark on the left as stored, dark above as seen."""
    exif = Image.Exif()
    exif[0x0112] = 6
    for i in range(8):
        pixels = np.full((32, 48, 3), 10 * i, np.uint8)
        pixels[:, 24:] = 250
        path = tmp_path / ["cat", "dog"][i % 2] / f"{i}.jpg"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(pixels).save(path, exif=exif, quality=100)
    return tidycnn.image_table(tmp_path, progress=False)


def is_lying(pictures: Any) -> bool:
    """Whether the left half is darker than the right one."""
    return bool(pictures[:, :, : pictures.shape[2] // 2].mean() + 0.2 < pictures[:, :, pictures.shape[2] // 2 :].mean())


OPTIONS: dict[str, Any] = {"target_size": (24, 24), "shuffle": False, "class_mode": "none"}


@pytest.mark.parametrize("cache", [False, "memory", "disk"])
@pytest.mark.parametrize("rotation_range", [0, 1])
def test_flows_turn_pictures_or_leave_them(photographs: pd.DataFrame, cache: Any, rotation_range: int) -> None:
    generator = tidycnn.image_data_generator(rescale=1 / 255, rotation_range=rotation_range)
    for exif in (True, False, True):  # What is kept of one is not taken for the other.
        flow = tidycnn.flow_images(photographs, generator, exif=exif, cache=cache, **OPTIONS)
        assert [is_lying(flow[0]), is_lying(flow[0])] == [not exif] * 2


def test_stored_pictures_of_odd_shapes_are_cut_and_kept_as_they_are(photographs: pd.DataFrame) -> None:
    options = {**OPTIONS, "target_size": (32, 48), "keep_aspect_ratio": True, "exif": False}
    plain = tidycnn.flow_images(photographs, **options)[0]
    for cache in ("memory", "disk"):
        flow = tidycnn.flow_images(photographs, cache=cache, **options)
        np.testing.assert_array_equal(flow[0], plain)
        np.testing.assert_array_equal(flow[0], plain)
    assert plain[0, :, :20].max() < 0.1
    assert plain[0, :, 28:].min() > 0.9


@pytest.mark.parametrize("door", ["directory", "dataframe"])
def test_the_doors_of_keras_have_it_too(photographs: pd.DataFrame, tmp_path: Path, door: str) -> None:
    generator = tidycnn.image_data_generator(rescale=1 / 255)
    asked = {**OPTIONS, "exif": False}
    if door == "directory":
        flow = tidycnn.flow_images_from_directory(tmp_path, generator, **asked)
    else:
        flow = tidycnn.flow_images_from_dataframe(photographs, x_col="path", y_col=None, generator=generator, **asked)
    assert is_lying(flow[0])
    assert flow.options.exif is False


def test_a_classifier_prepares_pictures_as_its_fit_did(photographs: pd.DataFrame, tmp_path: Path) -> None:
    model = tidycnn.cnn((24, 24, 3), 2, filters=2, units=None, seed=1)
    fits = {
        exif: tidycnn.fit_classifier(model, photographs, exif=exif, epochs=1, progress=False, seed=1)
        for exif in (True, False)
    }
    for exif, classifier in fits.items():
        assert classifier.preprocessing.exif is exif
        assert classifier.stages[0]["flow"]["exif"] is exif
        tidycnn.save_classifier(classifier, tmp_path / f"saved-{exif}")
        loaded = tidycnn.load_classifier(tmp_path / f"saved-{exif}")
        flow = tidycnn.flow_images(photographs, target_size=(24, 24), exif=exif)
        expected = tidycnn.predict_images(classifier, photographs, progress=False)[".pred_cat"]
        for images in (photographs, flow):
            found = tidycnn.predict_images(loaded, images, progress=False)[".pred_cat"]
            np.testing.assert_allclose(found, expected, rtol=1e-5)
    with pytest.raises(InputError, match=r"`images` prepares images in another way than the classifier: .*exif"):
        tidycnn.predict_images(fits[False], tidycnn.flow_images(photographs, target_size=(24, 24)), progress=False)


def test_a_model_of_keras_is_told_how_its_pictures_were_stored(photographs: pd.DataFrame) -> None:
    model = tidycnn.cnn((24, 24, 3), 2, filters=2, units=None, seed=1)
    assert tidycnn.as_classifier(model, ["cat", "dog"], exif=False).preprocessing.exif is False
    flow = tidycnn.flow_images(photographs, target_size=(24, 24), exif=False)
    assert tidycnn.as_classifier(model, ["cat", "dog"], flow).preprocessing.exif is False
    seen = tidycnn.flow_images(photographs, target_size=(24, 24))
    with pytest.raises(InputError, match="`exif` is False, but the flow has True"):
        tidycnn.as_classifier(model, ["cat", "dog"], seen, exif=False)
    with pytest.raises(InputError, match="`exif` is False, but the flow has True"):
        tidycnn.fit_classifier(model, seen, exif=False, progress=False)

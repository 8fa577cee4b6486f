"""Predicting in the order of the images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tidycnn import flow_images_from_directory, image_data_generator
from tidycnn.core.engine import keras
from tidycnn.core.errors import ImageFileError, TidycnnWarning
from tidycnn.keras_floor.prediction import augment_model, predict_model


def network() -> Any:
    return keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(2, activation="softmax")]
    )


def flow_of(folder: Path, **options: Any) -> Any:
    known: dict[str, Any] = {"target_size": (8, 8), "batch_size": 4, "seed": 1, **options}
    return flow_images_from_directory(folder, generator=image_data_generator(rescale=1 / 255), **known)


def test_predictions_are_in_the_order_of_the_file_names_shuffled_or_not(picture_folder: Path) -> None:
    model = network()
    plain, shuffled = (
        predict_model(model, flow_of(picture_folder, shuffle=on), progress=False) for on in (False, True)
    )
    np.testing.assert_allclose(plain, shuffled, rtol=1e-6)
    flow = flow_of(picture_folder, shuffle=True)
    predictions = augment_model(model, flow)
    assert [Path(path).name for path in predictions["path"]] == [Path(name).name for name in flow.filenames]
    np.testing.assert_allclose(predictions[[".pred_cat", ".pred_dog"]], plain, rtol=1e-5)


@pytest.mark.parametrize(("steps", "rows"), [(None, 10), (2.5, 10), (2.0, 8), (9.0, 10)])
def test_steps_of_a_prediction_are_batches_of_one_pass(picture_folder: Path, steps: Any, rows: int) -> None:
    assert len(predict_model(network(), flow_of(picture_folder), steps=steps, progress=False)) == rows


@pytest.mark.parametrize("steps", [None, 2.0])
def test_a_file_that_breaks_has_a_missing_row_where_the_flow_skips_such_files(picture_folder: Path, steps: Any) -> None:
    flow, model = flow_of(picture_folder, on_error="skip"), network()
    whole = predict_model(model, flow, steps=steps, progress=False)
    Path(flow.filepaths[2]).unlink()
    with pytest.warns(TidycnnWarning, match=f"1 image cannot be read any more: '{flow.filenames[2]}'"):
        found = predict_model(model, flow, steps=steps, progress=False)
    assert np.isnan(found).all(axis=1).tolist() == [row == 2 for row in range(len(whole))]
    np.testing.assert_allclose(np.delete(found, 2, axis=0), np.delete(whole, 2, axis=0), rtol=1e-6)


def test_a_file_that_breaks_is_an_error_with_its_name_where_the_flow_stops_there(picture_folder: Path) -> None:
    flow = flow_of(picture_folder)
    Path(flow.filepaths[2]).unlink()
    with pytest.raises(ImageFileError, match=Path(flow.filepaths[2]).name):
        predict_model(network(), flow, progress=False)


def test_augment_gives_the_row_of_a_file_that_breaks_without_a_prediction(picture_folder: Path) -> None:
    flow = flow_of(picture_folder)
    Path(flow.filepaths[2]).unlink()
    with pytest.warns(TidycnnWarning, match="1 image cannot be read any more"):
        predictions = augment_model(network(), flow)
    assert predictions[".pred_class"].isna().tolist() == [row == 2 for row in range(10)]
    assert predictions["status"][2] == "unreadable"

"""Learning statistics and using them, where Keras has nothing to compare with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tidycnn import (
    as_classifier,
    cnn,
    fit_image_data_generator,
    flow_images,
    flow_images_from_data,
    flow_images_from_dataframe,
    image_data_generator,
    image_table,
    load_classifier,
    predict_images,
    save_classifier,
    show_augmentations,
)
from tidycnn.core.errors import InputError, StoreError
from tidycnn.flow.preview import batch_pictures

PICTURES = np.random.default_rng(1).integers(0, 256, (12, 8, 8, 3)).astype(np.uint8)


def test_statistics_are_learned_from_a_flow_whatever_it_does_to_its_pictures(picture_folder: Path) -> None:
    images = image_table(picture_folder, progress=False)
    plain, other = (image_data_generator(featurewise_center=True, rescale=1 / 255) for _ in range(2))
    augmenting = image_data_generator(rotation_range=90, samplewise_center=True)
    fit_image_data_generator(plain, flow_images(images, image_data_generator(), target_size=(8, 8)))
    fit_image_data_generator(other, flow_images(images, augmenting, target_size=(8, 8)))
    np.testing.assert_array_equal(plain.statistics.mean, other.statistics.mean)


def test_augmented_statistics_take_cval_for_a_grey_level() -> None:
    options: dict[str, Any] = {
        "featurewise_center": True,
        "fill_mode": "constant",
        "cval": 200,
        "width_shift_range": 0.9,
    }
    means = [
        fit_image_data_generator(
            image_data_generator(rescale=r, **options), PICTURES, augment=True, seed=1
        ).statistics.mean
        for r in (None, 1 / 255)
    ]
    np.testing.assert_allclose(means[0] / 255, means[1], rtol=1e-5)


def test_a_generator_with_nothing_to_learn_stays_as_it_is() -> None:
    generator = image_data_generator(rescale=1 / 255)
    before = generator.preprocessing((8, 8))
    assert fit_image_data_generator(generator, PICTURES).preprocessing((8, 8)).differences(before) == []


@pytest.mark.parametrize("target_size", [(8, 9), (16, 16)])
def test_whitening_of_another_size_is_refused_before_any_batch(target_size: tuple[int, int]) -> None:
    generator = fit_image_data_generator(image_data_generator(zca_whitening=True), PICTURES)
    with pytest.raises(InputError, match="pictures of another size or other colours"):
        generator.preprocessing(target_size)


def test_a_classifier_with_whitening_predicts_the_same_when_it_is_opened(picture_folder: Path, tmp_path: Path) -> None:
    images = image_table(picture_folder, progress=False)
    generator = fit_image_data_generator(image_data_generator(zca_whitening=True), PICTURES)
    model = cnn((8, 8, 3), 2, filters=2, units=None, seed=1)
    classifier = as_classifier(model, ["cat", "dog"], generator=generator)
    save_classifier(classifier, tmp_path / "classifier")
    columns = [".pred_cat", ".pred_dog"]
    np.testing.assert_array_equal(
        predict_images(load_classifier(tmp_path / "classifier"), images)[columns],
        predict_images(classifier, images)[columns],
    )
    (tmp_path / "classifier" / "whitening.npy").write_bytes(b"")
    with pytest.raises(StoreError, match="damaged"):
        load_classifier(tmp_path / "classifier")


def test_what_is_drawn_of_a_batch_has_its_own_labels_where_a_file_is_gone(picture_folder: Path) -> None:
    images = image_table(picture_folder, progress=False)
    flow = flow_images(images, target_size=(8, 8), shuffle=False, on_error="skip", batch_size=4)
    (picture_folder / "cat" / "cat_005.png").unlink()
    with pytest.warns(match=r"cat_005\.png"):
        drawn = batch_pictures(flow, 8)
    assert len(drawn["pictures"]) == len(drawn["frame"]) == 7
    assert drawn["frame"]["title"].tolist() == ["cat"] * 5 + ["dog"] * 2


def test_a_batch_whose_only_file_is_gone_is_passed_over(picture_folder: Path) -> None:
    images = image_table(picture_folder, progress=False)
    flow = flow_images(images, target_size=(8, 8), shuffle=False, on_error="skip", batch_size=9, class_mode="sparse")
    Path(images["path"].iloc[9]).unlink()
    with pytest.warns(match="It is left out"):
        x, y = flow[1]
    assert (len(x), y.tolist()) == (9, [0] * 6 + [1] * 3)


def test_augmentations_of_an_exact_generator_are_drawn_at_any_size() -> None:
    generator = image_data_generator(exact=True, rotation_range=20)
    assert len(show_augmentations(generator, PICTURES[0], n=2, target_size=(5, 11)).axes) == 3


def test_labels_of_files_that_are_not_looked_at_may_be_text(picture_folder: Path) -> None:
    frame = image_table(picture_folder, progress=False)[["path", "label"]].astype(str).assign(value=1.5)
    flow = flow_images_from_dataframe(
        frame, x_col="path", y_col="value", class_mode="raw", target_size=(8, 8), validate_filenames=False
    )
    assert flow[0][1].tolist() == [1.5] * 10


@pytest.mark.parametrize("weights", [[float("nan")] * 12, [-1] * 12, ["a"] * 12, [[1, 2]] * 12])
def test_weights_that_are_no_weights_are_refused(weights: Any) -> None:
    with pytest.raises(InputError, match="`sample_weight` must be"):
        flow_images_from_data(PICTURES, np.zeros(12), sample_weight=weights)


def test_an_exact_subset_without_images_is_an_error() -> None:
    generator = image_data_generator(exact=True, validation_split=0.01)
    with pytest.raises(InputError, match="`subset` 'validation' has no images"):
        flow_images_from_data(PICTURES, np.zeros(12), generator=generator, subset="validation")


def test_mean_and_deviation_do_not_depend_on_how_pictures_are_divided() -> None:
    x = (1_000 + np.random.default_rng(4).normal(size=(600, 5, 4, 3))).astype(np.float32)
    generator = image_data_generator(featurewise_center=True, featurewise_std_normalization=True)
    learned = fit_image_data_generator(generator, x)
    np.testing.assert_allclose(learned.statistics.mean, x.mean(axis=(0, 1, 2), dtype=np.float64), rtol=1e-6)
    np.testing.assert_allclose(learned.statistics.deviation, x.std(axis=(0, 1, 2), dtype=np.float64), rtol=1e-5)


def test_targets_of_unequal_sizes_are_named(picture_folder: Path) -> None:
    images = image_table(picture_folder)
    targets = images.assign(one=1.0, two=[[1.0, 2.0]] * len(images))
    with pytest.raises(InputError, match="equally many numbers for each image, but 'one' has 1, 'two' has 2"):
        flow_images_from_dataframe(targets, x_col="path", y_col=["one", "two"], class_mode="raw")


def test_a_number_and_a_list_of_one_are_alike(picture_folder: Path) -> None:
    images = image_table(picture_folder)
    targets = images.assign(one=1.0, two=[[2.0]] * len(images))
    flow = flow_images_from_dataframe(targets, x_col="path", y_col=["one", "two"], class_mode="raw", shuffle=False)
    assert flow[0][1][0].tolist() == [1, 2]


@pytest.mark.parametrize("y", [[1.0, 2.0, np.nan] * 4, [[0.0, 1.0], [np.nan, 1.0], [1.0, 0.0]] * 4])
def test_numbers_to_be_learned_must_not_be_missing(y: list[Any]) -> None:
    with pytest.raises(InputError, match="`y` must have no missing values, but has 4"):
        flow_images_from_data(PICTURES, y)

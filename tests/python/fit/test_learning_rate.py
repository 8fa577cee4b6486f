"""A learning rate is found without changing the model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tidycnn import autoplot, find_learning_rate, flow_images, image_data_generator, image_table, split_images
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, TidycnnWarning
from tidycnn.core.frames import columns_of, frame_kind


@pytest.fixture(scope="module")
def images(tmp_path_factory) -> pd.DataFrame:
    """Give pictures that are told apart at once: one label is darker than the other."""
    folder, random = tmp_path_factory.mktemp("pictures"), np.random.default_rng(1)
    for label, brightest in (("dark", 60), ("light", 250)):
        (folder / label).mkdir()
        for i in range(40):
            pixels = random.integers(brightest - 20, brightest, (8, 8, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / label / f"{i}.png")
    return image_table(folder, progress=False)


@pytest.fixture(scope="module")
def model() -> Any:
    keras.utils.set_random_seed(1)
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Flatten(),
            layers.Dropout(0.1),
            layers.BatchNormalization(),
            layers.Dense(2, activation="softmax"),
        ]
    )


def find(model: Any, images: Any, **options: Any) -> pd.DataFrame:
    known: dict[str, Any] = {"steps": 60, "batch_size": 16, "progress": False, "seed": 1}
    return find_learning_rate(model, images, **{**known, **options})


@pytest.fixture(scope="module")
def rates(model, images) -> pd.DataFrame:
    return find(model, images)


def test_one_rate_is_suggested_before_the_loss_diverges(rates):
    assert list(rates.columns) == columns_of("rates")
    assert frame_kind(rates) == "rates"
    assert rates["learning_rate"].iloc[0] == 1e-7
    assert rates["suggested"].sum() == 1
    suggested = rates.loc[rates["suggested"], "learning_rate"].item()
    assert suggested < rates.loc[rates["smoothed"].idxmin(), "learning_rate"] < 10


def test_one_seed_finds_the_same_rates_and_the_model_stays(model, images, rates):
    before = [weights.copy() for weights in model.get_weights()]
    pd.testing.assert_frame_equal(find(model, images), rates)
    assert not model.compiled
    for here, there in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(here, there)


def test_of_images_with_splits_only_those_that_train_are_used(model, images):
    split = split_images(images, {"train": 0.5, "validation": 0.25, "test": 0.25}, seed=1)
    expected = find(model, split[split["split"] == "train"].drop(columns="split"))
    pd.testing.assert_frame_equal(find(model, split), expected)


def test_flows_optimizers_weights_and_functions_are_taken(model, images):
    def same(picture: Any) -> Any:
        return picture

    same.needs_main_thread = True  # type: ignore[attr-defined]
    flow = flow_images(images, target_size=(8, 8), batch_size=16, seed=1)
    scheduled = keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 10))
    found = find(model, flow, optimizer=scheduled, class_weight="balanced", lowest=1e-4, highest=1.0)
    assert found["learning_rate"].tolist() == pytest.approx(np.geomspace(1e-4, 1, 60)[: len(found)].tolist())
    generator = image_data_generator(rescale=1 / 255, preprocessing_function=same)
    assert len(find(model, images, generator=generator)) > 3


def test_rates_at_which_nothing_is_learned_suggest_nothing(model, images):
    with pytest.warns(TidycnnWarning, match="The loss falls at no rate from 1e-30 to 1e-29"):
        found = find(model, images, lowest=1e-30, highest=1e-29, steps=20, optimizer="sgd")
    assert not found["suggested"].any()


def test_arguments_that_do_not_fit_are_named(model, images):
    with pytest.raises(InputError, match="`highest` must be a number above `lowest`"):
        find(model, images, lowest=1.0, highest=0.1)
    with pytest.raises(InputError, match="`steps` must be a whole number of at least 20"):
        find(model, images, steps=19)


def test_the_figure_marks_the_suggested_rate(rates):
    figure = autoplot(rates)
    axes = figure.axes[0]
    assert axes.get_xscale() == "log"
    assert "the loss falls fastest at" in " ".join(figure.get_suptitle().split())
    read = autoplot(rates.assign(suggested=rates["suggested"].astype(str)))
    assert read.get_suptitle() == figure.get_suptitle()
    with pytest.raises(InputError, match="above 0"):
        autoplot(rates.assign(learning_rate=0.0))

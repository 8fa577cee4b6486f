"""Pictures with their masks or second pictures: one order, one augmentation, one division."""

from __future__ import annotations

import pickle
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from PIL import Image

from tidycnn import (
    as_tf_dataset,
    flow_images_from_data,
    flow_images_from_dataframe,
    flow_images_from_directory,
    image_data_generator,
    pair_flows,
)
from tidycnn.core.errors import InputError, TidycnnWarning
from tidycnn.keras_floor.prediction import predict_model

MOVES: dict[str, Any] = {"rotation_range": 40, "zoom_range": 0.3, "width_shift_range": 0.2, "horizontal_flip": True}
N = 10


def noise(channels: int = 3) -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (N, 12, 9, channels), dtype=np.uint8)


def flow_of(x: Any, y: Any = None, generator: Any = None, **options: Any) -> Any:
    return flow_images_from_data(
        x, y, generator=generator or image_data_generator(**MOVES), **({"batch_size": 4, "seed": 1} | options)
    )


def test_what_moves_a_picture_moves_its_mask() -> None:
    x = noise()
    pairs = pair_flows(flow_of(x), flow_of(x[:, :, :, :1], seed=9, batch_size=7, shuffle=False))
    for _ in range(7):
        pictures, masks = next(pairs)
        np.testing.assert_array_equal(pictures[:, :, :, :1], masks)


def test_a_mask_of_classes_stays_one() -> None:
    masks = (np.arange(N * 12 * 9).reshape(N, 12, 9, 1) % 3 * 100).astype(np.uint8)
    nearest = image_data_generator(interpolation_order=0, **MOVES)
    pairs = pair_flows(flow_of(noise()), flow_of(masks, generator=nearest))
    assert set(np.unique(np.concatenate([pairs[i][1] for i in range(3)]))) == {0, 100, 200}


def test_zipped_flows_of_one_seed_are_moved_alike() -> None:
    x = noise()
    for pictures, masks in islice(zip(flow_of(x), flow_of(x[:, :, :, :1]), strict=True), 5):
        np.testing.assert_array_equal(pictures[:, :, :, :1], masks)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Give pictures and their masks, which are their first channel, in parallel folders."""
    for label in ("cat", "dog"):
        for i in range(8):
            pixels = np.random.default_rng(i).integers(0, 256, (12, 9, 3), dtype=np.uint8)
            for kind, name, image in (("photos", f"img_{i}", pixels), ("masks", f"img_{i}_mask", pixels[:, :, 0])):
                (tmp_path / kind / label).mkdir(parents=True, exist_ok=True)
                Image.fromarray(image).save(tmp_path / kind / label / f"{name}.png")
    return tmp_path / "photos", tmp_path / "masks"


@pytest.mark.parametrize("subset", ["training", "validation"])
def test_parallel_folders_go_together(folders: tuple[Path, Path], subset: Any) -> None:
    generator = image_data_generator(exact=True, validation_split=0.25, **MOVES)
    flows = [
        flow_images_from_directory(
            folder, generator, class_mode=None, color_mode=mode, target_size=(12, 9), subset=subset, batch_size=4
        )
        for folder, mode in zip(folders, ("rgb", "grayscale"), strict=True)
    ]
    pairs = pair_flows(*flows)
    for _ in range(2 * len(pairs)):
        pictures, masks = next(pairs)
        np.testing.assert_array_equal(pictures[:, :, :, :1], masks)


def test_second_pictures_are_inputs_beside_the_targets_of_the_first() -> None:
    x = noise()
    pairs = pair_flows(flow_of(x, np.arange(N)), flow_of(x[:, :, :, :1]), role="input")
    (first, second), y = pairs[1]
    np.testing.assert_array_equal(first[:, :, :, :1], second)
    assert y.tolist() == pairs.batch_rows(0, 1).tolist()


def test_a_pair_may_have_a_target_too() -> None:
    x = noise()
    pairs = pair_flows(pair_flows(flow_of(x), flow_of(x[:, :, :, :1]), role="input"), flow_of(x[:, :, :, 1:2]))
    (first, second), mask = pairs[0]
    np.testing.assert_array_equal(first[:, :, :, :2], np.concatenate([second, mask], axis=3))


def test_a_picture_without_its_mask_is_left_out(folders: tuple[Path, Path]) -> None:
    names = [f"img_{i}" for i in range(8)]
    flows = [
        flow_images_from_dataframe(
            pd.DataFrame({"filename": [f"{name}{end}" for name in names]}),
            folder / "cat",
            class_mode=None,
            target_size=(12, 9),
            on_error="skip",
            seed=1,
        )
        for folder, end in zip(folders, (".png", "_mask.png"), strict=True)
    ]
    pairs = pair_flows(*flows)
    (folders[0] / "cat" / "img_2.png").unlink()
    (folders[1] / "cat" / "img_5_mask.png").unlink()
    with pytest.warns(TidycnnWarning, match="left out"):
        pictures, masks = pairs[0]
    assert len(pictures) == len(masks) == 6
    np.testing.assert_array_equal(pictures[:, :, :, :1], masks[:, :, :, :1])


def test_a_pair_is_a_flow_as_others(tmp_path: Path) -> None:
    x = noise()
    pairs = pair_flows(flow_of(x), flow_of(x[:, :, :, :1], save_to_dir=tmp_path, save_prefix="mask"))
    [(pictures, masks), *_] = as_tf_dataset(pairs)
    np.testing.assert_array_equal(pictures.numpy()[:, :, :, :1], masks.numpy())
    other = pickle.loads(pickle.dumps(pairs))
    np.testing.assert_array_equal(other.batch(1, 0)[1], pairs.batch(1, 0)[1])
    assert "with 12 x 9 x 1 as target" in repr(pairs)
    assert len(list(tmp_path.glob("mask_*_0.png"))) == N


@pytest.mark.slow
def test_keras_learns_masks_and_takes_two_pictures() -> None:
    import keras

    x = noise()
    masks = pair_flows(flow_of(x), flow_of(x[:, :, :, :1]))
    model = keras.Sequential([keras.layers.Input((12, 9, 3)), keras.layers.Conv2D(1, 1)])
    model.compile("sgd", "mae")
    model.fit(masks, epochs=2, verbose=0)
    zipped = zip(flow_of(x), flow_of(x[:, :, :, :1]), strict=True)
    model.fit((pair for pair in zipped), steps_per_epoch=4, epochs=2, verbose=0)
    assert predict_model(model, masks).shape == (N, 12, 9, 1)
    both = pair_flows(flow_of(x, np.arange(N)), flow_of(x[:, :, :, :1]), role="input")
    first, second = keras.Input((12, 9, 3)), keras.Input((12, 9, 1))
    joined = keras.layers.Concatenate()([keras.layers.Flatten()(first), keras.layers.Flatten()(second)])
    model = keras.Model([first, second], keras.layers.Dense(1)(joined))
    model.compile("sgd", "mae")
    model.fit(both, epochs=1, verbose=0)
    assert predict_model(model, both).shape == (N, 1)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (lambda: flow_of(noise()[:8]), "`other` must have a picture for each of the 10 images of `flow`, not 8"),
        (noise, "`other` must be a flow"),
        (
            lambda: flow_of(noise(), generator=image_data_generator(**(MOVES | {"rotation_range": 10}))),
            r"their generators differ in `rotation_range` \(40.0, not 10.0\)",
        ),
        (lambda: pair_flows(flow_of(noise()), flow_of(noise())), "`other` must be a flow of its own"),
    ],
)
def test_what_does_not_go_together_is_named(other: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        pair_flows(flow_of(noise()), other())


def test_names_that_do_not_go_together_are_told(folders: tuple[Path, Path]) -> None:
    def flow(names: list[str]) -> Any:
        frame = pd.DataFrame({"filename": [f"img_{name}.png" for name in names]})
        return flow_images_from_dataframe(frame, folders[0] / "cat", class_mode=None)

    with pytest.raises(InputError, match="the same files in another order"):
        pair_flows(flow(["1", "2", "3"]), flow(["3", "2", "1"]))
    with pytest.warns(TidycnnWarning, match=r"in their order: 'img_2\.png' with 'img_4\.png'"):
        pair_flows(flow(["1", "2", "3"]), flow(["1", "4", "3"]))

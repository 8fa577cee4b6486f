"""One resampling, with Keras's meaning of every parameter; the reference is the class that Keras still holds."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tidycnn.core.preprocessing import Preprocessing
from tidycnn.flow._transforms import Transforms, draw_transforms, transform_matrices
from tidycnn.flow.generator import ImageDataGenerator
from tidycnn.flow.warp import (
    reduce_picture,
    render_picture,
    resize_picture,
    warp_picture,
    working_picture,
)

SIDE = 64
FILL_MODES = ["nearest", "constant", "reflect", "wrap"]
SINGLE = [
    {"theta": 25.0},
    {"tx": 7.3},
    {"ty": -12.6},
    {"shear": 18.0},
    {"zx": 0.7, "zy": 0.7},
    {"zx": 1.4, "zy": 0.8},
    {"flip_horizontal": True},
    {"flip_vertical": True},
    {"brightness": 1.4},
    {"brightness": 0.3},
    {"channel_shift_intensity": 31.5},
    {"theta": -10.0, "tx": 4.5, "ty": 9.2, "shear": 5.0, "zx": 0.9, "zy": 1.2, "flip_horizontal": True},
]


def photograph(side: int = SIDE, seed: int = 0) -> NDArray[np.uint8]:
    """Draw a picture that is as smooth as a photograph."""
    noise = np.random.default_rng(seed).normal(size=(side, side, 3))
    smooth = cv2.GaussianBlur(noise, (0, 0), 3)
    return cv2.normalize(smooth, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)


def transforms(**given: Any) -> Transforms:
    values = {"theta": 0, "tx": 0, "ty": 0, "shear": 0, "zx": 1, "zy": 1, "flip_horizontal": 0, "flip_vertical": 0}
    return Transforms(**{name: np.array([value]) for name, value in (values | given).items()})


def transformed(picture: NDArray[Any], generator: ImageDataGenerator, parameters: dict[str, Any]) -> NDArray[Any]:
    out = np.empty(picture.shape, dtype=np.float32)
    render_picture(
        picture,
        out,
        generator,
        matrix=transform_matrices(transforms(**parameters), picture.shape[:2])[0],
        channel_shift_intensity=parameters.get("channel_shift_intensity"),
        brightness=parameters.get("brightness"),
    )
    return out


def warped(picture: NDArray[Any], matrix: NDArray[Any], size: tuple[int, int], **options: Any) -> NDArray[Any]:
    out = np.full((*size, picture.shape[2]), np.nan, dtype=np.float32)
    warp_picture(picture, matrix, out, **options)
    return out


def reference(picture: NDArray[Any], parameters: dict[str, Any], **options: Any) -> NDArray[Any]:
    from keras.src.legacy.preprocessing.image import ImageDataGenerator as KerasGenerator

    return KerasGenerator(**options).apply_transform(picture.astype(np.float32), parameters)


def assert_alike(ours: NDArray[Any], theirs: NDArray[Any]) -> None:
    difference = np.abs(ours - theirs)
    assert difference.mean() < 0.5
    assert (difference <= 2).mean() >= 0.995


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("fill_mode", FILL_MODES)
@pytest.mark.parametrize("parameters", SINGLE, ids="-".join)
def test_each_transform_gives_the_picture_that_keras_gives(parameters: dict[str, Any], fill_mode: Any) -> None:
    picture = photograph()
    ours = transformed(picture, ImageDataGenerator(fill_mode=fill_mode, cval=90), parameters)
    assert_alike(ours, reference(picture, parameters, fill_mode=fill_mode, cval=90))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_random_combinations_give_the_pictures_that_keras_gives() -> None:
    generator = ImageDataGenerator(
        rotation_range=40,
        width_shift_range=0.3,
        height_shift_range=0.3,
        shear_range=15,
        zoom_range=0.3,
        brightness_range=(0.4, 1.6),
        channel_shift_range=30,
        horizontal_flip=True,
        vertical_flip=True,
    )
    drawn = draw_transforms(generator, (SIDE, SIDE), seed=1, epoch=0, rows=np.arange(40))
    for i in range(40):
        parameters = {name: values[i] for name, values in drawn._asdict().items()}
        mode: Any = FILL_MODES[i % 4]
        picture = photograph(seed=i)
        ours = transformed(picture, ImageDataGenerator(fill_mode=mode), parameters)
        assert_alike(ours, reference(picture, parameters, fill_mode=mode))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_order_0_takes_the_pixels_that_keras_takes() -> None:
    picture, parameters = photograph(), {"theta": 21.0, "zx": 0.8, "zy": 1.3}
    ours = transformed(picture, ImageDataGenerator(interpolation_order=0), parameters)
    theirs = reference(picture, parameters, interpolation_order=0)
    assert (ours == theirs).all(axis=2).mean() > 0.98  # ties of rounding are broken differently


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_grey_and_rgba_pictures_are_transformed_alike() -> None:
    parameters = {"theta": 13.0, "tx": 3.0, "brightness": 1.2}
    colours = photograph()
    generator = ImageDataGenerator()
    alpha = np.concatenate([colours, colours[:, :, :1]], axis=2)
    ours = transformed(alpha, generator, parameters)
    assert_alike(ours, reference(alpha, parameters))
    np.testing.assert_array_equal(transformed(colours[:, :, :1], generator, parameters), ours[:, :, :1])


def test_width_shift_moves_horizontally_and_height_shift_vertically() -> None:
    wide = draw_transforms(ImageDataGenerator(width_shift_range=0.5), (10, 40), seed=1, epoch=0, rows=np.arange(500))
    assert not wide.ty.any()
    assert 19 < wide.tx.max() <= 20
    assert -20 <= wide.tx.min() < -19
    high = draw_transforms(ImageDataGenerator(height_shift_range=0.5), (10, 40), seed=1, epoch=0, rows=np.arange(500))
    assert not high.tx.any()
    assert 4.9 < high.ty.max() <= 5


@pytest.mark.parametrize(
    ("shift", "drawn"),
    [
        (3, {-2, -1, 0, 1, 2}),
        (1, {0}),
        ((5.0, 7.0), {-7, -5, 5, 7}),
        ((0.25, 0.5), {-20, -10, 10, 20}),
        ((-4.0,), {-4, 4}),
    ],
)
def test_whole_and_listed_shifts_are_chosen_to_either_side(shift: Any, drawn: set[int]) -> None:
    generator = ImageDataGenerator(width_shift_range=shift)
    assert set(draw_transforms(generator, (40, 40), seed=1, epoch=0, rows=np.arange(200)).tx.tolist()) == drawn


def test_a_shift_of_one_or_more_is_in_pixels() -> None:
    drawn = draw_transforms(ImageDataGenerator(width_shift_range=3.0), (40, 40), seed=1, epoch=0, rows=np.arange(500))
    assert 2.9 < drawn.tx.max() <= 3


def test_zoom_is_drawn_for_width_and_height_apart() -> None:
    drawn = draw_transforms(ImageDataGenerator(zoom_range=(0.5, 2)), (8, 8), seed=1, epoch=0, rows=np.arange(500))
    assert 0.5 <= drawn.zx.min() < 0.52
    assert 1.98 < drawn.zx.max() <= 2
    assert abs(np.corrcoef(drawn.zx, drawn.zy)[0, 1]) < 0.1


def test_switching_one_parameter_on_leaves_the_others_alone() -> None:
    alone = draw_transforms(ImageDataGenerator(rotation_range=10), (8, 8), seed=1, epoch=2, rows=np.arange(9))
    more = draw_transforms(
        ImageDataGenerator(rotation_range=10, zoom_range=0.2, brightness_range=(0.5, 1)),
        (8, 8),
        seed=1,
        epoch=2,
        rows=np.arange(9),
    )
    np.testing.assert_array_equal(alone.theta, more.theta)


def test_what_is_drawn_belongs_to_the_picture() -> None:
    generator = ImageDataGenerator(rotation_range=10)
    all_rows = draw_transforms(generator, (8, 8), seed=1, epoch=2, rows=np.arange(9)).theta
    np.testing.assert_array_equal(
        draw_transforms(generator, (8, 8), seed=1, epoch=2, rows=[7, 3]).theta, all_rows[[7, 3]]
    )
    assert (draw_transforms(generator, (8, 8), seed=1, epoch=3, rows=np.arange(9)).theta != all_rows).all()


def test_shrinking_averages_what_falls_on_a_pixel() -> None:
    stripes = np.tile(np.array([0, 255], dtype=np.uint8), (60, 30))[:, :, None]
    assert set(np.unique(resize_picture(stripes, (20, 20), "bilinear"))) <= {85, 127, 128, 170}
    np.testing.assert_array_equal(resize_picture(stripes, (15, 15), "bilinear"), np.full((15, 15, 1), 128))


def test_a_warp_that_shrinks_much_has_no_aliasing() -> None:
    stripes = np.tile(np.array([0, 255], dtype=np.uint8), (60, 30))[:, :, None]
    turned = transform_matrices(transforms(theta=5.0), (15, 15))[0]
    assert np.ptp(warped(reduce_picture(stripes, (15, 15)), turned, (15, 15))) <= 2


@pytest.mark.parametrize("shape", [(64, 64), (50, 90), (150, 40), (20, 20)])
def test_resizing_and_warping_in_one_go_agree_on_where_things_are(shape: tuple[int, int]) -> None:
    picture = cv2.resize(photograph(), shape[::-1], interpolation=cv2.INTER_CUBIC)
    folded = warped(reduce_picture(picture, (24, 24)), transform_matrices(transforms(), (24, 24))[0], (24, 24))
    resized = resize_picture(picture, (24, 24), "bilinear")
    inner = (slice(2, -2), slice(2, -2))
    assert np.abs(folded - resized)[inner].mean() < 2


@pytest.mark.parametrize("interpolation", ["nearest", "bicubic", "lanczos", "box", "hamming"])
def test_other_interpolations_are_those_of_pillow(interpolation: Any) -> None:
    from PIL import Image

    picture = photograph()
    expected = Image.fromarray(picture).resize((20, 31), Image.Resampling[interpolation.upper()])
    np.testing.assert_array_equal(resize_picture(picture, (31, 20), interpolation), np.asarray(expected))


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_any_number_of_channels_and_floats_keep_their_shape(channels: int, interpolation: Any, dtype: Any) -> None:
    picture = np.full((30, 20, channels), 77, dtype=dtype)
    resized = resize_picture(picture, (12, 14), interpolation)
    assert resized.shape == (12, 14, channels)
    assert resized.dtype == dtype
    preprocessing = Preprocessing(target_size=(12, 14), interpolation=interpolation)
    working = working_picture(picture, preprocessing, is_warped=True)
    turned = warped(working, transform_matrices(transforms(theta=9.0), (12, 14))[0], (12, 14))
    np.testing.assert_allclose(turned, 77, rtol=1e-6)


def test_floats_of_twice_the_width_stay_floats() -> None:
    picture = np.full((12, 28, 3), 0.25, dtype=np.float32)
    np.testing.assert_array_equal(reduce_picture(picture, (12, 14)), np.full((12, 14, 3), 0.25, dtype=np.float32))


def test_brightness_of_floats_stops_at_white() -> None:
    out = np.empty((1, 2, 1), dtype=np.float32)
    render_picture(np.array([[[0.25], [0.75]]], dtype=np.float32), out, ImageDataGenerator(), brightness=2.0, white=1.0)
    assert out.ravel().tolist() == [0.5, 1.0]


def test_a_picture_of_one_pixel_survives_every_fill_mode() -> None:
    matrix = transform_matrices(transforms(theta=30.0, tx=0.2), (1, 1))[0]
    for mode in ("nearest", "reflect", "wrap"):
        picture = np.full((1, 1, 3), 9, dtype=np.uint8)
        assert warped(picture, matrix, (1, 1), fill_mode=mode).ravel().tolist() == [9, 9, 9]

"""From matrices to pixels: resizing and the whole random transform are one resampling.

Concerns kept apart: what is drawn and which matrix it makes is `_transforms`'s; the loop over pixels is `_resample`'s.
"""

from __future__ import annotations

import functools
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from tidycnn.core.preprocessing import Preprocessing
from tidycnn.core.types import FillMode, Interpolation
from tidycnn.flow._resample import CONSTANT, NEAREST, REFLECT, WRAP, halve_width, resample
from tidycnn.flow.augmentation import Augmentation

_BORDERS = {"nearest": NEAREST, "constant": CONSTANT, "reflect": REFLECT, "wrap": WRAP}
_FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "box": Image.Resampling.BOX,
    "hamming": Image.Resampling.HAMMING,
}
_WHITE = 255.0

Picture: TypeAlias = NDArray[Any]


def is_folded(preprocessing: Preprocessing, *, order: int = 1) -> bool:
    """Whether resizing and transforming are one resampling."""
    return preprocessing.interpolation == "bilinear" and order == 1 and not preprocessing.exact


def crop_size(height: int, width: int, target_size: tuple[int, int]) -> tuple[int, int]:
    """Give the size of the largest part of a picture that has the shape of `target_size`."""
    fitting_height, fitting_width = width * target_size[0] // target_size[1], height * target_size[1] // target_size[0]
    return min(height, max(1, fitting_height)), min(width, max(1, fitting_width))


def crop_box(picture: Picture, target_size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Give left, top, right and bottom of the largest part in the middle that has the shape of `target_size`."""
    height, width = crop_size(picture.shape[0], picture.shape[1], target_size)
    top, left = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
    return left, top, left + width, top + height


def resize_picture(
    picture: Picture,
    target_size: tuple[int, int],
    interpolation: Interpolation,
    *,
    exact: bool = False,
    box: tuple[int, int, int, int] | None = None,
) -> Picture:
    """Resize a picture, or the part of it that `box` tells to Pillow, without aliasing where it shrinks.

    `"bilinear"` takes the mean of the area that falls on a pixel where the picture shrinks, and is bilinear where it
    grows; the others, and with `exact` it too, are Pillow's filters of their names.
    """
    height, width = target_size
    if picture.shape[:2] == (height, width) and box is None:
        return picture
    if interpolation == "bilinear" and not exact:
        shrinks = picture.shape[0] >= height and picture.shape[1] >= width
        method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        source = picture if shrinks else reduce_picture(picture, target_size)
        return _with_channels(cv2.resize(source, (width, height), interpolation=method), picture)
    resampling = _FILTERS[interpolation]
    if picture.dtype == np.uint8:
        # Pillow weighs colours by alpha where it knows of it, as Keras lets it.
        mode = {1: "L", 3: "RGB", 4: "RGBA" if exact else "RGBX"}[picture.shape[2]]
        opened = Image.frombytes(mode, (picture.shape[1], picture.shape[0]), np.ascontiguousarray(picture).tobytes())
        return _with_channels(np.asarray(opened.resize((width, height), resampling, box)), picture)
    channels = [
        np.asarray(Image.fromarray(picture[:, :, channel]).resize((width, height), resampling))
        for channel in range(picture.shape[2])
    ]
    return np.stack(channels, axis=2)


def reduced_size(height: int, width: int, target_size: tuple[int, int]) -> tuple[int, int]:
    """Give the size of a picture that is divided by the whole numbers that keep it at least as large as wanted."""
    return _reduced_side(height, target_size[0]), _reduced_side(width, target_size[1])


def reduce_picture(picture: Picture, target_size: tuple[int, int]) -> Picture:
    """Divide a picture by the whole numbers that keep it at least as large as wanted, averaging its pixels."""
    height, width = reduced_size(picture.shape[0], picture.shape[1], target_size)
    if picture.shape[:2] == (height, width):
        return picture
    if picture.dtype == np.uint8 and picture.shape == (height, 2 * width, 3):
        return halve_width(picture)  # The commonest, and OpenCV's slowest.
    # Halfway between two pixels the bilinear value is their mean, and OpenCV computes it four times as fast.
    halves = sorted((picture.shape[0] // height, picture.shape[1] // width))
    method = cv2.INTER_LINEAR if halves == [1, 2] else cv2.INTER_AREA
    return _with_channels(cv2.resize(picture, (width, height), interpolation=method), picture)


def warp_picture(
    picture: Picture,
    matrix: NDArray[np.float64],
    out: NDArray[np.float32],
    *,
    fill_mode: FillMode = "nearest",
    cval: float = 0.0,
    order: int = 1,
    factor: float = 1.0,
) -> None:
    """Resize and transform a picture in one resampling, and write it to `out`, all levels times `factor`."""
    border = _BORDERS[fill_mode]
    resample(picture, matrix, out, border=border, cval=cval, is_nearest=order == 0, factor=factor)


def warp_exactly(
    picture: Picture,
    matrix: NDArray[np.float64],
    *,
    fill_mode: FillMode = "nearest",
    cval: float = 0.0,
    order: int = 1,
) -> Picture:
    """Transform a picture of the target's size in full precision, by the function of SciPy that Keras uses."""
    (a, b, c), (d, e, f) = matrix
    if (a, b, c, d, e, f) == (1, 0, 0, 0, 1, 0):
        return picture
    planes = [
        ndimage.affine_transform(plane, [[e, d], [b, a]], (f, c), order=order, mode=fill_mode, cval=cval)
        for plane in np.moveaxis(np.asarray(picture, dtype=np.float32), 2, 0)
    ]
    return np.stack(planes, axis=2)


def shade_picture(
    picture: Picture,
    out: NDArray[np.float32],
    *,
    channel_shift_intensity: float | None = None,
    brightness: float | None = None,
    factor: float = 1.0,
    white: float = _WHITE,
) -> None:
    """Write a picture as float32 to `out`: channel shift, then brightness, then all levels times `factor`.

    Brightness cuts 8-bit pictures to whole levels, as Keras does, and leaves an alpha channel alone.
    """
    channels = picture.shape[2]
    if picture.dtype == np.uint8:
        target, source = (out[:, :, 0], picture[:, :, 0]) if channels == 1 else (out, picture)
        if channel_shift_intensity is None and brightness is None:
            levels = _levels(factor)
        else:
            levels = _shaded_levels(picture, channel_shift_intensity, brightness, factor, white)
        cv2.LUT(source, levels, dst=target)
        return
    if picture is not out:
        out[...] = picture
    if channel_shift_intensity is not None:
        np.clip(out + np.float32(channel_shift_intensity), out.min(), out.max(), out=out)
    if brightness is not None:
        out[:, :, :3] = brightened(out[:, :, :3], brightness, white)
    if factor != 1:
        out *= np.float32(factor)


@functools.lru_cache(maxsize=8)
def _levels(factor: float) -> NDArray[np.float32]:
    """Give what each of the 256 grey levels becomes."""
    return np.arange(256, dtype=np.float32) * np.float32(factor)


def _shaded_levels(
    picture: Picture, channel_shift_intensity: float | None, brightness: float | None, factor: float, white: float
) -> NDArray[np.float32]:
    """Give what each grey level of each channel becomes."""
    channels = picture.shape[2]
    levels = np.arange(256, dtype=np.float32)[:, None].repeat(channels, axis=1)
    if channel_shift_intensity is not None:
        levels = np.clip(levels + np.float32(channel_shift_intensity), picture.min(), picture.max())
    if brightness is not None:
        levels[:, :3] = brightened(levels[:, :3], brightness, white)
    levels *= np.float32(factor)
    return np.ascontiguousarray(levels[None] if channels == 4 else levels[:, 0])


def brightened(picture: Picture, brightness: float, white: float) -> Picture:
    """Multiply grey levels: up to 255 they are whole ones, as in Keras, up to 1 they are not."""
    if white == 1:
        return np.clip(picture * np.float32(brightness), 0, white)
    return np.floor(np.clip(np.floor(picture) * np.float32(brightness), 0, white))


def working_picture(picture: Picture, preprocessing: Preprocessing, *, is_warped: bool, order: int = 1) -> Picture:
    """Bring a decoded picture to the size from which it is transformed: nothing in this is random."""
    target_size = preprocessing.target_size
    box = crop_box(picture, target_size) if preprocessing.keep_aspect_ratio else None
    if box is not None and not preprocessing.exact:
        left, top, right, bottom = box
        picture, box = picture[top:bottom, left:right], None
    if is_warped and is_folded(preprocessing, order=order):
        return reduce_picture(picture, target_size)
    return resize_picture(picture, target_size, preprocessing.interpolation, exact=preprocessing.exact, box=box)


def render_picture(
    picture: Picture,
    out: NDArray[np.float32],
    generator: Augmentation,
    *,
    matrix: NDArray[np.float64] | None = None,
    channel_shift_intensity: float | None = None,
    brightness: float | None = None,
    factor: float = 1.0,
    white: float = _WHITE,
) -> None:
    """Turn a working picture into what a network sees, but for its normalisation, and write it to `out`."""
    is_shaded = channel_shift_intensity is not None or brightness is not None
    rendered = picture
    if matrix is not None:
        options: dict[str, Any] = {
            "fill_mode": generator.fill_mode,
            "cval": generator.cval,
            "order": generator.interpolation_order,
        }
        if generator.exact:
            rendered = warp_exactly(picture, matrix, **options)
        else:
            warp_picture(picture, matrix, out, factor=1.0 if is_shaded else factor, **options)
            if not is_shaded:
                return
            rendered = out
    shade_picture(
        rendered,
        out,
        channel_shift_intensity=channel_shift_intensity,
        brightness=brightness,
        factor=factor,
        white=white,
    )


def _reduced_side(have: int, want: int) -> int:
    factor = max(1, have // want)
    return have if factor == 1 else max(1, round(have / factor))


def _with_channels(array: Picture, like: Picture) -> Picture:
    return array.reshape(array.shape[0], array.shape[1], like.shape[2])

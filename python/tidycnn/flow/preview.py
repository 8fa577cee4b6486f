"""What a network will see: pictures of a batch, and what augmentation makes of one picture.

This gives plain data: a table with one row a picture, the pictures in 8 bits, and the titles; `report` draws them.
"""

from __future__ import annotations

import math
from typing import Any, TypedDict

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.checks import check_count, checked
from tidycnn.core.errors import InputError, counted, described
from tidycnn.core.preprocessing import CHANNELS, COLOR_MODES, Preprocessing
from tidycnn.core.seeds import draw_seed
from tidycnn.core.types import ColorMode, ImageFlow, Interpolation, PathLike
from tidycnn.flow._pictures import ArrayPictures
from tidycnn.flow._render import render_pictures
from tidycnn.flow.augmentation import spell_settings
from tidycnn.flow.generator import ImageDataGenerator
from tidycnn.flow.warp import resize_picture, working_picture
from tidycnn.images.decode import read_image


class Preview(TypedDict):
    """What is drawn: a row of `frame` for each picture (`title` stands above it), and what stands above all."""

    frame: pd.DataFrame
    pictures: list[NDArray[np.uint8]]
    title: str
    subtitle: str


@checked
def batch_pictures(flow: ImageFlow, n: int = 16) -> Preview:
    """Give what `show_batch()` draws."""
    check_count(n, "n")
    if not hasattr(flow, "batch_rows"):
        raise InputError(f"`flow` must be a flow as `flow_images()` gives, not {described(flow)}.")
    found: Any = flow
    n = min(n, found.n)
    indices = range(math.ceil(n / found.batch_size))
    made = [found.pictures_of(0, index) for index in indices]
    shown = [(rows, x[0] if isinstance(x, tuple) else x) for rows, x in made]
    rows, pixels = (np.concatenate(parts)[:n] for parts in zip(*shown, strict=True))
    n = len(rows)
    images = found.images.iloc[rows].reset_index(drop=True)
    titles = images["label"].astype(object).fillna("") if "label" in images.columns else [""] * n
    if found.preprocessing.data_format == "channels_first":
        pixels = np.moveaxis(pixels, 1, 3)
    levels, note = _as_levels(pixels.astype(np.float32), found.preprocessing, found.pictures.white)
    height, width, channels = found.preprocessing.picture_shape
    colours = COLOR_MODES[channels]
    changed = "augmented" if found.generator.is_augmenting else "not augmented"
    return Preview(
        frame=pd.DataFrame({"path": images["path"], "title": titles}),
        pictures=list(levels),
        title="What the network sees",
        subtitle=f"{n:,} of {counted(found.n, 'image')}, {height} x {width} pixels, {colours}, {changed}{note}",
    )


@checked
def augmentation_pictures(
    generator: ImageDataGenerator,
    image: PathLike | NDArray[Any],
    *,
    n: int = 8,
    target_size: tuple[int, int] | None = None,
    color_mode: ColorMode = "rgb",
    interpolation: Interpolation = "bilinear",
    seed: int | None = None,
) -> Preview:
    """Give what `show_augmentations()` draws."""
    check_count(n, "n")
    picture = _checked_picture(image) if isinstance(image, np.ndarray) else read_image(image, color_mode)
    height, width = target_size or picture.shape[:2]
    check_count(height, "target_size")
    check_count(width, "target_size")
    preprocessing = Preprocessing(
        target_size=(height, width),
        color_mode=COLOR_MODES[picture.shape[2]],
        interpolation=interpolation,
        exact=generator.exact,
    )
    working = working_picture(
        picture, preprocessing, is_warped=generator.is_warping, order=generator.interpolation_order
    )
    pictures, _ = render_pictures(
        ArrayPictures(working[None]),
        np.zeros(n, dtype=np.intp),
        generator,
        preprocessing,
        seed=draw_seed(seed),
        epoch=0,
        rows=np.arange(n),
    )
    titles = ["as it is", *(f"random {i + 1}" for i in range(n))]
    return Preview(
        frame=pd.DataFrame({"title": titles}),
        pictures=[resize_picture(picture, (height, width), interpolation, exact=generator.exact), *_rounded(pictures)],
        title="Augmentation of one picture",
        subtitle=f"{counted(n, 'random picture')}, {height} x {width} pixels: {spell_settings(generator)}",
    )


def _as_levels(
    pixels: NDArray[np.float32], preprocessing: Preprocessing, white: float
) -> tuple[NDArray[np.uint8], str]:
    """Bring normalised pictures back to grey levels, and say how."""
    if preprocessing.preprocessing_function is None and not preprocessing.is_centred:
        return _rounded(pixels / (preprocessing.factor * white / 255)), ""
    lowest = pixels.min(axis=(1, 2, 3), keepdims=True)
    ranges = np.maximum(pixels.max(axis=(1, 2, 3), keepdims=True) - lowest, 1e-6)
    return _rounded((pixels - lowest) / ranges * 255), ", each stretched to its own range"


def _rounded(levels: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


def _checked_picture(picture: NDArray[Any]) -> NDArray[np.uint8]:
    if picture.ndim != 3 or picture.shape[2] not in CHANNELS.values() or not picture.size:
        raise InputError(
            "`image` must be a file or an array of shape (height, width, channels) with 1, 3 or 4 channels, "
            f"not {described(picture)}."
        )
    if picture.dtype == np.uint8:
        return picture
    levels = picture.astype(np.float32)
    return _rounded(levels * 255 if levels.max() <= 1 else levels)

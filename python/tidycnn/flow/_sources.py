"""Chooses how the files of a flow are read: decoded how far, brought to which working size, and kept where."""

from __future__ import annotations

import functools
from typing import Any

import pandas as pd

from tidycnn.core.preprocessing import CHANNELS, Preprocessing
from tidycnn.core.types import Cache
from tidycnn.flow._pictures import FilePictures, Pictures
from tidycnn.flow.cache import cached
from tidycnn.flow.generator import ImageDataGenerator
from tidycnn.flow.warp import crop_size, is_folded, reduced_size, working_picture
from tidycnn.images.decode import decoder_versions, reduction_of
from tidycnn.images.table import complete_images


def file_pictures(
    images: pd.DataFrame,
    generator: ImageDataGenerator,
    preprocessing: Preprocessing,
    *,
    cache: Cache = False,
    cache_size: float | None = None,
    argument: str = "images",
) -> Pictures:
    """Give the pictures of a frame as `generator` and `preprocessing` need them."""
    folds = is_folded(preprocessing, order=generator.interpolation_order)
    is_reducible = preprocessing.interpolation == "bilinear" and not preprocessing.exact
    is_reducible &= not preprocessing.keep_aspect_ratio and (folds or not generator.is_warping)
    least_size = preprocessing.target_size if is_reducible else None
    files = FilePictures(
        images["path"].tolist(),
        preprocessing.color_mode,
        functools.partial(
            working_picture,
            preprocessing=preprocessing,
            is_warped=generator.is_warping,
            order=generator.interpolation_order,
        ),
        least_size,
    )
    if cache is False:
        return files
    known = complete_images(images, argument, column="width")
    known = known if cache == "memory" else complete_images(known, argument, column="hash")
    sizes = zip(known["height"], known["width"], known["format"], strict=True)
    stops_early = generator.is_warping and folds
    shapes = [
        _working_shape(int(height), int(width), kind, preprocessing, least_size, stops_early=stops_early)
        for height, width, kind in sizes
    ]
    return cached(
        files,
        cache=cache,
        shapes=shapes,
        hashes=known["hash"].tolist() if cache != "memory" else [""] * len(known),
        settings=_spelled_settings(preprocessing, least_size, stops_early),
        cache_size=cache_size,
    )


def _working_shape(
    height: int,
    width: int,
    kind: Any,
    preprocessing: Preprocessing,
    least_size: tuple[int, int] | None,
    *,
    stops_early: bool,
) -> tuple[int, int, int]:
    """Foretell the shape of a working picture."""
    reduction = reduction_of(height, width, least_size) if kind == "jpeg" else 1
    height, width = -(-height // reduction), -(-width // reduction)
    if preprocessing.keep_aspect_ratio:
        height, width = crop_size(height, width, preprocessing.target_size)
    target = preprocessing.target_size
    return (*(reduced_size(height, width, target) if stops_early else target), CHANNELS[preprocessing.color_mode])


def _spelled_settings(preprocessing: Preprocessing, least_size: tuple[int, int] | None, stops_early: bool) -> str:
    """Spell all that decides the working pictures."""
    names = ("target_size", "color_mode", "interpolation", "keep_aspect_ratio", "exact")
    settings = {name: getattr(preprocessing, name) for name in names}
    return repr((settings, least_size, stops_early, decoder_versions()))

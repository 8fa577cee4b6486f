"""Chooses how the files of a flow are read: decoded how far, brought to which working size, and kept where."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pandas as pd

from tidycnn.core.preprocessing import CHANNELS, Preprocessing
from tidycnn.flow._pictures import FilePictures, Pictures
from tidycnn.flow.augmentation import Augmentation
from tidycnn.flow.cache import cached
from tidycnn.flow.options import FlowOptions
from tidycnn.flow.warp import crop_size, reduced_size
from tidycnn.images.decode import PIXELS_MAX, decoder_versions, reduction_of
from tidycnn.images.table import with_facts


def file_pictures(
    images: pd.DataFrame,
    generator: Augmentation,
    preprocessing: Preprocessing,
    options: FlowOptions,
    *,
    argument: str = "images",
    is_seen: bool = True,
) -> Pictures:
    """Give the pictures of a frame as `generator` and `preprocessing` need them.

    `is_seen` says that every file was found to be ok, so that none is refused for its size.
    """
    files = FilePictures(
        images["path"].tolist(),
        preprocessing,
        generator.is_warping,
        generator.interpolation_order,
        pixels_max=None if is_seen else PIXELS_MAX,
    )
    cache = options.cache
    if cache is False:
        return files
    known = with_facts(images, argument, column="width")
    known = known if preprocessing.exif else _as_stored(with_facts(known, argument, column="orientation"))
    known = known if cache == "memory" else with_facts(known, argument, column="hash")
    sizes = zip(known["height"], known["width"], known["format"], strict=True)
    shapes = [_working_shape(height, width, kind, files) for height, width, kind in sizes]
    return cached(
        files,
        cache=cache,
        shapes=shapes,
        hashes=known["hash"].tolist() if cache != "memory" else [""] * len(known),
        settings=_spelled_settings(files),
        cache_size=options.cache_size,
    )


def _as_stored(known: pd.DataFrame) -> pd.DataFrame:
    """Give width and height of pictures that are not turned."""
    lies = (known["orientation"] >= 5).fillna(False).to_numpy(dtype=bool)
    width, height = known["width"].to_numpy(dtype=object), known["height"].to_numpy(dtype=object)
    return known.assign(width=np.where(lies, height, width), height=np.where(lies, width, height))


def _working_shape(height: Any, width: Any, kind: Any, files: FilePictures) -> tuple[int, int, int]:
    """Foretell the shape of a working picture; of a file that cannot be read any more, one that none has."""
    if pd.isna(height) or pd.isna(width):
        return 0, 0, 0
    target = files.preprocessing.target_size
    height, width = int(height), int(width)
    reduction = reduction_of(height, width, files.least_size) if kind == "jpeg" else 1
    height, width = -(-height // reduction), -(-width // reduction)
    if files.preprocessing.keep_aspect_ratio:
        height, width = crop_size(height, width, target)
    size = reduced_size(height, width, target) if files.stops_early else target
    return (*size, CHANNELS[files.preprocessing.color_mode])


def _spelled_settings(files: FilePictures) -> str:
    """Spell all that decides the working pictures."""
    names = ("target_size", "color_mode", "interpolation", "keep_aspect_ratio", "exif", "exact")
    settings = {name: getattr(files.preprocessing, name) for name in names}
    versions = f"{decoder_versions()}, OpenCV {cv2.__version__}"
    return repr((settings, files.least_size, files.stops_early, versions))

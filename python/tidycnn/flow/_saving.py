"""Writes what a flow gives to a folder, for people to look at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tidycnn.core.errors import InputError
from tidycnn.core.preprocessing import Preprocessing
from tidycnn.core.store import atomic_file
from tidycnn.core.targets import check_inside
from tidycnn.core.types import PathLike, SaveFormat


@dataclass(frozen=True)
class PictureSaver:
    """Writes pictures as `<prefix>_<row>_<epoch>.<format>`, each stretched to its own range of grey levels."""

    folder: Path
    prefix: str
    format: SaveFormat

    def save(self, x: NDArray[Any], rows: NDArray[Any], epoch: int, preprocessing: Preprocessing) -> None:
        """Write the pictures of a batch."""
        if preprocessing.data_format == "channels_first":
            x = np.moveaxis(x, 1, 3)
        for picture, row in zip(x.astype(np.float32), rows, strict=True):
            lowest = picture.min()
            levels = ((picture - lowest) * (255 / max(float(picture.max() - lowest), 1e-6))).astype(np.uint8)
            image = Image.fromarray(levels[:, :, 0] if levels.shape[2] == 1 else levels)
            name = f"{self.prefix}_{row}_{epoch}.{self.format}"
            with atomic_file(self.folder / name, flushed=False) as temporary:
                (image.convert("RGB") if self.format != "png" and image.mode == "RGBA" else image).save(temporary)


def picture_saver(folder: PathLike | None, prefix: str, format: SaveFormat) -> PictureSaver | None:  # noqa: A002
    """Make one, None where nothing is to be saved."""
    if folder is None:
        return None
    found = Path(folder).expanduser()
    if not found.is_dir():
        raise InputError(f"`save_to_dir` must be a folder that exists, not {str(folder)!r}.", hint="Make it first.")
    if "/" in prefix or "\\" in prefix:
        raise InputError(f"`save_prefix` must be the beginning of a file's name, not {prefix!r}.")
    check_inside(found, "save_to_dir")
    return PictureSaver(found, prefix, format)

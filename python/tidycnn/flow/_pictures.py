"""Where pictures come from: files or an array. A cache stands between these and the batches."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tidycnn.core.preprocessing import Preprocessing
from tidycnn.flow.warp import is_folded, working_picture
from tidycnn.images.decode import PIXELS_MAX, decode_file, read_content, releasing_room


class Pictures(Protocol):
    """Gives working pictures by their position, on any thread."""

    @property
    def white(self) -> float:
        """The level of white, where brightness stops."""
        ...

    def fetch(self, position: int) -> NDArray[Any]:
        """Give the picture at `position`, of shape (height, width, channels); it must not be changed."""
        ...

    def unwarped(self) -> Pictures:
        """Give the same pictures for use without a transform."""
        ...


@dataclass(frozen=True)
class FilePictures:
    """Pictures that are read from files each time, decoded, and brought to the size from which they are transformed.

    Parameters
    ----------
    paths
        The files.
    preprocessing
        The target size, the colours and how pictures are resized.
    is_warped, order
        Whether a transform follows, which may resize as well, and its order of interpolation.
    pixels_max
        The greatest size that is decoded; None where the files were found to be ok.
    """

    paths: Sequence[str]
    preprocessing: Preprocessing
    is_warped: bool = False
    order: int = 1
    white: float = 255.0
    pixels_max: int | None = PIXELS_MAX

    @property
    def stops_early(self) -> bool:
        """Whether the transform that follows resizes as well."""
        return self.is_warped and is_folded(self.preprocessing, order=self.order)

    @property
    def least_size(self) -> tuple[int, int] | None:
        """The size to which a JPEG may be reduced while it is decoded, None where it may not."""
        known = self.preprocessing
        resizes_plainly = known.interpolation == "bilinear" and not known.exact and not known.keep_aspect_ratio
        return known.target_size if resizes_plainly and (self.stops_early or not self.is_warped) else None

    def read(self, position: int) -> bytes:
        """Give the content of a file, or raise an error that names it."""
        return read_content(self.paths[position], self.pixels_max)

    def decode(self, content: bytes, position: int) -> NDArray[np.uint8]:
        """Give the working picture of a content, or raise an error that names its file."""
        path, color_mode = self.paths[position], self.preprocessing.color_mode
        with releasing_room():
            picture = decode_file(
                content,
                path,
                color_mode,
                exif=self.preprocessing.exif,
                least_size=self.least_size,
                pixels_max=self.pixels_max,
            )
            return working_picture(picture, self.preprocessing, is_warped=self.is_warped, order=self.order)

    def fetch(self, position: int) -> NDArray[np.uint8]:
        """Read a picture, or raise an error that names its file."""
        with releasing_room():
            return self.decode(self.read(position), position)

    def unwarped(self) -> FilePictures:
        """Give the same pictures for use without a transform."""
        return dataclasses.replace(self, is_warped=False) if self.is_warped else self


@dataclass(frozen=True)
class ArrayPictures:
    """Pictures that are in memory, of shape (n, height, width, channels)."""

    array: NDArray[Any]
    white: float = 255.0

    def fetch(self, position: int) -> NDArray[Any]:
        """Give one picture without copying it."""
        picture: NDArray[Any] = self.array[position]
        return picture

    def unwarped(self) -> ArrayPictures:
        """Give the same pictures."""
        return self

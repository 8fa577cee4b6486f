"""Where pictures come from: files or an array. A cache stands between these and the batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tidycnn.core.types import ColorMode
from tidycnn.images.decode import decode_file, read_content


class Pictures(Protocol):
    """Gives working pictures by their position, on any thread."""

    @property
    def white(self) -> float:
        """The level of white, where brightness stops."""
        ...

    def fetch(self, position: int) -> NDArray[Any]:
        """Give the picture at `position`, of shape (height, width, channels); it must not be changed."""
        ...


@dataclass(frozen=True)
class FilePictures:
    """Pictures that are read from files each time, decoded, and brought to their working size.

    A JPEG may be reduced while it is decoded, as far as height and width of `least_size` allow.
    """

    paths: Sequence[str]
    color_mode: ColorMode
    prepare: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
    least_size: tuple[int, int] | None = None
    white: float = 255.0

    def read(self, position: int) -> bytes:
        """Give the content of a file, or raise an error that names it."""
        return read_content(self.paths[position])

    def decode(self, content: bytes, position: int) -> NDArray[np.uint8]:
        """Give the working picture of a content, or raise an error that names its file."""
        return self.prepare(decode_file(content, self.paths[position], self.color_mode, least_size=self.least_size))

    def fetch(self, position: int) -> NDArray[np.uint8]:
        """Read a picture, or raise an error that names its file."""
        return self.decode(self.read(position), position)


@dataclass(frozen=True)
class ArrayPictures:
    """Pictures that are in memory, of shape (n, height, width, channels)."""

    array: NDArray[Any]
    white: float = 255.0

    def fetch(self, position: int) -> NDArray[Any]:
        """Give one picture without copying it."""
        picture: NDArray[Any] = self.array[position]
        return picture

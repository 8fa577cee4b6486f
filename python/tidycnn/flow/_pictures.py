"""Where decoded pictures come from: files or an array. A cache stands between these and the batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tidycnn.core.types import ColorMode
from tidycnn.images.decode import read_image


class Pictures(Protocol):
    """Gives decoded pictures by their position, on any thread."""

    @property
    def white(self) -> float:
        """The level of white, where brightness stops."""
        ...

    def fetch(self, position: int) -> NDArray[Any]:
        """Give the picture at `position`, of shape (height, width, channels); it must not be changed."""
        ...


@dataclass(frozen=True)
class FilePictures:
    """Pictures that are read from files each time."""

    paths: Sequence[str]
    color_mode: ColorMode
    white: float = 255.0

    def fetch(self, position: int) -> NDArray[np.uint8]:
        """Read a file, or raise an error that names it."""
        return read_image(self.paths[position], self.color_mode)


@dataclass(frozen=True)
class ArrayPictures:
    """Pictures that are in memory, of shape (n, height, width, channels)."""

    array: NDArray[Any]
    white: float = 255.0

    def fetch(self, position: int) -> NDArray[Any]:
        """Give one picture without copying it."""
        picture: NDArray[Any] = self.array[position]
        return picture

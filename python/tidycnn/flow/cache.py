"""Decoded pictures are kept, in memory or in a file, so that they are decoded once and not in each epoch.

Concerns kept apart: `cached()` chooses the place; `_MemoryPictures` and `_DiskPictures` know pictures by position, and
decode and keep those that are missing; what a file of arrays looks like is told by `core/slots`.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tidycnn.core.budget import GIGABYTE, available_memory, disk_place, limit_of
from tidycnn.core.checks import check_positive
from tidycnn.core.errors import InputError, Phrase, constant, counted, listed, warn
from tidycnn.core.progress import remark
from tidycnn.core.slots import VERSION, SlotFile, file_bytes
from tidycnn.core.store import hash_bytes
from tidycnn.core.types import Cache
from tidycnn.flow._pictures import Pictures
from tidycnn.images.decode import releasing_room

Shape: TypeAlias = tuple[int, int, int]
Picture: TypeAlias = NDArray[np.uint8]


class ReadablePictures(Pictures, Protocol):
    """Pictures whose files can be read and decoded one after the other."""

    def read(self, position: int) -> bytes:
        """Give the content of a file, or raise an error that names it."""
        ...

    def decode(self, content: bytes, position: int) -> Picture:
        """Make the picture of a content, or raise an error that names its file."""
        ...


def cached(
    pictures: ReadablePictures,
    *,
    cache: Cache,
    shapes: Sequence[Shape],
    hashes: Sequence[str],
    settings: str,
    cache_size: float | None = None,
) -> Pictures:
    """Keep decoded pictures, so that each is read and decoded once.

    A picture that is kept is served as it was, whatever becomes of its file; the disk keeps only what has the hash, and
    the memory only what has the shape, that was foretold.

    Parameters
    ----------
    pictures
        What reads and decodes the files.
    cache
        `"memory"` keeps pictures until this object is gone. `"disk"` keeps them in one file, which several processes
        share and which lasts. `"auto"` takes memory where they fit, else the disk, else neither and says so. False
        keeps nothing.
    shapes
        The height, width and channels that each picture will have.
    hashes
        The hash of the content of each file, as `hash_bytes()` gives it; looked at for the disk alone.
    settings
        All that decides the pixels besides the contents.
    cache_size
        The greatest size in GB (10**9 bytes): of these pictures in memory, of all files of pictures on the disk. By
        default half of the available memory (a quarter with `"auto"`), or half of the disk that is free or ours.

    Returns
    -------
    Pictures that any thread may fetch, and that cannot be changed; with False, `pictures`.

    Raises
    ------
    InputError
        The pictures do not fit. Trouble with the disk is none: it is a warning, and pictures are not kept.
    """
    if cache_size is not None:
        check_positive(cache_size, "cache_size")
    if not cache:
        return pictures
    sides = [(int(height), int(width), int(channels)) for height, width, channels in shapes]
    if cache == "memory":
        _check_fits(cache, _bytes_of(sides), len(sides), limit_of(cache_size, available_memory()), cache_size)
    if cache == "memory" or (cache == "auto" and _bytes_of(sides) <= _limit_of_auto(cache_size)):
        return _MemoryPictures(pictures, sides)
    contents = list(zip(hashes, sides, strict=True))
    try:
        return _DiskPictures(pictures, contents, _place(contents, settings, cache_size))
    except InputError as error:
        if cache == "disk":
            raise
        remark(f"Pictures are not cached: {error.message}")
    except OSError as error:
        _give_up(error)
    return pictures


class _MemoryPictures:
    """Pictures that stay in memory once they have been fetched."""

    def __init__(self, pictures: Pictures, shapes: list[Shape]) -> None:
        self.white = pictures.white
        self._pictures, self._shapes = pictures, shapes
        self._kept: list[NDArray[Any] | None] = [None] * len(shapes)

    def __reduce__(self) -> tuple[Any, ...]:
        return _MemoryPictures, (self._pictures, self._shapes)

    def fetch(self, position: int) -> NDArray[Any]:
        """Give the picture at `position`."""
        picture = self._kept[position]
        if picture is None:
            picture = _read_only(self._pictures.fetch(position))
            if _has_shape(picture, self._shapes[position]):
                self._kept[position] = picture = _compact(picture)
        return picture

    def unwarped(self) -> Pictures:
        """Give the same pictures for use without a transform."""
        return _unwarped(self, self._pictures)


class _DiskPictures:
    """Pictures that stay in a file once they have been fetched; equal contents share a slot of it."""

    def __init__(self, pictures: ReadablePictures, contents: list[tuple[str, Shape]], path: Path) -> None:
        slots = {content: slot for slot, content in enumerate(dict.fromkeys(contents))}
        self.white = pictures.white
        self._pictures, self._contents, self._path = pictures, contents, path
        self._slots = [slots[content] for content in contents]
        self._file = SlotFile(path, [shape for _, shape in slots])
        self._is_keeping, self._lock = True, threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopened, (self._pictures, self._contents, self._path)

    def fetch(self, position: int) -> NDArray[Any]:
        """Give the picture at `position`."""
        kept = self._file.find(self._slots[position])
        if kept is not None:
            return kept
        with releasing_room():
            content = self._pictures.read(position)
            picture = _read_only(self._pictures.decode(content, position))
            expected, shape = self._contents[position]
            is_as_foretold = _has_shape(picture, shape) and hash_bytes(content) == expected
        if self._is_keeping and is_as_foretold:
            self._keep(self._slots[position], picture)
        return picture

    def unwarped(self) -> Pictures:
        """Give the same pictures for use without a transform."""
        return _unwarped(self, self._pictures)

    def _keep(self, slot: int, picture: Picture) -> None:
        try:
            self._file.fill(slot, picture)
        except OSError as error:
            with self._lock:
                is_first, self._is_keeping = self._is_keeping, False
            if is_first:
                _give_up(error)


def _unwarped(kept: Pictures, pictures: Pictures) -> Pictures:
    """Give what is kept where it serves without a transform too; where that changes pictures, they are not kept."""
    plain = pictures.unwarped()
    return kept if plain is pictures else plain


def _reopened(pictures: ReadablePictures, contents: list[tuple[str, Shape]], path: Path) -> Pictures:
    try:
        return _DiskPictures(pictures, contents, path)
    except OSError as error:
        _give_up(error)
        return pictures


def _place(contents: list[tuple[str, Shape]], settings: str, cache_size: float | None) -> Path:
    """Give the path of the file of these contents, with room for it, or raise an InputError."""
    distinct = list(dict.fromkeys(contents))
    name = hash_bytes(repr((VERSION, settings, distinct)).encode())
    size = file_bytes([shape for _, shape in distinct])

    def check(limit: float) -> None:
        _check_fits("disk", size, len(contents), limit, cache_size)

    return disk_place("pixels", name, size, check, cache_size=cache_size)


def _limit_of_auto(cache_size: float | None) -> float:
    """Allow less memory than to the user who names it: no choice of ours should be what fills the machine."""
    half = available_memory() / 2
    return min(limit_of(cache_size, half), half)


def _check_fits(cache: str, size: int, n: int, limit: float, cache_size: float | None) -> None:
    if size <= limit:
        return
    default = {"memory": "half of the available memory", "disk": "half of the free disk"}[cache]
    needed, allowed = math.ceil(size / GIGABYTE * 100) / 100, math.floor(limit / GIGABYTE * 100) / 100
    ways = ["a smaller `target_size`", f"`cache_size = {needed}`", '`cache = "disk"`', f"`cache = {constant(False)}`"]
    raise InputError(
        f'`cache = "{cache}"` needs {needed:,.2f} GB for {counted(n, "image")}, '
        f"and {allowed:,.2f} GB are allowed ({'by `cache_size`' if cache_size else default}).",
        hint=f"Take {listed([Phrase(way) for way in ways if cache not in way], last='or')}.",
    )


def _give_up(error: OSError) -> None:
    reason = error.strerror or str(error)
    warn(
        f"The pixel cache cannot be written ({reason.lower()}): pictures that are not in it are decoded each time. "
        "Free some space, or let TIDYCNN_CACHE name another folder."
    )


def _bytes_of(shapes: list[Shape]) -> int:
    return sum(math.prod(shape) for shape in shapes)


def _has_shape(picture: NDArray[Any], shape: Shape) -> bool:
    return picture.shape == shape and picture.dtype == np.uint8


def _read_only(picture: NDArray[Any]) -> NDArray[Any]:
    view = picture.view()
    view.flags.writeable = False
    return view


def _compact(picture: NDArray[Any]) -> NDArray[Any]:
    """Copy a picture that is scattered in memory, or is a part of a larger one that it would keep there."""
    is_part = isinstance(picture.base, np.ndarray) and picture.base.nbytes > picture.nbytes
    return _read_only(picture.copy()) if is_part or not picture.flags.c_contiguous else picture

"""A file of pictures that several processes read and fill at once.

What it holds is believed only after its checksum, so that nothing needs a lock between processes: those that fill it
write the same bytes, and one that is killed leaves at worst pictures that are decoded again.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import math
import mmap
import os
import secrets
import struct
import threading
import weakref
import zlib
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Shape: TypeAlias = tuple[int, int, int]
Picture: TypeAlias = NDArray[np.uint8]

VERSION = 1
_HEADER = struct.Struct("<8sQQ")  # What it is, the version of its form, the size of the whole file.
_MAGIC = b"tidypix\n"
_FILLED = 1 << 32  # Stands in an entry above the 32 bits of the checksum, which may be 0.
_ATTEMPTS = 5


class PixelFile:
    """A file of a header, an entry of 8 bytes for each slot (0, or a checksum that is marked), and their pixels.

    It is read by a map and written by plain writes, because a full disk is an error in a write and a crash in a map.
    """

    def __init__(self, path: Path, shapes: list[Shape]) -> None:
        lengths = (math.prod(shape) for shape in shapes)
        self._shapes = shapes
        self._starts = list(itertools.accumulate(lengths, initial=_head_bytes(len(shapes))))
        self._file = _opened(path, len(shapes), self._starts[-1])
        weakref.finalize(self, self._file.close)
        mapped = mmap.mmap(self._file.fileno(), self._starts[-1], access=mmap.ACCESS_READ)
        self._entries = np.frombuffer(mapped, "<u8", len(shapes), _HEADER.size)
        self._bytes = np.frombuffer(mapped, np.uint8)
        self._is_checked, self._lock = bytearray(len(shapes)), threading.Lock()

    def find(self, slot: int) -> Picture | None:
        """Give the picture of a slot where there is a whole one."""
        pixels = self._bytes[self._starts[slot] : self._starts[slot + 1]]
        if not self._is_checked[slot]:
            entry = int(self._entries[slot])
            if not entry or entry != _entry_of(pixels):
                return None
            self._is_checked[slot] = True
        return pixels.reshape(self._shapes[slot])

    def fill(self, slot: int, picture: Picture) -> None:
        """Write a picture into its slot, then the entry that says so."""
        pixels = picture.ravel()
        self._write(pixels.data, self._starts[slot])
        self._write(memoryview(_entry_of(pixels).to_bytes(8, "little")), _HEADER.size + 8 * slot)

    def _write(self, content: memoryview, start: int) -> None:
        while content:
            written = self._write_at(content, start)
            content, start = content[written:], start + written

    def _write_at(self, content: memoryview, start: int) -> int:
        if hasattr(os, "pwrite"):  # A process and its forked child share the position that `seek()` sets.
            return os.pwrite(self._file.fileno(), content, start)
        with self._lock:
            self._file.seek(start)
            return self._file.write(content)


def file_bytes(shapes: list[Shape]) -> int:
    """Give the size of a file of such pictures."""
    return _head_bytes(len(shapes)) + sum(math.prod(shape) for shape in shapes)


def _head_bytes(slots: int) -> int:
    return _HEADER.size + 8 * slots


def _opened(path: Path, slots: int, size: int) -> io.FileIO:
    """Open a file of pictures, made where there is none or one of another form."""
    header = _HEADER.pack(_MAGIC, VERSION, size)
    for _ in range(_ATTEMPTS):  # Other processes may make and remove it at any time.
        with contextlib.suppress(FileNotFoundError):
            file = io.FileIO(path, "r+")
            if file.read(_HEADER.size) == header and os.fstat(file.fileno()).st_size == size:
                with contextlib.suppress(OSError):
                    os.utime(path)
                return file
            file.close()
            path.unlink()
        with contextlib.suppress(FileNotFoundError):
            _create(path, header + bytes(8 * slots), size)
    raise OSError(f"{str(path)!r} is removed as soon as it is made")


def _create(path: Path, head: bytes, size: int) -> None:
    """Put a file of empty slots in place, unless another process was faster."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{secrets.token_hex(8)}")
    try:
        with temporary.open("xb") as file:
            file.write(head)
            file.truncate(size)
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
        except OSError:  # Not every disk has links.
            if not path.exists():
                temporary.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def _entry_of(pixels: Picture) -> int:
    return _FILLED | zlib.crc32(pixels.data)

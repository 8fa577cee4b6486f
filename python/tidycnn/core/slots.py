"""A file of arrays that several processes read and fill at once.

What it holds is believed only after its checksum, so that nothing needs a lock between processes: those that fill it
write the same bytes, and one that is killed leaves at worst arrays that are made again.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import math
import os
import secrets
import struct
import threading
import weakref
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

Shape: TypeAlias = tuple[int, ...]

VERSION = 3
_HEADER = struct.Struct("<8sQQ")  # What it is, the version of its form, the size of the whole file.
_MAGIC = b"tidyslot"
_ENTRY_BYTES = 8
_FILLED = 1 << 32  # Stands in an entry above the 32 bits of the checksum, which may be 0.
_ATTEMPTS = 5


class SlotFile:
    """A file of a header and a slot for each array: its numbers, then 8 bytes, 0 or their checksum that is marked.

    It is read and written by plain calls and never through a map: a full disk, or a file that another process cuts
    off, would end the whole process there. What was cut off lacks its checksum, even where the file has grown again.
    """

    def __init__(self, path: Path, shapes: Sequence[Shape], dtype: DTypeLike = np.uint8) -> None:
        self._shapes, self._dtype = shapes, np.dtype(dtype)
        lengths = (_length_of(shape, self._dtype) for shape in shapes)
        self._starts = list(itertools.accumulate(lengths, initial=_HEADER.size))
        self._file = _opened(path, self._starts[-1])
        weakref.finalize(self, self._file.close)
        self._checked, self._lock = np.zeros(len(shapes), dtype=np.uint64), threading.Lock()

    def find(self, slot: int) -> NDArray[Any] | None:
        """Give the array of a slot where there is a whole one; it cannot be changed."""
        start, end = self._starts[slot], self._starts[slot + 1]
        content = self._read_at(start, end - start)
        if len(content) < end - start:
            return None
        entry = int.from_bytes(content[-_ENTRY_BYTES:], "little")
        numbers = np.frombuffer(content, np.uint8, len(content) - _ENTRY_BYTES)
        if not entry or (entry != self._checked[slot] and entry != _entry_of(numbers)):
            return None
        self._checked[slot] = entry
        return numbers.view(self._dtype).reshape(self._shapes[slot])

    def fill(self, slot: int, array: NDArray[Any]) -> None:
        """Write an array into its slot, then the entry that says so."""
        numbers, start = np.ascontiguousarray(array, self._dtype).reshape(-1).view(np.uint8), self._starts[slot]
        self._write(numbers.data, start)
        self._write(memoryview(_entry_of(numbers).to_bytes(_ENTRY_BYTES, "little")), start + len(numbers))

    def _read_at(self, start: int, n: int) -> bytes:
        with contextlib.suppress(OSError):  # What a disk cannot read any more is made again.
            if hasattr(os, "pread"):  # A process and its forked child share the position that `seek()` sets.
                return os.pread(self._file.fileno(), n, start)
            with self._lock:
                self._file.seek(start)
                return self._file.read(n)
        return b""

    def _write(self, content: memoryview, start: int) -> None:
        while content:
            written = self._write_at(content, start)
            content, start = content[written:], start + written

    def _write_at(self, content: memoryview, start: int) -> int:
        if hasattr(os, "pwrite"):  # As in reading.
            return os.pwrite(self._file.fileno(), content, start)
        with self._lock:
            self._file.seek(start)
            return self._file.write(content)


def file_bytes(shapes: Sequence[Shape], dtype: DTypeLike = np.uint8) -> int:
    """Give the size of a file of such arrays."""
    return _HEADER.size + sum(_length_of(shape, np.dtype(dtype)) for shape in shapes)


def _length_of(shape: Shape, dtype: np.dtype[Any]) -> int:
    return math.prod(shape) * dtype.itemsize + _ENTRY_BYTES


def _opened(path: Path, size: int) -> io.FileIO:
    """Open a file of arrays, made where there is none or one of another form."""
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
            _create(path, header, size)
    raise OSError(f"{str(path)!r} is removed as soon as it is made")


def _create(path: Path, header: bytes, size: int) -> None:
    """Put a file of empty slots in place, unless another process was faster."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{secrets.token_hex(8)}")
    try:
        with temporary.open("xb") as file:
            file.write(header)
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


def _entry_of(numbers: NDArray[np.uint8]) -> int:
    return _FILLED | zlib.crc32(numbers.data)

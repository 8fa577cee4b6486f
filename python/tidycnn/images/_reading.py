# Path objects for many thousands of files take longer than reading them.
# ruff: noqa: PTH111
"""The bytes of files: nothing but plain files is read, and none that is larger than any picture that may be decoded."""

from __future__ import annotations

import os
import stat
from typing import NamedTuple

from tidycnn.core.types import PathLike
from tidycnn.images._formats import HEAD, sniff_format
from tidycnn.images._room import ROOM
from tidycnn.images._work import allowed_work, file_work

# A pipe would wait for a writer for ever; a plain file knows no waiting.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
# Up to here a file is read in one go, whatever it is.
_AT_ONCE = 1 << 20


class Content(NamedTuple):
    """What was read of a file: the state of the file, its bytes, and whether these are all of them."""

    state: os.stat_result
    content: bytes
    is_complete: bool


def read_file(path: PathLike, pixels_max: int | None) -> Content:
    """Read a file; only its head where it is no image, or larger than `pixels_max` allow (None: any size).

    Raises
    ------
    OSError, ValueError
        It is not there, not a plain file, or may not be read.
    """
    handle = os.open(os.path.expanduser(path), _FLAGS)
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            raise OSError(0, "is a directory" if stat.S_ISDIR(state.st_mode) else "is no plain file")
        if state.st_size > _AT_ONCE:
            head = os.read(handle, HEAD)
            is_too_large = pixels_max is not None and file_work(state.st_size) > allowed_work(pixels_max)
            if is_too_large or sniff_format(head) is None:
                return Content(state, head, is_complete=False)
            ROOM.take(file_work(state.st_size))
            os.lseek(handle, 0, os.SEEK_SET)
        return Content(state, _read(handle, state.st_size), is_complete=True)
    finally:
        os.close(handle)


def _read(handle: int, size: int) -> bytes:
    content = os.read(handle, size)
    while len(content) < size and (more := os.read(handle, size - len(content))):
        content += more
    return content

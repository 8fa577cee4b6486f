"""Files that are whole or not there: atomic writes, hashes and the cache folder."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import stat
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidycnn.core._workshop import WORKSHOP_NAME, Workshop, workshops
from tidycnn.core.errors import StoreError
from tidycnn.core.types import PathLike

# What systems put into folders by themselves, and what a killed process of ours leaves.
_CLUTTER = re.compile(r"\._.*|\.DS_Store|\.directory|Thumbs\.db|desktop\.ini|" + WORKSHOP_NAME, re.IGNORECASE)


def is_clutter(name: str) -> bool:
    """Tell whether a file or folder is one that nobody put there on purpose, and that nobody misses."""
    return _CLUTTER.fullmatch(name) is not None


def hash_bytes(content: bytes) -> str:
    """Give the name of a content: 32 hexadecimal digits (BLAKE2b, 128 bits)."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def hash_arrays(arrays: Sequence[NDArray[Any]]) -> str | None:
    """Name arrays by the numbers in them; None without any."""
    hashes = [hash_bytes(np.ascontiguousarray(array).tobytes()) for array in arrays]
    return hash_bytes("".join(hashes).encode()) if hashes else None


def cache_folder() -> Path:
    """Give the folder for what may be deleted: `TIDYCNN_CACHE`, else the user's cache folder."""
    named = os.environ.get("TIDYCNN_CACHE")
    if named:
        folder = Path(named)
    else:
        import platformdirs

        folder = Path(platformdirs.user_cache_dir("tidycnn", appauthor=False))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def atomic_file(path: PathLike, *, flushed: bool = True) -> Iterator[Path]:
    """Give a temporary path, which takes the place of `path` when the block ends without an error.

    A link stays, and what it leads to is replaced. A device or pipe is written to as it is. `flushed` has the disk hold
    the file before the block ends, which many small ones that can be made again need not wait for.
    """
    target = _followed(path)
    with _told(target):
        if target.exists() and not target.is_file() and not target.is_dir():
            yield target
            return
        with _working_beside(target, flushed=flushed) as workshop:
            workshop.new.touch()
            yield workshop.new
            if flushed:
                _flush(workshop.new)
            _keep_rights(target, workshop.new)
            workshop.deliver()


@contextlib.contextmanager
def atomic_folder(path: PathLike) -> Iterator[Path]:
    """Give a temporary folder, which takes the place of `path` when the block ends without an error.

    A link stays, and what it leads to is replaced.
    """
    target = _followed(path)
    with _told(target):
        if target.exists() and not target.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        _check_elsewhere(target)
        with _working_beside(target) as workshop:
            workshop.new.mkdir()
            yield workshop.new
            for part in (*workshop.new.rglob("*"), workshop.new):
                _flush(part)
            _keep_rights(target, workshop.new)
            workshop.deliver()


def put_back(path: PathLike) -> None:
    """Put back what stood at `path`, if a process was killed while it replaced it."""
    target = _followed(path)
    if not os.path.lexists(target):
        for workshop in workshops(target):
            workshop.recover()


@contextlib.contextmanager
def _working_beside(target: Path, *, flushed: bool = True) -> Iterator[Workshop]:
    target.parent.mkdir(parents=True, exist_ok=True)
    places = workshops(target)
    for place in places:
        place.recover()
    workshop = next((place for place in places if place.open()), None)
    if workshop is None:
        raise StoreError(
            f"{str(target)!r} could not be written: other processes are writing it.", hint="Wait until they end."
        )
    try:
        yield workshop
        if flushed:
            with contextlib.suppress(PermissionError):  # A folder may be written to without being read.
                _flush(target.parent)
    finally:
        workshop.close()


def _followed(path: PathLike) -> Path:
    """Give what a path leads to, by all its links."""
    return Path(os.path.realpath(path))


def _check_elsewhere(target: Path) -> None:
    """Refuse to replace the folder that this process works in: it would be left in one that is gone."""
    with contextlib.suppress(FileNotFoundError):
        here = Path.cwd()
        if target.exists() and target in (here, *here.parents):
            raise StoreError(
                f"{str(target)!r} could not be written: it is the working folder, or holds it.",
                hint="Name a folder in it, or another one.",
            )


def _keep_rights(target: Path, successor: Path) -> None:
    """Give what takes a place the rights of what stood there."""
    with contextlib.suppress(FileNotFoundError, PermissionError):
        successor.chmod(stat.S_IMODE(target.stat().st_mode))


_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota is used up",
    errno.EACCES: "writing is not permitted there",
    errno.EPERM: "writing is not permitted there",
    errno.EROFS: "the disk is read-only",
    errno.ENAMETOOLONG: "the name is too long",
    errno.EISDIR: "a folder stands where a file is needed",
    errno.EEXIST: "a file stands where a folder is needed",
    errno.ENOTDIR: "a file stands where a folder is needed",
    errno.EBUSY: "a disk is mounted there, or it is in use",
    errno.EXDEV: "a disk is mounted there, or it is in use",
}


def reason_of(error: OSError) -> str:
    """Say in words why something could not be written."""
    return _REASONS.get(error.errno or 0) or (error.strerror or str(error)).lower()


@contextlib.contextmanager
def _told(target: Path) -> Iterator[None]:
    hint = "Nothing was left half-written. Free some space or choose another folder."
    with telling_unwritten(repr(str(target)), _REASONS, hint=hint):
        yield


@contextlib.contextmanager
def telling_unwritten(
    what: str, numbers: Collection[int] = (errno.ENOSPC, errno.EDQUOT), *, hint: str
) -> Iterator[None]:
    """Say in words why something could not be written, where the system gives one of these numbers of errors."""
    try:
        yield
    except OSError as error:
        if isinstance(error, StoreError) or error.errno not in numbers:
            raise
        raise StoreError(f"{what} could not be written: {reason_of(error)}.", hint=hint) from error


def _flush(path: Path) -> None:
    """Have the disk hold a file, or the names in a folder, where the file system can be told to."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)

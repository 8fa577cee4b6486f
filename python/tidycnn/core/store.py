"""Files that are whole or not there: atomic writes, hashes, the cache folder, and who opens which kind of folder."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tidycnn.core.errors import StoreError, described, listed
from tidycnn.core.types import PathLike

# Who opens a folder of which kind, imported when needed so that lower stages need not know higher ones.
OPENERS = {"classifier": "tidycnn.fit.checkpoint:open_classifier"}


def opener(kind: str) -> Callable[..., Any]:
    """Find the function that opens a folder of `kind`."""
    if kind not in OPENERS:
        raise StoreError(f"The folder says that it holds {described(kind)}, but we know {listed(OPENERS)}.")
    module, function = OPENERS[kind].split(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def hash_bytes(content: bytes) -> str:
    """Give the name of a content: 32 hexadecimal digits (BLAKE2b, 128 bits)."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


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
def atomic_file(path: PathLike) -> Iterator[Path]:
    """Give a temporary path beside `path`, which takes its place when the block ends without an error."""
    target = Path(path)
    with _told(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:80]}-", suffix=target.suffix, dir=target.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            _flush(temporary)
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def atomic_folder(path: PathLike) -> Iterator[Path]:
    """Give a temporary folder beside `path`, which takes its place when the block ends without an error."""
    target = Path(path)
    with _told(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{target.name[:80]}-", dir=target.parent))
        retired = temporary.with_name(temporary.name + "-old")
        try:
            yield temporary
            for file in temporary.rglob("*"):
                if file.is_file():
                    _flush(file)
            temporary.chmod(0o777 & ~_umask())
            if target.exists():
                target.rename(retired)
            try:
                temporary.rename(target)
            except OSError:
                if retired.exists():
                    retired.rename(target)
                raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
            shutil.rmtree(retired, ignore_errors=True)


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
}


def reason_of(error: OSError) -> str:
    """Say in words why something could not be written."""
    return _REASONS.get(error.errno or 0) or (error.strerror or str(error)).lower()


@contextlib.contextmanager
def _told(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if isinstance(error, StoreError) or error.errno not in _REASONS:
            raise
        raise StoreError(
            f"{str(target)!r} could not be written: {reason_of(error)}.",
            hint="Nothing was left half-written. Free some space or choose another folder.",
        ) from error


def _flush(file: Path) -> None:
    with file.open("rb") as stream:
        os.fsync(stream.fileno())


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current

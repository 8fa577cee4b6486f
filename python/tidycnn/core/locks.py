"""One process at a time: a lock that ends with the processes that have it.

Whoever has a lock may hand it on to a process that it starts: the lock lies with the open file, which both then have,
so that there is no moment between in which nobody has it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path

from tidycnn.core.errors import InputError, StoreError

try:
    import fcntl
except ImportError:  # Windows: a file that is open there cannot be removed, which tells as much.
    fcntl = None  # type: ignore[assignment]

# Whoever only looks whether a lock is taken has it for a moment.
_TRIES, _PAUSE = 5, 0.02
_LOCKLESS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


@contextlib.contextmanager
def alone_in(folder: Path, noun: str, *, argument: str = "folder", lock: int | None = None) -> Iterator[int]:
    """Have the lock of a folder inside the block, and give the open file that has it.

    `noun` is what messages say that runs there, `argument` where the folder was named, and `lock` an open file that
    another process has handed on.
    """
    place = folder / "lock"
    handle = lock if lock is not None and has_lock(lock, place) else take_lock(place)
    if handle is None:
        raise InputError(
            f"`{argument}` {str(folder)!r} has {noun} in another process.",
            hint="Wait until that has ended, or name another folder.",
        )
    try:
        yield handle
    finally:
        os.close(handle)


def take_lock(path: Path, *, tries: int = _TRIES) -> int | None:
    """Take the lock, and give the open file that has it until it is closed; None where another process has it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    is_taken = False
    try:
        for last in range(tries - 1, -1, -1):
            is_taken = _takes(handle, path)
            if is_taken or not last:
                break
            time.sleep(_PAUSE)
    finally:
        if not is_taken:
            os.close(handle)
    return handle if is_taken else None


def is_locked(path: Path) -> bool:
    """Tell whether a process has the lock."""
    try:
        handle = os.open(path, os.O_RDWR)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        return not _takes(handle, path, shared=True)
    finally:
        os.close(handle)


def has_lock(handle: int, path: Path) -> bool:
    """Tell whether an open file that was handed on is that of the lock."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False


def _takes(handle: int, path: Path, *, shared: bool = False) -> bool:
    """Try to take the lock; those who only look (`shared`) do not shut each other out."""
    if fcntl is None:
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _LOCKLESS:
            raise
        raise StoreError(
            f"The file system of {str(path.parent)!r} has no locks, which keep two processes apart.",
            hint="Name a folder on a local disk.",
        ) from error
    return True

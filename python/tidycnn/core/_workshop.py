"""Where a file or folder is made before it takes its place, and where a killed process leaves what it had moved away.

A workshop is a hidden folder beside the target. `new` holds what is being made; `old` holds, for a moment, what stood
at the target, where the file system cannot exchange the two in one step. Who is alive has the lock. So a workshop whose
lock is free was left by a killed process: what it had moved away goes back, and the rest is removed.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import os
import shutil
import stat
import sys
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has no such locks: what a killed process leaves is not removed there.
    fcntl = None  # type: ignore[assignment]

WORKSHOP_NAME = r"\.tidycnn-[0-9a-f]{16}-\d+"
# So many processes can write the same target at once.
_PLACES = 16
_TRIES = 100
_OVERTAKEN = (errno.ENOENT, errno.EEXIST, errno.ENOTEMPTY)
# Linux's numbers for renameat2(): paths as they are, and both names change places.
_AS_IT_IS, _EXCHANGE = -100, 2


class Workshop:
    """One of the places beside `target` to work in."""

    def __init__(self, target: Path, folder: Path) -> None:
        self.target, self.folder = target, folder
        self._lock: int | None = None

    @property
    def new(self) -> Path:
        """What is being made."""
        return self.folder / "new" / self.target.name

    @property
    def _old(self) -> Path:
        return self.folder / "old"

    @property
    def _gone(self) -> Path:
        return self.folder / "gone"

    @property
    def _key(self) -> Path:
        return self.folder / "lock"

    def open(self) -> bool:
        """Begin to work here, and tell whether nobody else does."""
        try:
            self.folder.mkdir(mode=0o700)
            is_made = True
        except FileExistsError:
            is_made = False
            if not _is_trusted(self.folder):
                return False
        is_locked = self._take_lock()
        if is_locked is False or (is_locked is None and not is_made):
            return False
        try:
            self._clear()
            self.new.parent.mkdir()
        except FileExistsError:  # What a killed process left here cannot be removed.
            self.close()
            return False
        except BaseException:
            self.close()
            raise
        return True

    def recover(self) -> None:
        """Put back what a killed process had moved away from the target, and remove what it has left."""
        with contextlib.suppress(OSError):
            if not _is_trusted(self.folder):
                return
            is_locked = self._take_lock()
            if is_locked:
                self.close()
            elif is_locked is None:
                self._settle()

    def deliver(self) -> None:
        """Let what was made take the place of the target. At every moment one of the two is there or comes back."""
        for last in range(_TRIES - 1, -1, -1):
            try:
                if not self.new.is_dir() or not os.path.lexists(self.target):
                    self.new.replace(self.target)
                elif not _exchanged(self.new, self.target):
                    self._settle()
                    self.target.rename(self._old)
                    self.new.rename(self.target)
                return
            except OSError as error:
                if error.errno not in _OVERTAKEN or not last or not os.path.lexists(self.new):
                    raise

    def close(self) -> None:
        """Leave, and remove the workshop unless it holds the only copy of what stood at the target."""
        with contextlib.suppress(OSError):
            self._clear()
            self._key.unlink(missing_ok=True)
            self.folder.rmdir()
        if self._lock is not None:
            fcntl.flock(self._lock, fcntl.LOCK_UN)  # A process that was forked meanwhile has the descriptor too.
            os.close(self._lock)
            self._lock = None

    def _clear(self) -> None:
        self._settle()
        for part in (self.new.parent, self._gone):
            shutil.rmtree(part, ignore_errors=True)

    def _settle(self) -> None:
        """Put what was moved away back where the target is missing; drop it where a newer one is there."""
        if not os.path.lexists(self._old):
            return
        if os.path.lexists(self.target):
            shutil.rmtree(self._gone, ignore_errors=True)
            self._old.rename(self._gone)
        else:
            self._old.rename(self.target)

    def _take_lock(self) -> bool | None:
        """Take the lock, and tell whether that was possible; None where there are no locks."""
        if fcntl is None:
            return None
        try:
            lock = os.open(self._key, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except FileNotFoundError:  # Another process has just removed the workshop.
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(lock), self._key.stat()):
                self._lock = lock
                return True
        except (BlockingIOError, FileNotFoundError):
            pass
        except OSError:
            os.close(lock)
            return None
        os.close(lock)
        return False


def workshops(target: Path) -> list[Workshop]:
    """Give all places beside `target` where it may be made."""
    name = hashlib.blake2b(os.fsencode(target.name), digest_size=8).hexdigest()
    return [Workshop(target, target.parent / f".tidycnn-{name}-{number}") for number in range(_PLACES)]


def _is_trusted(folder: Path) -> bool:
    """Tell whether a folder is there, and not by the hand of another user in a folder that all may write to."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    owners = (getattr(os, "geteuid", lambda: found.st_uid)(), folder.parent.stat().st_uid)
    return stat.S_ISDIR(found.st_mode) and found.st_uid in owners


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders in one step, and tell whether system and file system can."""
    if sys.platform != "linux":
        return False
    exchange = getattr(ctypes.CDLL(None), "renameat2", None)
    if exchange is None:
        return False
    return bool(exchange(_AS_IT_IS, os.fsencode(one), _AS_IT_IS, os.fsencode(other), _EXCHANGE) == 0)

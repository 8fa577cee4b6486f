"""Whether a file or folder could be written: tried before the work whose result it takes.

Only trying tells: permissions, quotas and disks that are read-only or full all look alike to those who only ask. What
is tried with is a file without a name, of which nothing is left.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tidycnn.core.errors import InputError, StoreError
from tidycnn.core.store import reason_of
from tidycnn.core.types import PathLike

_TRIAL = bytes(64 * 1024)
_ELSEWHERE = "Choose another place, or see that you may write there and that there is room."


def check_file(path: PathLike, argument: str, *, in_place: bool = False, makes_folder: bool = True) -> None:
    """Refuse a file that could not be written.

    Parameters
    ----------
    path, argument
        The file, which may exist, and what the user calls it.
    in_place
        Whether a file that exists is opened and written itself; else a whole new one takes its place.
    makes_folder
        Whether the folder is made where it is missing.
    """
    target = _place_of(path)
    with _telling(target, argument):
        found = _stat(target)
        if found is not None and stat.S_ISDIR(found.st_mode):
            raise InputError(
                f"`{argument}` must be a file, but {str(target)!r} is a folder.", hint="Name a file in that folder."
            )
        if not makes_folder and not target.parent.is_dir():
            raise InputError(
                f"`{argument}` must be in a folder that exists, not {os.fspath(path)!r}.", hint="Make the folder first."
            )
        if found is None or (stat.S_ISREG(found.st_mode) and not in_place):
            _try(target.parent)
        elif stat.S_ISREG(found.st_mode):
            os.close(os.open(target, os.O_WRONLY))


def check_folder(path: PathLike, argument: str) -> set[str]:
    """Refuse a folder that could not be written whole; give the names in the one that it would take the place of."""
    target = _place_of(path)
    with _telling(target, argument):
        found = _stat(target)
        if found is not None and not stat.S_ISDIR(found.st_mode):
            raise InputError(f"`{argument}` must be a folder, but {str(target)!r} is a file.")
        if found is not None and (os.path.ismount(target) or _is_of_others(target, found)):
            raise StoreError(
                f"`{argument}` {str(target)!r} could not be written: that folder cannot be replaced.",
                hint="Name a folder inside it that does not exist yet." if os.path.ismount(target) else _ELSEWHERE,
            )
        _try(target.parent)
        return set() if found is None else {path.name for path in target.iterdir()}


def check_inside(path: PathLike, argument: str) -> None:
    """Refuse a folder, missing or there, into which no files could be written."""
    target = _place_of(path)
    with _telling(target, argument):
        found = _stat(target)
        if found is not None and not stat.S_ISDIR(found.st_mode):
            raise InputError(f"`{argument}` must be a folder, but {str(target)!r} is a file.")
        _try(target)


@contextlib.contextmanager
def _telling(target: Path, argument: str) -> Iterator[None]:
    """Say why the target cannot be written."""
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(
            f"`{argument}` {str(target)!r} could not be written: {reason_of(error)}.", hint=_ELSEWHERE
        ) from error


def _stat(target: Path) -> os.stat_result | None:
    try:
        return target.stat()
    except FileNotFoundError:
        return None


def _try(folder: Path) -> None:
    """Write a little where a folder is, or would be made."""
    while _stat(folder) is None and folder != folder.parent:
        folder = folder.parent
    with tempfile.TemporaryFile(dir=folder) as trial:
        trial.write(_TRIAL)
        trial.flush()
        os.fsync(trial.fileno())


def _is_of_others(target: Path, found: os.stat_result) -> bool:
    """Whether it belongs to somebody else in a folder for everybody, where each may rename only what is theirs."""
    around = target.parent.stat()
    return (
        os.name == "posix"
        and bool(around.st_mode & stat.S_ISVTX)
        and os.geteuid() not in (0, found.st_uid, around.st_uid)
    )


def _place_of(path: PathLike) -> Path:
    """Give the place that is written to: that to which links lead."""
    return Path(os.path.realpath(Path(path).expanduser()))

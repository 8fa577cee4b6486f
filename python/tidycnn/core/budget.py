"""What files of arrays may take of the disk: those that were not used for the longest time make room for a new one.

All kinds share one budget. What an array is, and what is said where there is no room, is told by those who keep them.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeAlias

from tidycnn.core.machine import memory_bytes
from tidycnn.core.store import cache_folder

Kept: TypeAlias = Literal["pixels", "features"]

GIGABYTE = 10**9
_KINDS: tuple[Kept, ...] = ("pixels", "features")
_MEMORY_UNKNOWN = 4 * GIGABYTE


def disk_place(
    kind: Kept, name: str, size: int, check: Callable[[float], None], *, cache_size: float | None = None
) -> Path:
    """Give the path of a file of arrays of a kind, with room for its size.

    `check` refuses the limit, in bytes, where the file is larger: `cache_size` GB, or half of the disk that is free or
    ours. A file that is there needs no room.
    """
    folder = cache_folder() / kind
    folder.mkdir(exist_ok=True)
    path = folder / name
    if cache_size is None and path.exists():  # It fitted when it was made, and has itself taken what was free.
        return path
    others = [(file, state) for file, state in _states() if file != path]
    ours = sum(getattr(state, "st_blocks", state.st_size / 512) * 512 for _, state in others)  # Files have holes.
    limit = limit_of(cache_size, shutil.disk_usage(folder).free + ours)
    check(limit)
    _make_room(others, limit - size)
    return path


def is_on_disk(kind: Kept, name: str) -> bool:
    """Tell whether there is a file of arrays of a kind."""
    return (cache_folder() / kind / name).is_file()


def limit_of(cache_size: float | None, available: float) -> float:
    """Give how many bytes may be taken: as many GB as the user names, or half of what is available."""
    return available / 2 if cache_size is None else cache_size * GIGABYTE


def available_memory() -> float:
    """Give the memory that is free, or what may be thought to be, in bytes."""
    total, free = memory_bytes()
    return free if free is not None else (total or _MEMORY_UNKNOWN) / 2


def _states() -> list[tuple[Path, os.stat_result]]:
    found = []
    for folder in (cache_folder() / kind for kind in _KINDS):
        with contextlib.suppress(FileNotFoundError):
            for file in folder.iterdir():
                with contextlib.suppress(FileNotFoundError):
                    found.append((file, file.stat()))
    return found


def _make_room(files: list[tuple[Path, os.stat_result]], room: float) -> None:
    """Remove the files that were not used for the longest time until the rest take at most `room` bytes."""
    total = sum(state.st_size for _, state in files)
    for file, state in sorted(files, key=lambda item: item[1].st_mtime):
        if total <= room:
            return
        with contextlib.suppress(OSError):  # Windows removes no file that is in use.
            file.unlink()
            total -= state.st_size

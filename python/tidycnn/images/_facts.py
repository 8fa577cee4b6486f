# Path objects for many thousands of files take longer than asking the files.
# ruff: noqa: PTH116
"""What is known of files: found by opening them in threads, and kept so that the next time is quick.

The kept facts are a convenience: whatever is wrong with their file, the answer is the same, only slower.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
import warnings
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pandas as pd

from tidycnn.core import progress
from tidycnn.core.machine import processor_count
from tidycnn.core.paths import absolute_paths
from tidycnn.core.store import cache_folder, hash_bytes
from tidycnn.images._formats import sniff_format
from tidycnn.images._reading import read_file
from tidycnn.images._room import ROOM
from tidycnn.images._work import allowed_work, file_work
from tidycnn.images.decode import PIXELS_MAX, Facts, probe_image

FACT_COLUMNS = ("status", "format", "width", "height", "mode", "orientation", "bytes", "hash")
NUMBER_COLUMNS = ("width", "height", "orientation", "bytes")
_CHUNK_SIZE = 32
_STORED_AT_ONCE = 2048
_ASKED_AT_ONCE = 500
# A file younger than this may change again without a change of its time.
_SETTLED_NS = 100_000_000
# What depends on the content alone, and not on permissions or the version of a library.
_KEPT = ("ok", "truncated", "not an image", "empty", "too large")
_FILE_NAME = "image-facts-3.sqlite"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (
  path BLOB PRIMARY KEY, size INTEGER, mtime_ns INTEGER,
  status TEXT, format TEXT, width INTEGER, height INTEGER, mode TEXT, orientation INTEGER, bytes INTEGER, hash TEXT,
  work INTEGER
) WITHOUT ROWID
"""
_QUERY = "SELECT * FROM facts WHERE path IN (%s)"
_INSERT = "INSERT OR REPLACE INTO facts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class FileFacts(NamedTuple):
    """The facts of one file, in the order of `FACT_COLUMNS`, and what decoding it asks for."""

    status: str
    format: str | None = None
    width: int | None = None
    height: int | None = None
    mode: str | None = None
    orientation: int | None = None
    bytes: int | None = None
    hash: str | None = None
    work: int = 0


class _Stamp(NamedTuple):
    size: int
    mtime_ns: int


_Chunk: TypeAlias = list[tuple[str, _Stamp | None, FileFacts]]
_UNREADABLE = FileFacts("unreadable")


def find_facts(paths: Sequence[str], *, pixels_max: int, shown: bool) -> pd.DataFrame:
    """Give the facts of files, one row each in the order of `paths`, opening only those that are not known yet."""
    files = absolute_paths(paths)
    unique = list(dict.fromkeys(files))
    stamps = {file: stamp for file in unique if (stamp := _stamp_of(file)) is not None}
    known = _recall(stamps)
    allowed = allowed_work(pixels_max)
    facts = {file: _judged(fact, pixels_max, allowed) for file, fact in known.items()}
    open_still = [file for file in unique if facts.get(file) is None]
    if open_still:
        facts |= _open_all(open_still, pixels_max, shown)
    return _as_frame([facts[file] or _UNREADABLE for file in files])


def find_changed(paths: Sequence[str], sizes: Sequence[int | None], hashes: Sequence[str]) -> list[bool]:
    """Tell which files have changed since their size and hash were found: by their size, else by their time.

    Only those are read whose time is another than that of the kept facts. Files that are gone have not changed.
    """
    files = absolute_paths(paths)
    stamps = {file: stamp for file in dict.fromkeys(files) if (stamp := _stamp_of(file)) is not None}
    kept = _kept(stamps)
    # All at once: in threads, and known from then on.
    touched = [file for file, (told, _) in kept.items() if told != stamps[file]]
    now = dict(zip(touched, find_facts(touched, pixels_max=PIXELS_MAX, shown=False)["hash"], strict=True))

    def has_changed(file: str, size: int | None, known: str) -> bool:
        stamp = stamps.get(file)
        if stamp is None or (size is not None and stamp.size != size):
            return stamp is not None
        if file not in kept:
            return False
        content = now.get(file, kept[file][1].hash)
        return not pd.isna(content) and content != known

    return [has_changed(*each) for each in zip(files, sizes, hashes, strict=True)]


def _stamp_of(file: str) -> _Stamp | None:
    try:
        found = os.stat(file)
    except (OSError, ValueError):
        return None
    return _Stamp(found.st_size, found.st_mtime_ns)


def _judged(fact: FileFacts, pixels_max: int, allowed: int) -> FileFacts | None:
    """Apply this call's limits of pixels and of work to a kept fact; None where the file must be opened for it."""
    is_too_large = fact.work > allowed or (fact.width or 0) * (fact.height or 0) > pixels_max
    if is_too_large == (fact.status == "too large"):
        return fact
    return fact._replace(status="too large") if is_too_large else None


def _open_all(files: list[str], pixels_max: int, shown: bool) -> dict[str, FileFacts | None]:
    """Open files in threads; after an interruption nothing more is begun, and what was found is kept."""
    found: dict[str, FileFacts | None] = {}
    fresh: list[tuple[str, _Stamp, FileFacts]] = []
    with progress.track("Opening images", len(files), shown=shown) as task, _quiet():
        try:
            with contextlib.closing(_opened(files, pixels_max, task)) as chunks:
                for chunk in chunks:
                    found.update((file, fact) for file, _, fact in chunk)
                    fresh += [(file, stamp, fact) for file, stamp, fact in chunk if stamp and fact.status in _KEPT]
                    task.advance(len(chunk))
                    if len(fresh) >= _STORED_AT_ONCE:
                        _remember(fresh)
                        fresh = []
        finally:
            _remember(fresh)
    return found


def _opened(files: list[str], pixels_max: int, task: progress.Task) -> Generator[_Chunk, None, None]:
    pool = ThreadPoolExecutor(min(16, processor_count() + 1), thread_name_prefix="tidycnn-images")
    chunks = [files[start : start + _CHUNK_SIZE] for start in range(0, len(files), _CHUNK_SIZE)]
    try:
        pending: set[Future[_Chunk]] = {pool.submit(_open_chunk, chunk, pixels_max) for chunk in chunks}
        while pending:
            # Short waits let interruptions through on every system.
            done, pending = wait(pending, timeout=0.1, return_when=FIRST_COMPLETED)
            task.advance(0)
            for future in done:
                yield future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _open_chunk(files: Iterable[str], pixels_max: int) -> _Chunk:
    return [(file, *_open_file(file, pixels_max)) for file in files]


def _open_file(file: str, pixels_max: int) -> tuple[_Stamp | None, FileFacts]:
    with ROOM:
        try:
            state, content, is_complete = read_file(file, pixels_max)
        except (OSError, ValueError, MemoryError):
            return None, _UNREADABLE
        found = probe_image(content, pixels_max) if is_complete else _unread(content, state.st_size)
        digest = hash_bytes(content) if is_complete else None
    has_settled = time.time_ns() - state.st_mtime_ns > _SETTLED_NS
    stamp = _Stamp(state.st_size, state.st_mtime_ns) if has_settled else None
    facts = FileFacts(
        found.status,
        found.format,
        found.width,
        found.height,
        found.mode,
        found.orientation,
        state.st_size,
        digest,
        found.work,
    )
    return stamp, facts


def _unread(head: bytes, size: int) -> Facts:
    """Say what a file is of which only the head was read."""
    name = sniff_format(head)
    return Facts("not an image") if name is None else Facts("too large", name, work=file_work(size))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    # Set once here and not in the threads, where it would race: Pillow's remarks on damaged files are our statuses.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


def _as_frame(facts: list[FileFacts]) -> pd.DataFrame:
    columns = dict(zip(FACT_COLUMNS, zip(*facts, strict=True) if facts else [()] * len(FACT_COLUMNS), strict=False))
    return pd.DataFrame(
        {
            name: pd.array(list(values), dtype="Int64") if name in NUMBER_COLUMNS else pd.Series(values, dtype=object)
            for name, values in columns.items()
        }
    )


def _recall(stamps: dict[str, _Stamp]) -> dict[str, FileFacts]:
    """Give the kept facts of files that have not changed since."""
    return {file: fact for file, (stamp, fact) in _kept(stamps).items() if stamp == stamps[file]}


def _kept(files: Iterable[str]) -> dict[str, tuple[_Stamp, FileFacts]]:
    """Give the kept facts of files, and of which state they are."""
    keys = {os.fsencode(file): file for file in files}
    found: dict[str, tuple[_Stamp, FileFacts]] = {}
    with _kept_facts() as connection:
        if connection is None:
            return {}
        names = list(keys)
        for start in range(0, len(names), _ASKED_AT_ONCE):
            asked = names[start : start + _ASKED_AT_ONCE]
            for row in connection.execute(_QUERY % ",".join("?" * len(asked)), asked):
                found[keys[bytes(row[0])]] = _Stamp(row[1], row[2]), FileFacts(*row[3:])
    return found


def _remember(fresh: list[tuple[str, _Stamp, FileFacts]]) -> None:
    if not fresh:
        return
    with _kept_facts() as connection:
        if connection is not None:
            rows = [(os.fsencode(file), *stamp, *fact) for file, stamp, fact in fresh]
            with connection:
                connection.executemany(_INSERT, rows)


@contextlib.contextmanager
def _kept_facts() -> Iterator[sqlite3.Connection | None]:
    """Open the file of kept facts; None where it cannot be had. Errors inside the block end the block, no more."""
    file: Path | None = None
    connection: sqlite3.Connection | None = None
    try:
        file = cache_folder() / _FILE_NAME
        connection = sqlite3.connect(file, timeout=1)
        connection.execute(_SCHEMA)
    except (sqlite3.Error, OSError) as error:
        _discard(file, error)
        _close(connection)
        connection = None
    try:
        yield connection
    except sqlite3.Error as error:
        _discard(file, error)
    finally:
        _close(connection)


def _close(connection: sqlite3.Connection | None) -> None:
    if connection is not None:
        connection.close()


def _discard(file: Path | None, error: Exception) -> None:
    """Remove a file that is damaged, so that the next call starts a new one; a busy one is left alone."""
    if (
        file is not None
        and isinstance(error, sqlite3.DatabaseError)
        and not isinstance(error, sqlite3.OperationalError)
    ):
        with contextlib.suppress(OSError):
            file.unlink()

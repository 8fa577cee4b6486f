"""Where many fits are kept: a folder with one for each, the seed that they go out from, the threads that each has."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tidycnn.core.errors import InputError, constant
from tidycnn.core.folders import FolderKind, check_target, read_folder, write_folder
from tidycnn.core.locks import alone_in
from tidycnn.core.machine import processor_count
from tidycnn.core.seeds import DrawnSeed, draw_seed
from tidycnn.core.store import put_back
from tidycnn.core.types import PathLike
from tidycnn.fit.control import FitControl
from tidycnn.fit.stored import KEPT_FITS


@dataclass(frozen=True)
class Place:
    """Where fits are kept, the seed that they go out from, and the threads that each has."""

    path: Path
    seed: int
    threads: int
    is_temporary: bool = False  # It is removed then with the last who knows it.
    lock: int | None = None  # The open file that has the lock.

    @property
    def fits(self) -> Path:
        """The folder with the folders of the fits."""
        return self.path / "fits"


def place_seed(folder: PathLike | None, seed: int | None, *, overwrite: bool, kind: FolderKind = KEPT_FITS) -> int:
    """Give the seed that fits go out from: what was given, else that of those in the folder, else a fresh one.

    A folder in which they could not be kept is refused, and nothing is written.
    """
    if folder is None:
        return draw_seed(seed)
    path = Path(folder).expanduser()
    put_back(path)
    is_there = (path / kind.description).is_file()
    check_target(path, kind, overwrite=overwrite or is_there)
    if is_there:
        with alone_in(path, "fits that run"):  # Nobody waits for what would be refused.
            pass
    is_given = seed is not None and not isinstance(seed, DrawnSeed)
    if overwrite or is_given or not is_there:
        return draw_seed(seed)
    stored = read_folder(path, kind)
    with stored.believing():
        return int(stored.facts["seed"])


@contextlib.contextmanager
def kept_place(
    folder: PathLike | None,
    control: FitControl,
    seed: int,
    *,
    overwrite: bool,
    kind: FolderKind = KEPT_FITS,
    lock: int | None = None,
) -> Iterator[Place]:
    """Give the place of the fits, which no other process has inside the block, and which is written now.

    `seed` is what `place_seed()` gave, before what is asked was checked. What a job works at is closed to other users;
    `lock` is that of the folder where another process has handed it on.
    """
    if control.background and kind is KEPT_FITS:
        raise InputError(
            f"`control` asks for one fit in the background (`background = {constant(True)}`), but these are many.",
            hint="`workers` runs them in processes of their own, and with a `folder` the same call goes on.",
        )
    threads = max(1, processor_count() // control.workers)
    if folder is None:
        place = Place(Path(tempfile.mkdtemp(prefix="tidycnn-fits-")), seed, threads, is_temporary=True)
        weakref.finalize(place, shutil.rmtree, place.path, ignore_errors=True)
        yield place
        return
    path = Path(folder).expanduser()
    is_there = (path / kind.description).is_file()
    with contextlib.ExitStack() as locks:
        if is_there:
            lock = locks.enter_context(alone_in(path, "fits that run", lock=lock))
        if control.background:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.chmod(0o700)  # Which a folder that is written in its place keeps.
        if overwrite or not is_there:
            write_folder(path, kind, {"seed": seed, "threads": threads}, overwrite=overwrite)
            lock = locks.enter_context(alone_in(path, "fits that run"))
        stored = read_folder(path, kind)
        with stored.believing():
            threads = int(stored.facts["threads"])
        yield Place(path, seed, threads, lock=lock)

"""Writes over a folder in processes that die at each step that they ask of the system; run by `test_workshop.py`.

Prints for each step which of the two stands at the place afterwards, and what is beside it after one more save.
"""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tidycnn.core import _workshop
from tidycnn.core.store import atomic_folder, put_back

STEPS = [(os, name) for name in ("mkdir", "rename", "replace", "open", "fsync", "unlink", "rmdir", "chmod")]
STEPS += [(fcntl, "flock"), (_workshop, "_exchanged")]


def write(target: Path, text: str) -> None:
    with atomic_folder(target) as temporary:
        (temporary / "deep").mkdir()
        for name in ("a", "deep/b"):
            (temporary / name).write_text(text)


def content(target: Path) -> str:
    """Give what all files of the folder say, and `damaged` where they disagree or are not all there."""
    texts = {name: (target / name).read_text() for name in ("a", "deep/b") if (target / name).is_file()}
    return next(iter(texts.values())) if len(texts) == 2 and len(set(texts.values())) == 1 else "damaged"


def die_at(number: int, when: str) -> None:
    """Have this process killed just before or behind its step of that number."""
    steps = itertools.count()

    def deadly(step: Callable[..., Any]) -> Callable[..., Any]:
        def do(*arguments: Any, **named: Any) -> Any:
            is_last = next(steps) == number
            if is_last and when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            try:
                return step(*arguments, **named)
            finally:
                if is_last:
                    os.kill(os.getpid(), signal.SIGKILL)

        return do

    for home, name in STEPS:
        setattr(home, name, deadly(getattr(home, name)))


def write_and_die(target: Path, number: int, when: str) -> bool:
    """Write in a process of its own, and tell whether it was killed."""
    child = os.fork()
    if child == 0:
        die_at(number, when)
        write(target, "new")
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def main(folder: str, way: str, when: str) -> None:
    if way == "renames":
        _workshop._exchanged = lambda one, other: False
    os.fsync = lambda handle: None  # The system goes on: what it was told is there at once.
    target, found = Path(folder) / "target", []
    for number in itertools.count():
        write(target, "old")
        if not write_and_die(target, number, when):
            break
        put_back(target)
        state = content(target)
        write(target, "newest")
        found.append([state, content(target), sorted(path.name for path in Path(folder).iterdir())])
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""How far long work has come, and remarks on the way.

The work tells; a listener shows. In Python the listener draws with rich on a terminal; the bridge sets one that
draws with cli in R. Only the thread that owns the listener ever calls it: `Task.advance()` may come from others.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any, Protocol

from tidycnn.core.errors import readable

_INTERVAL = 0.2


class Listener(Protocol):
    """Shows progress and remarks. Called on one thread only, at most five times a second for updates."""

    def start(self, task: int, description: str, total: int, done: int) -> None: ...
    def update(self, task: int, done: int, note: str) -> None: ...
    def finish(self, task: int) -> None: ...
    def remark(self, message: str) -> None: ...


class Silence:
    """Shows nothing."""

    def start(self, task: int, description: str, total: int, done: int) -> None: ...
    def update(self, task: int, done: int, note: str) -> None: ...
    def finish(self, task: int) -> None: ...
    def remark(self, message: str) -> None: ...


class Terminal:
    """Draws on the standard error stream: bars where it is a terminal, one below the other; remarks always.

    A terminal that was closed does not end the work.
    """

    def __init__(self) -> None:
        self._drawing: Any = None
        self._bars: dict[int, Any] = {}

    def start(self, task: int, description: str, total: int, done: int) -> None:
        if not sys.stderr.isatty():
            return
        if self._drawing is None:
            self._drawing = _new_drawing()
            with contextlib.suppress(OSError):
                self._drawing.start()
        with contextlib.suppress(OSError):
            self._bars[task] = self._drawing.add_task(description, total=total, completed=done, note="")

    def update(self, task: int, done: int, note: str) -> None:
        if task in self._bars:
            with contextlib.suppress(OSError):
                self._drawing.update(self._bars[task], completed=done, note=note)

    def finish(self, task: int) -> None:
        if task in self._bars:
            with contextlib.suppress(OSError):
                self._drawing.remove_task(self._bars.pop(task))
        if self._drawing is not None and not self._bars:
            drawing, self._drawing = self._drawing, None
            with contextlib.suppress(OSError):
                drawing.stop()

    def remark(self, message: str) -> None:
        with contextlib.suppress(OSError):
            sys.stderr.write(message + "\n")
            sys.stderr.flush()


def _new_drawing() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        console=Console(stderr=True),
        transient=True,
    )


class Task:
    """One piece of long work, as its doer sees it. Made by `track()`."""

    def __init__(self, listener: Listener, number: int, total: int, done: int = 0) -> None:
        self._listener, self._number, self._total = listener, number, total
        self._owner = threading.get_ident()
        self._done, self._note, self._shown_at = done, "", 0.0

    def advance(self, n: int = 1, *, note: str | None = None) -> None:
        """Say that `n` more units are done; `note` is a short text shown behind the bar."""
        self._done += n
        self._note = self._note if note is None else readable(note)
        now = time.monotonic()
        is_due = now - self._shown_at >= _INTERVAL or self._done >= self._total
        if is_due and threading.get_ident() == self._owner:
            self._shown_at = now
            self._listener.update(self._number, self._done, self._note)


_listeners: list[Listener] = [Terminal()]
_numbers = iter(range(1, sys.maxsize))
_said: set[str] = set()


@contextlib.contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Show progress and remarks by `listener` inside the block."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


@contextlib.contextmanager
def track(description: str, total: int, *, done: int = 0, shown: bool = True) -> Iterator[Task]:
    """Follow work of `total` units inside the block, of which `done` are done already.

    Work may have parts that are followed inside it. Nothing is shown where `shown` is False.
    """
    listener = _listeners[-1] if shown else Silence()
    number = next(_numbers)
    try:
        listener.start(number, readable(description), total, done)
        yield Task(listener, number, total, done)
    finally:
        listener.finish(number)


def remark(message: str) -> None:
    """Say something that is no warning: a choice that was made for the user."""
    _listeners[-1].remark(readable(message))


def remark_once(message: str) -> None:
    """Say it the first time, and no more as long as the process lives."""
    if message not in _said:
        _said.add(message)
        remark(message)

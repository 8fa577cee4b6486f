"""How far long work has come, and remarks on the way.

The work tells; a listener shows. In Python the listener draws with rich on a terminal and in notebooks; the bridge sets
one that draws with cli in R. Where nothing can be drawn, as in logs, it writes a line an epoch. Only the thread that
owns the listener ever calls it: `Task.advance()` may come from others.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any, Protocol

from tidycnn.core.errors import readable

_INTERVAL = 0.2
_LONG = 5.0  # Seconds: shorter work is not worth a line.
_BAR_WIDTH = 12  # So that 80 columns have room for the values behind it.


class Listener(Protocol):
    """Shows progress and remarks. Called on one thread only, at most five times a second for updates."""

    def start(self, task: int, description: str, total: int, done: int) -> None: ...
    def update(self, task: int, done: int, note: str) -> None: ...
    def finish(self, task: int) -> None: ...
    def tell(self, task: int, message: str, left: str) -> None: ...
    def remark(self, message: str) -> None: ...


class Silence:
    """Shows nothing."""

    def start(self, task: int, description: str, total: int, done: int) -> None: ...
    def update(self, task: int, done: int, note: str) -> None: ...
    def finish(self, task: int) -> None: ...
    def tell(self, task: int, message: str, left: str) -> None: ...
    def remark(self, message: str) -> None: ...


class Lines:
    """Writes what stays in a log: a line for each part that is told, and one behind other work that took long."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._begun: dict[int, tuple[str, int, float]] = {}
        self._done: dict[int, int] = {}

    def start(self, task: int, description: str, total: int, done: int) -> None:
        self._begun[task], self._done[task] = (description, total, time.monotonic()), done

    def update(self, task: int, done: int, note: str) -> None:
        self._done[task] = done

    def finish(self, task: int) -> None:
        done = self._done.pop(task, 0)
        if task in self._begun:
            description, total, began = self._begun.pop(task)
            seconds = time.monotonic() - began
            if seconds >= _LONG:
                amount = f"{done:,}" if done >= total else f"{done:,} of {total:,}"
                self._write(f"{description}: {amount} in {spell_seconds(seconds)}.")

    def tell(self, task: int, message: str, left: str) -> None:
        self._begun.pop(task, None)
        self._write(f"{message}  {left}" if left else message)

    def remark(self, message: str) -> None:
        self._write(message)


class Terminal:
    """Shows on the standard error stream: bars on a terminal and in a notebook, one below the other; else lines.

    A terminal that was closed does not end the work.
    """

    def __init__(self) -> None:
        self._drawing: Any = None
        self._bars: dict[int, Any] = {}
        self._lines = Lines(self.remark)

    def start(self, task: int, description: str, total: int, done: int) -> None:
        if not (sys.stderr.isatty() or _in_notebook()):
            self._lines.start(task, description, total, done)
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
        else:
            self._lines.update(task, done, note)

    def finish(self, task: int) -> None:
        if task in self._bars:
            with contextlib.suppress(OSError):
                self._drawing.remove_task(self._bars.pop(task))
        if self._drawing is not None and not self._bars:
            drawing, self._drawing = self._drawing, None
            with contextlib.suppress(OSError):
                drawing.stop()
        self._lines.finish(task)

    def tell(self, task: int, message: str, left: str) -> None:
        if task in self._bars:  # The bar knows how long the rest takes.
            self.remark(message)
        else:
            self._lines.tell(task, message, left)

    def remark(self, message: str) -> None:
        with contextlib.suppress(OSError):
            sys.stderr.write(message + "\n")
            sys.stderr.flush()


def spell_seconds(seconds: float) -> str:
    """Spell how long something takes: `0.4 s`, `12 s`, `3 min`, `1.6 h`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"


def _in_notebook() -> bool:
    """Tell whether rich can draw below a cell, for which it needs ipywidgets."""
    if "IPython" not in sys.modules:
        return False
    from rich.console import Console

    return Console().is_jupyter and find_spec("ipywidgets") is not None


def _new_drawing() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(_BAR_WIDTH),
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

    def tell(self, message: str, *, left: str = "") -> None:
        """Say of a part that is done what stays to be read; `left`, shown where no bar is, how long the rest takes."""
        if threading.get_ident() == self._owner:
            self._listener.tell(self._number, readable(message), left)


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

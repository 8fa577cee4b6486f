"""Signals that ask a process to end: they end the work in hand as Ctrl-C does, so that it can be kept.

Taken are only signals that nobody has taken: a handler of the user's, or an ignored signal as under `nohup`, stays. And
only on the main thread, on which Python runs handlers. Behind the block all is as it was.
"""

from __future__ import annotations

import contextlib
import math
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from types import FrameType
from typing import Literal

from tidycnn.core.machine import inside_r

_UNTAKEN = {"SIGINT": signal.default_int_handler, "SIGTERM": signal.SIG_DFL, "SIGHUP": signal.SIG_DFL}
# Signals that come together, such as SIGTERM and SIGHUP at the end of a session, ask once.
_BURST_SECONDS = 1.0


class EndedError(KeyboardInterrupt):
    """The process was asked to end by a signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def spell_end(number: int | None) -> str:
    """Say what happened to work that a signal ended: `interrupted` by Ctrl-C, or `ended by SIGTERM`."""
    return "interrupted" if number in (None, signal.SIGINT) else f"ended by {signal.Signals(number).name}"


class Signals:
    """What was asked of the process in a block of `heeding_signals()`."""

    def __init__(self) -> None:
        self.number: int | None = None
        self._asked_at = -math.inf
        # What a signal does: raises at once, waits for `check()`, or is only noted.
        self._way: Literal["raise", "wait", "note"] = "raise"

    def __call__(self, number: int, frame: FrameType | None = None) -> None:
        """Handle a signal."""
        now, is_first = time.monotonic(), self.number is None
        self.number = self.number or number
        if now - self._asked_at < _BURST_SECONDS:
            return
        self._asked_at = now
        if self._way == "raise" or (self._way == "wait" and not is_first):
            raise EndedError(number)

    def check(self) -> None:
        """End the work here if that was asked for."""
        if self.number is not None and self._way != "note":
            raise EndedError(self.number)

    def waiting(self) -> AbstractContextManager[None]:
        """Let the first signal wait for `check()` inside the block; whoever asks once more does not wait.

        An error that comes up anywhere inside TensorFlow may be dropped, leave locks behind, or end the process.
        """
        return self._going("wait")

    def held(self) -> AbstractContextManager[None]:
        """Let nothing break off what keeps the work, inside the block."""
        return self._going("note")

    @contextlib.contextmanager
    def _going(self, way: Literal["wait", "note"]) -> Iterator[None]:
        before, self._way = self._way, way
        try:
            yield
        finally:
            self._way = before


_active: list[Signals] = []


def waits(number: int) -> bool:
    """Tell whether a signal that somebody else handles waits, as the work in hand wishes; it is noted then."""
    try:
        for signals in _active:
            signals(number)
    except EndedError:
        return False
    return bool(_active)


@contextlib.contextmanager
def heeding_signals() -> Iterator[Signals]:
    """Let Ctrl-C, SIGTERM and SIGHUP raise a KeyboardInterrupt inside the block, where nobody else takes them."""
    if threading.current_thread() is not threading.main_thread():
        yield Signals()
        return
    if _active:
        yield _active[-1]
        return
    signals = Signals()
    known = {number: untaken for name, untaken in _UNTAKEN.items() if (number := getattr(signal, name, None))}
    if inside_r():  # Ctrl-C is R's, whose own handler of the system would be gone behind the block.
        del known[signal.SIGINT]
    taken = {number: untaken for number, untaken in known.items() if signal.getsignal(number) == untaken}
    _active.append(signals)
    try:
        for number in taken:
            signal.signal(number, signals)
        yield signals
    finally:
        _active.remove(signals)
        for number, untaken in taken.items():
            if signal.getsignal(number) is signals:
                signal.signal(number, untaken)

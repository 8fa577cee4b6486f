"""Ctrl-C while R and Python share a process.

Python's handler is reticulate's. Its earlier versions ask R, by R code, whether an interrupt is pending. R may answer
that question by being interrupted itself, which comes out as a RuntimeError in the middle of whatever Python was doing.
The flag is one C integer of R's: read from here, no R code runs. Later versions read the flag themselves, but know
nothing of work that wants to end at its next step: ours stands before theirs. And reticulate, looking for R's events
from time to time, may put the flag back to what it was before a Ctrl-C: while our own code runs, one is heeded whatever
the flag says.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

from tidycnn.core.signals import waits

_calls: list[None] = []  # One for each call of ours that runs.
_raised: list[None] = []  # One for each KeyboardInterrupt that was raised in them.
_FLAG = "UserBreak" if sys.platform == "win32" else "R_interrupts_pending"
_SUSPENDED = "R_interrupts_suspended"
# No system's `struct sigaction` is larger; it is only handed back.
_SIGACTION_BYTES = 1024


def take_interrupts() -> bool:
    """Let Ctrl-C be heeded as our work wishes; tell whether it is from now on."""
    if _flag() is None:
        return False
    signals = sys.modules.get("rpytools.signals")
    if hasattr(signals, "_callback"):
        signals._callback = is_pending  # type: ignore[union-attr]
        return True
    theirs: Any = signal.getsignal(signal.SIGINT)
    if os.name != "posix" or not callable(theirs) or getattr(theirs, "__name__", "") != "python_interrupt_handler":
        return False

    def heed(number: int, frame: FrameType | None) -> None:
        flag = _variable(_SUSPENDED, ctypes.c_ubyte)
        if not _calls or (flag is not None and flag.value):
            theirs(number, frame)
        elif is_pending():
            is_pending(forget=True)
            raise KeyboardInterrupt

    with _handler_of_the_system_kept():
        signal.signal(signal.SIGINT, heed)
    return True


def is_pending(forget: bool = False) -> bool:
    """Tell whether R was asked to stop and has not heeded it yet; `forget` takes the question from R."""
    flag = _flag()
    was_pending = bool(_calls) or (flag is not None and bool(flag.value))
    if was_pending and not forget and waits(signal.SIGINT):
        if flag is not None:
            flag.value = 0
        return False
    if forget:
        if flag is not None:
            flag.value = 0
        if _calls:
            _raised.append(None)
    return was_pending


def was_swallowed() -> bool:
    """Tell whether a KeyboardInterrupt was raised that the work in hand has not ended by.

    Python drops one that is raised in the midst of a deletion, of which TensorFlow does many.
    """
    return bool(_raised)


@contextlib.contextmanager
def heeding() -> Iterator[None]:
    """Heed every Ctrl-C inside the block."""
    _calls.append(None)
    before = len(_raised)
    try:
        yield
    finally:
        _calls.pop()
        del _raised[before:]


@contextlib.contextmanager
def suspended() -> Iterator[None]:
    """Keep R from jumping to a Ctrl-C inside the block, until R code there allows it."""
    # R's truth values are an int or, since 4.5, a byte.
    flag = _variable(_SUSPENDED, ctypes.c_ubyte)
    before = None if flag is None else flag.value
    try:
        if flag is not None:
            flag.value = 1
        yield
    finally:
        if flag is not None:
            flag.value = before


@contextlib.contextmanager
def _handler_of_the_system_kept() -> Iterator[None]:
    """Keep what the system calls at a Ctrl-C, which tells R: Python replaces it with each handler of its own."""
    system, kept = ctypes.CDLL(None), ctypes.create_string_buffer(_SIGACTION_BYTES)
    system.sigaction(signal.SIGINT, None, kept)
    yield
    system.sigaction(signal.SIGINT, kept, None)


def _flag() -> Any:
    return _variable(_FLAG, ctypes.c_int)


def _variable(name: str, kind: Any) -> Any:
    """Give a variable of R; None where it has none of that name."""
    try:
        return kind.in_dll(ctypes.CDLL("R.dll" if sys.platform == "win32" else None), name)
    except (OSError, ValueError):
        return None

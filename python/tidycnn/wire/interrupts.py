"""Ctrl-C while R and Python share a process.

reticulate's handler in Python asks R, by R code, whether an interrupt is pending. R may answer that question by
being interrupted itself, which comes out as a RuntimeError in the middle of whatever Python was doing. The flag is
one C integer of R's: read from here, no R code runs.
"""

from __future__ import annotations

import ctypes
import sys

_FLAG = "UserBreak" if sys.platform == "win32" else "R_interrupts_pending"


def take_interrupts() -> bool:
    """Let reticulate's handler read R's flag itself; tell whether it does from now on."""
    signals = sys.modules.get("rpytools.signals")
    if not hasattr(signals, "_callback") or _flag() is None:
        return False
    signals._callback = is_pending  # type: ignore[union-attr]
    return True


def is_pending(forget: bool = False) -> bool:
    """Tell whether R was asked to stop and has not heeded it yet; `forget` takes the question from R."""
    flag = _flag()
    if flag is None:
        return False
    was_pending = bool(flag.value)
    if forget:
        flag.value = 0
    return was_pending


def _flag() -> ctypes.c_int | None:
    try:
        library = ctypes.CDLL("R.dll" if sys.platform == "win32" else None)
        return ctypes.c_int.in_dll(library, _FLAG)
    except (OSError, ValueError):
        return None

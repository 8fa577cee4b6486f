"""Functions written in R, as Python calls them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from tidycnn.core.errors import InputError, TidycnnError
from tidycnn.wire.encode import encode
from tidycnn.wire.interrupts import suspended
from tidycnn.wire.kinds import Message
from tidycnn.wire.objects import Kept


class RFunctionError(TidycnnError):
    """A function written in R stopped."""

    kind = "function"


class LeftError(BaseException):
    """R code that Python entered was about to jump out of the call; the work must end at once."""


def enter_r(call: Callable[..., Any], *arguments: Any) -> Any:
    """Call R code that stops its own errors, interrupts and jumps, and tells of them."""
    with suspended():
        reply = call(*arguments)
    kind = reply["type"] if isinstance(reply, dict) else reply
    if kind == "interrupt":
        raise KeyboardInterrupt
    if kind == "left":
        raise LeftError
    return reply


class RFunction:
    """A function written in R, callable on the thread that runs R only."""

    needs_main_thread = True

    def __init__(self, call: Callable[[Message, Kept], Message], name: str, decode: Callable[[Message], Any]) -> None:
        self._call, self._decode = call, decode
        self._owner = threading.get_ident()
        self.__name__ = name

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        if threading.get_ident() != self._owner:
            raise InputError(
                f"`{self.__name__}` is an R function, which can be called on the main thread only.",
                hint="R does one thing at a time. Do this work without threads, or use a Python function.",
            )
        kept = Kept()
        message = {
            "arguments": [encode(value, kept, self.__name__) for value in arguments],
            "named": {name: encode(value, kept, self.__name__) for name, value in named.items()},
        }
        reply = enter_r(self._call, message, kept)
        if reply["type"] == "error":
            raise RFunctionError(f"The R function `{self.__name__}` stopped: {reply['message']}")
        return self._decode(reply)

    def __repr__(self) -> str:
        return f"<R function {self.__name__}>"

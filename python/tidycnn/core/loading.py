"""Loading what is heavy: whole, whatever is pressed meanwhile, and in the process that goes on to use it.

A library that is half loaded when Ctrl-C comes cannot be loaded again in the same process. Python raises Ctrl-C on the
main thread only, so what must not be disturbed runs on another one. And a process that TensorFlow ran in must not be
forked: its children wait for threads that they do not have.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import Any, TypeVar

from tidycnn.core.errors import DependencyError, spoken_language

T = TypeVar("T")

_STACK_BYTES = 2**24  # Some systems give other threads little.
_TOLD_AFTER = 1.0  # Seconds.
_tellings: list[Callable[[], object]] = []
_home: list[int] = []  # The process that loaded TensorFlow.


def undisturbed(work: Callable[[], T], *, telling: Callable[[], object] | None = None) -> T:
    """Do `work` to its end, and raise Ctrl-C after it; `telling` says that it takes long, once it does."""
    if threading.current_thread() is not threading.main_thread():
        with _telling(telling):
            return work()
    done: list[T] = []
    errors: list[BaseException] = []
    end = threading.Event()  # `Thread.join()` takes an interruption for the end.

    context = copy_context()

    def run() -> None:
        try:
            done.append(context.run(work))
        except BaseException as error:
            errors.append(error)
        finally:
            end.set()

    before = threading.stack_size(_STACK_BYTES)
    try:
        threading.Thread(target=run, name="tidycnn-loading", daemon=True).start()
    finally:
        threading.stack_size(before)
    disturbance = _wait_for(end, telling)
    if errors:
        raise errors[0]
    if disturbance is not None:
        raise disturbance
    return done[0]


def _wait_for(end: threading.Event, telling: Callable[[], object] | None) -> BaseException | None:
    """Wait for the end, and give what was raised here meanwhile."""
    disturbance: BaseException | None = None
    told_at = time.monotonic() + _TOLD_AFTER
    while not end.is_set():
        try:
            end.wait(0.05)
            says = telling or (_tellings[-1] if _tellings else None)
            if says is not None and time.monotonic() > told_at:
                told_at = float("inf")
                says()
        except BaseException as error:
            disturbance = disturbance or error
    return disturbance


@contextlib.contextmanager
def _telling(telling: Callable[[], object] | None) -> Iterator[None]:
    """Let the thread that waits say what this one does."""
    if telling is None:
        yield
        return
    _tellings.append(telling)
    try:
        yield
    finally:
        _tellings.remove(telling)


def load(name: str) -> Any:
    """Import the module `name` undisturbed."""
    if name not in sys.modules:
        undisturbed(lambda: __import__(name))
    return sys.modules[name]


def mark_home() -> None:
    """Note that TensorFlow runs in this process."""
    _home[:] = [os.getpid()]


def check_process() -> None:
    """Refuse to go on in a fork of a process that TensorFlow runs in, where it would wait for ever."""
    if not _home or _home[0] == os.getpid():
        return
    ways = {
        "r": '`parallel::makePSOCKcluster()` or `future::plan("multisession")` in place of `mclapply()`',
        "python": '`multiprocessing.get_context("spawn")` in place of "fork"',
    }
    raise DependencyError(
        "TensorFlow was started before this process was forked, and waits for ever here.",
        hint=f"Use processes that start anew: {ways[spoken_language()]}. Or fork before the first model is made.",
    )

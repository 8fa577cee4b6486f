"""The threads that make pictures: as many as there are processors, or as many as a piece of work may have."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from tidycnn.core.machine import processor_count

_THREADS_MAX = 8
_limits: list[int] = []  # Not by context: Keras asks for batches on threads of its own.


@contextlib.contextmanager
def threads_limited(n: int | None) -> Iterator[None]:
    """Let no more than `n` threads work at once inside the block; None sets no limit."""
    if n is None:
        yield
        return
    _limits.append(n)
    try:
        yield
    finally:
        _limits.remove(n)


def work_side_by_side(work: Callable[[int], None], n: int) -> None:
    """Call `work(i)` for i below n on the threads of the pool; the first error stops all."""
    pool, threads = _pool()
    stopped = threading.Event()
    # Whoever is free takes the next one: a thread that the machine holds up holds nobody else up.
    numbers = itertools.count()

    def work_on() -> None:
        while (i := next(numbers)) < n and not stopped.is_set():
            work(i)

    # Each thread speaks the language of the one that asks.
    futures = [pool.submit(copy_context().run, work_on) for _ in range(min(threads, n, *_limits))]
    try:
        for future in futures:
            future.result()
    finally:
        stopped.set()
        for future in futures:
            future.cancel()


@functools.cache
def _pool() -> tuple[ThreadPoolExecutor, int]:
    threads = min(_THREADS_MAX, processor_count())
    return ThreadPoolExecutor(threads, thread_name_prefix="tidycnn-flow"), threads


# A child made by fork has none of its parent's threads.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)

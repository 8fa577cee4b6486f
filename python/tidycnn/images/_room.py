"""Room in memory for what is decoded at the same time: large pictures take turns, small ones need not.

A thread waits while what it asks for does not fit beside what others hold. Where all others wait too, the one that came
first goes on, so that nobody waits for ever.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading

from tidycnn.images._work import WORK_ALWAYS

# Less than this is not counted.
_SMALL = 1 << 20


class Room:
    """Room for so much work at once, in the units of `_work`, that threads share: `with ROOM: ROOM.take(...)`."""

    def __init__(self, size: float) -> None:
        self._size = size
        self.reset()

    def reset(self) -> None:
        """Forget all threads: a child made by fork has none of its parent's."""
        self._changed = threading.Condition()
        self._held: dict[int, float] = {}  # In the order in which they came.
        self._waiting: set[int] = set()
        self._depth = threading.local()

    def __enter__(self) -> None:
        """Begin a block whose thread gives back at its end what it took inside; blocks in blocks are one."""
        self._depth.value = getattr(self._depth, "value", 0) + 1

    def __exit__(self, *_: object) -> None:
        self._depth.value -= 1
        if not self._depth.value and threading.get_ident() in self._held:
            self._leave(threading.get_ident())

    def take(self, amount: float) -> None:
        """Take room until the end of the block; waits where others have too much of it."""
        if amount < _SMALL or not getattr(self._depth, "value", 0):
            return
        me = threading.get_ident()
        with self._changed:
            self._held.setdefault(me, 0)
            self._waiting.add(me)
            self._changed.notify_all()
            try:
                self._changed.wait_for(lambda: self._may_go_on(me, amount))
            finally:
                self._waiting.discard(me)
            self._held[me] += amount

    def _may_go_on(self, me: int, amount: float) -> bool:
        if sum(self._held.values()) + amount <= self._size:
            return True
        return me == next(iter(self._held)) and self._waiting.issuperset(self._held)

    def _leave(self, me: int) -> None:
        if self._held[me] >= WORK_ALWAYS:
            _give_memory_back()
        with self._changed:
            del self._held[me]
            self._changed.notify_all()


def _give_memory_back() -> None:
    """Give freed memory back to the system: the allocator of Linux keeps that of each thread for the thread."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


ROOM = Room(max(3, os.cpu_count() or 1) * WORK_ALWAYS)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=ROOM.reset)

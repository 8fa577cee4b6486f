"""Which pass a batch is of, when a flow is asked for one after the other, by number or by `next()`."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any


class Passes:
    """Where a flow stands.

    `flow[i]` keeps the images of its batch until a pass is ended, so that two readings of a pass go together and a data
    set around a flow, of which Keras tries the first batches, sees each image once. But each time it is asked, it is
    augmented as in a pass to come. `next()` stands in a pass of its own.

    Attributes
    ----------
    epoch
        The pass whose order of images `flow[i]` has.
    seen
        How many batches were given.
    turn, index
        The pass and the batch that `next()` gives next.
    """

    def __init__(self) -> None:
        self.epoch = self.seen = self.turn = self.index = 0
        self._asked: Counter[int] = Counter()
        self._lock = threading.Lock()

    def ask(self, index: int) -> tuple[int, int]:
        """Give the pass whose images a batch has, and the one as in which they are augmented."""
        with self._lock:
            times = self._asked[index]
            self._asked[index] += 1
            self.seen += 1
            return self.epoch, self.epoch + times

    def step(self, batches: int) -> tuple[int, int]:
        """Give the pass and the batch of `next()`, and go on."""
        with self._lock:
            here = self.turn, self.index
            self.seen += 1
            self.turn, self.index = (self.turn, self.index + 1) if self.index + 1 < batches else (self.turn + 1, 0)
            return here

    def end(self) -> None:
        """Go on to a pass that has shown nothing yet."""
        with self._lock:
            self.epoch += max(self._asked.values(), default=0)
            self._asked.clear()

    def begin(self, epoch: int) -> None:
        """Go to the beginning of a pass."""
        with self._lock:
            self.epoch = epoch
            self._asked.clear()

    def reset(self) -> None:
        """Let `next()` go on with the first batch of a pass."""
        with self._lock:
            self.turn, self.index = self.turn + (self.index > 0), 0

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _lock=threading.Lock())

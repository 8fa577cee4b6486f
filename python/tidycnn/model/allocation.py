"""Bounds the memory that Keras takes while it opens a stored model: sizes in a description are words, weights are not.

Keras makes every variable as large as the description says, and only then reads the weights. So each variable is
counted before it is made, against the values that are stored.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Iterator
from typing import Any

from tidycnn.core.engine import keras
from tidycnn.core.errors import UnsafeError

# An optimizer that has not trained yet makes up to four variables for each one stored; metrics have some of their own.
_SHARE_MAX = 8
_FREE = 2**22
_one_at_a_time = threading.RLock()


@contextlib.contextmanager
def bounded_variables(stored: int) -> Iterator[None]:
    """Refuse variables, inside the block and on this thread, that are far larger than `stored` values."""
    refusals: list[UnsafeError] = []
    left, owner, make = _SHARE_MAX * stored + _FREE, threading.get_ident(), keras.Variable.__init__

    def make_bounded(self: Any, initializer: Any, shape: Any = None, *rest: Any, **named: Any) -> None:
        nonlocal left
        if threading.get_ident() == owner:
            size = math.prod(side or 0 for side in ((shape,) if isinstance(shape, int) else shape or ()))
            if size > left:
                refusals.append(
                    UnsafeError(
                        f"The stored model would fill the memory: its description asks for {size:,} values at once, "
                        f"but only {stored:,} are stored."
                    )
                )
                raise refusals[0]
            left -= size
        make(self, initializer, shape, *rest, **named)

    with _one_at_a_time:
        keras.Variable.__init__ = make_bounded
        try:
            yield
        except Exception as error:
            if refusals and error is not refusals[0]:  # Keras has wrapped or forgotten it.
                raise refusals[0] from None
            raise
        finally:
            keras.Variable.__init__ = make

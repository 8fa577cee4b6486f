"""Keras draws from a seed: the first weights of its layers, and what they draw where they have no seed of their own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tidycnn.core.engine import keras
from tidycnn.core.seeds import stream, undisturbed_streams


@contextlib.contextmanager
def drawing_from(seed: int | None) -> Iterator[None]:
    """Let Keras draw from `seed` inside the block, and give Python's and NumPy's streams back as they were."""
    if seed is None:
        yield
        return
    with undisturbed_streams():
        keras.utils.set_random_seed(next(stream("keras", seed).seeds()) % 2**32)
        yield

"""Randomness that depends on names and keys alone, never on who asks first: every use has a stream of its own."""

from __future__ import annotations

import contextlib
import hashlib
import random
import secrets
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tidycnn.core.errors import InputError, described

SEED_MAX = 2**31 - 1
# What random numbers are for. Their keys: the seed, and then
Name: TypeAlias = Literal[
    "augmentation",  # the epoch; a row for each image
    "fits",  # the seeds of fits that are repeated
    "folds",  # the repetition
    "intervals",
    "keras",  # Keras's own global streams: the first weights of its layers, and what they draw
    "layers",  # layers that draw numbers while they are trained, such as Dropout
    "order",  # the epoch
    "pictures",  # the set, and the picture in it
    "split",
    "stages",  # the seeds of trainings that follow each other
    "statistics",  # the round; a row for each image
    "timing",  # pictures that only take time
    "validation",
    "weights",
]
_GAMMA = 0x9E3779B97F4A7C15


class DrawnSeed(int):
    """A seed that the user has not given: drawn where the call came from, such as from R's own stream."""


def draw_seed(seed: int | None = None) -> int:
    """Return `seed`, or a fresh one where it is None, so that it can be recorded; that it was drawn stays known."""
    if seed is None:
        return DrawnSeed(secrets.randbelow(SEED_MAX))
    if not 0 <= seed <= SEED_MAX:
        raise InputError(f"`seed` must be a whole number from 0 to {SEED_MAX}, not {described(seed)}.")
    return seed if isinstance(seed, DrawnSeed) else int(seed)


@dataclass(frozen=True)
class Stream:
    """Random numbers of one use, that depend on its name, the seed and the keys alone. Made by `stream()`."""

    name: Name
    keys: tuple[int, ...]

    def at(self, *keys: int) -> Stream:
        """Give the stream of a part of what this one is about, such as one repetition."""
        return Stream(self.name, (*self.keys, *keys))

    def generator(self) -> np.random.Generator:
        """Make a generator that begins at the begin of the stream."""
        return np.random.Generator(np.random.PCG64(int.from_bytes(self._digest(), "little")))

    def seeds(self) -> Iterator[int]:
        """Give seeds without end, for what only takes a seed of its own, such as layers."""
        generator = self.generator()
        while True:
            yield int(generator.integers(SEED_MAX))

    def uniform(self, rows: ArrayLike, columns: int) -> NDArray[np.float64]:
        """Draw uniform numbers that belong to their row, whatever other rows are drawn with it.

        Parameters
        ----------
        rows
            Whole numbers that name the rows, such as the positions of images in their frame, of length n.
        columns
            How many numbers each row gets.

        Returns
        -------
        An array of shape (n, columns) in [0, 1). Source of the mixing function: SplitMix64,
        Steele, Lea and Flood (2014), https://doi.org/10.1145/2660193.2660195.
        """
        base = np.frombuffer(self._digest()[:8], dtype="<u8")
        with np.errstate(over="ignore"):
            row_keys = _mix(base + np.asarray(rows).astype(np.uint64) * np.uint64(_GAMMA))
            steps = np.arange(1, columns + 1, dtype=np.uint64) * np.uint64(_GAMMA)
            mixed = _mix(row_keys[:, None] + steps[None, :])
        return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def _digest(self) -> bytes:
        # Every key takes 8 bytes, so no two lists of keys are spelled alike; nor are two names, whose ends are marked.
        spelled = self.name.encode() + b"\0" + struct.pack(f"<{len(self.keys)}Q", *self.keys)
        return hashlib.blake2b(spelled, digest_size=16).digest()


def stream(name: Name, seed: int, *keys: int) -> Stream:
    """Give the random numbers of one use: no other use, and no other seed or keys, has the same."""
    return Stream(name, (seed, *keys))


def _mix(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


@contextlib.contextmanager
def undisturbed_streams() -> Iterator[None]:
    """Give Python's and NumPy's global random streams back as they were: Keras draws from them."""
    python, numpy = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)

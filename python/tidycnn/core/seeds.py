"""Randomness that depends on keys alone, never on who asks first."""

from __future__ import annotations

import contextlib
import random
import secrets
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tidycnn.core.errors import InputError, described

SEED_MAX = 2**31 - 1
_GAMMA = 0x9E3779B97F4A7C15
_MASK = 2**64 - 1


def draw_seed(seed: int | None = None) -> int:
    """Return `seed`, or a fresh one where it is None, so that it can be recorded."""
    if seed is None:
        return secrets.randbelow(SEED_MAX)
    if not 0 <= seed <= SEED_MAX:
        raise InputError(f"`seed` must be a whole number from 0 to {SEED_MAX}, not {described(seed)}.")
    return seed


def keyed_generator(seed: int, *keys: int) -> np.random.Generator:
    """Make a generator whose numbers depend on `seed` and `keys` alone."""
    # NumPy takes [1] and [1, 0] for the same seed: the number of keys tells them apart.
    return np.random.default_rng([len(keys), seed, *keys])


def keyed_uniform(seed: int, *keys: int, rows: ArrayLike, columns: int) -> NDArray[np.float64]:
    """Draw uniform numbers that belong to their row, whatever other rows are drawn with it.

    Parameters
    ----------
    seed, keys
        Whole numbers, such as the seed and the epoch.
    rows
        Whole numbers that name the rows, such as the positions of images in their frame, of length n.
    columns
        How many numbers each row gets.

    Returns
    -------
    An array of shape (n, columns) in [0, 1). Source of the mixing function: SplitMix64,
    Steele, Lea and Flood (2014), https://doi.org/10.1145/2660193.2660195.
    """
    base = 0
    for key in (seed, *keys):
        base = int(_mix(np.array([(base + key * _GAMMA + _GAMMA) & _MASK], dtype=np.uint64))[0])
    with np.errstate(over="ignore"):
        row_keys = _mix(np.uint64(base) + np.asarray(rows).astype(np.uint64) * np.uint64(_GAMMA))
        steps = np.arange(1, columns + 1, dtype=np.uint64) * np.uint64(_GAMMA)
        mixed = _mix(row_keys[:, None] + steps[None, :])
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


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

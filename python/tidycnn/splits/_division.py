"""How rows are divided into parts: by stratum, by whole groups, at random by what the images are called.

Concerns kept apart: this module knows numbers only; what is divided, and what the parts are called, is told by
`split` and `folds`.

A stratum's share of a part is off by at most half its largest group wherever that can be had; it always can with two
parts and groups of one stratum each. With more parts whole groups cannot always come that near (two images in three
parts), and the nearest that is found is taken.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csc_array
from scipy.sparse.csgraph import connected_components

from tidycnn.core.seeds import Stream
from tidycnn.core.store import hash_bytes

Whole = NDArray[np.int64]
Real = NDArray[np.float64]
Keys = NDArray[np.uint64]

_HALF = 0.5 + 1e-9
_EXCESS_WEIGHT = 1000.0
_STARTS = 20
_PAIRS = 10_000
_WORK = 5_000_000


def divide(strata: Whole, groups: Whole, keys: Keys, shares: Real, *, chance: Stream) -> Whole:
    """Give every row a part.

    Parameters
    ----------
    strata, groups
        Whole numbers from 0 for each row.
    keys
        A number for each row that depends on its image alone, so that the order of rows does not matter but where keys
        are equal.
    shares
        The share of each part; they sum to 1.
    chance
        The stream of the division.

    Returns
    -------
    The number of the part of each row.
    """
    n_groups = groups.max() + 1
    counts = csc_array((np.ones(len(groups)), (groups, strata)), shape=(n_groups, strata.max() + 1))
    group_keys = np.full(n_groups, np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(group_keys, groups, keys)
    random_place = chance.uniform(group_keys, 1)[:, 0]
    parts = np.empty(n_groups, dtype=np.int64)
    totals = np.zeros(len(shares))
    for columns in _connected(counts):
        members = np.unique(counts[:, columns].nonzero()[0])
        members = members[np.argsort(random_place[members], kind="stable")]
        weights = counts[:, columns][members].toarray()
        part_of = _divide_connected(weights, shares, totals, chance)
        parts[members] = part_of
        sizes = weights.sum(axis=1)
        totals += np.bincount(part_of, sizes, len(shares)) - shares * sizes.sum()
    return parts[groups]


def deviations(strata: Whole, groups: Whole, parts: Whole, shares: Real) -> Real:
    """Tell how far each stratum (row) is off in each part (column), in units of its largest group."""
    counts = np.zeros((strata.max() + 1, len(shares)))
    np.add.at(counts, (strata, parts), 1)
    by_group = pd.Series(1, index=pd.MultiIndex.from_arrays([strata, groups])).groupby(level=[0, 1]).sum()
    largest = by_group.groupby(level=0).max().to_numpy()
    off: Real = (counts - counts.sum(axis=1, keepdims=True) * shares) / largest[:, None]
    return off


def keys_of(names: Iterable[str]) -> Keys:
    """Give each name a number that depends on it alone."""
    hashes = (hash_bytes(name.encode("utf-8", "surrogatepass")) for name in names)
    return np.array([int(each[:16], 16) for each in hashes], dtype=np.uint64)


def _connected(counts: csc_array) -> list[Whole]:
    """Find the sets of strata that share groups: one set can be divided without a look at the others."""
    n, set_of = connected_components(counts.T @ counts, directed=False)
    return [np.flatnonzero(set_of == i) for i in range(n)]


def _divide_connected(counts: Real, shares: Real, totals: Real, chance: Stream) -> Whole:
    """Divide groups (rows, in random order) of some strata (columns)."""
    if counts.shape[1] == 1 and (counts == counts[0]).all():
        return _dealt(len(counts), shares, totals)
    weights = counts / counts.max(axis=0)
    targets = weights.sum(axis=0)[:, None] * shares
    random = chance.at(len(counts)).generator()
    best, best_penalty = np.empty(0, dtype=np.int64), np.inf
    for start in range(_STARTS):
        order = np.arange(len(weights)) if start == 0 else random.permutation(len(weights))
        if start == _STARTS - 1:
            order = np.argsort(-weights.max(axis=1), kind="stable")
        parts, off = _greedy(weights, targets, shares, totals, order)
        _improve(weights, off, parts, is_open=shares > 0, half_image=_HALF / counts.max(axis=0), random=random)
        penalty = _penalty(off).sum()
        if penalty < best_penalty - 1e-9:
            best, best_penalty = parts, penalty
        if np.abs(off).max() <= _HALF:
            break
    return best


def _dealt(n: int, shares: Real, totals: Real) -> Whole:
    """Deal n equal groups by largest remainder; of equal remainders the part that has least so far goes first."""
    wanted = n * shares
    sizes = np.floor(wanted + 1e-9).astype(np.int64)
    order = np.lexsort((totals, -np.round(wanted - sizes, 9)))
    sizes[order[: n - sizes.sum()]] += 1
    return np.repeat(np.arange(len(shares)), sizes)


def _greedy(weights: Real, targets: Real, shares: Real, totals: Real, order: Whole) -> tuple[Whole, Real]:
    """Give group after group to the part that lacks most of its strata."""
    off = -targets
    parts = np.empty(len(weights), dtype=np.int64)
    closed = np.where(shares > 0, 0.0, np.inf)
    tie_break = 1e-9 * totals / (1 + np.abs(totals).max())
    for group in order:
        part = np.argmin(weights[group] @ off + tie_break + closed)
        parts[group] = part
        off[:, part] += weights[group]
    return parts, off


def _penalty(off: Real) -> Real:
    penalty: Real = off**2 + _EXCESS_WEIGHT * np.maximum(np.abs(off) - _HALF, 0)
    return penalty


def _improve(
    weights: Real,
    off: Real,
    parts: Whole,
    *,
    is_open: NDArray[np.bool_],
    half_image: Real,
    random: np.random.Generator,
) -> None:
    """Move and swap groups while some stratum is off by more than half an image. Changes `off` and `parts`."""
    work = 0
    while work < _WORK:
        worst = np.abs(off).max(axis=1)
        strata = np.argsort(-worst, kind="stable")
        for stratum in strata[worst[strata] > half_image[strata]]:
            members = np.flatnonzero(weights[:, stratum])  # No other group can mend this stratum.
            work += weights.shape[1] * (len(members) * off.shape[1] + _PAIRS)
            if _move(weights, off, parts, is_open, members) or _swap(weights, off, parts, members, random):
                break
        else:
            return


def _move(weights: Real, off: Real, parts: Whole, is_open: NDArray[np.bool_], members: Whole) -> bool:
    moved, own = weights[members], parts[members]
    before = _penalty(off)
    leaving = (_penalty(off[:, own].T - moved) - before[:, own].T).sum(axis=1)
    change = np.full((len(members), off.shape[1]), np.inf)
    for part in np.flatnonzero(is_open):
        arriving = (_penalty(off[:, part] + moved) - before[:, part]).sum(axis=1)
        change[:, part] = np.where(own == part, np.inf, leaving + arriving)
    best, part = np.unravel_index(np.argmin(change), change.shape)
    if change[best, part] > -1e-9:
        return False
    _put(weights, off, parts, members[best], int(part))
    return True


def _swap(weights: Real, off: Real, parts: Whole, members: Whole, random: np.random.Generator) -> bool:
    first, second = _some(members, random), _some(np.arange(len(weights)), random)
    difference = weights[second][None, :, :] - weights[first][:, None, :]
    change = np.zeros(difference.shape[:2])
    for own, gained in ((parts[first][:, None], difference), (parts[second][None, :], -difference)):
        own_off = off.T[own]
        change += (_penalty(own_off + gained) - _penalty(own_off)).sum(axis=2)
    change[parts[first][:, None] == parts[second][None, :]] = np.inf
    i, j = np.unravel_index(np.argmin(change), change.shape)
    if change[i, j] > -1e-9:
        return False
    part = parts[first[i]]
    _put(weights, off, parts, first[i], parts[second[j]])
    _put(weights, off, parts, second[j], part)
    return True


def _some(groups: Whole, random: np.random.Generator) -> Whole:
    most = int(np.sqrt(_PAIRS))
    return groups if len(groups) <= most else np.sort(random.choice(groups, most, replace=False))


def _put(weights: Real, off: Real, parts: Whole, group: int, part: int) -> None:
    off[:, parts[group]] -= weights[group]
    off[:, part] += weights[group]
    parts[group] = part

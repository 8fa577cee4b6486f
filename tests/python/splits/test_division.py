"""The arithmetic of dividing: whole groups, bounds, and chance that depends on the images alone."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from tidycnn.core.seeds import stream
from tidycnn.splits._division import Keys, Real, Whole, deviations, divide, keys_of


def keys_for(n: int, seed: int) -> Keys:
    return np.random.default_rng(seed).integers(0, 2**63, n).astype(np.uint64)


def largest_deviation(strata: Whole, groups: Whole, shares: Real, seed: int) -> float:
    parts = divide(strata, groups, keys_for(len(groups), seed), shares, chance=stream("split", seed))
    assert all(len(set(parts[groups == group])) == 1 for group in set(groups))
    return float(np.abs(deviations(strata, groups, parts, shares)).max())


def smallest_possible_deviation(sizes: Whole, shares: Real) -> float:
    assignments = itertools.product(range(len(shares)), repeat=len(sizes))
    off = (np.bincount(parts, sizes, len(shares)) - shares * sizes.sum() for parts in assignments)
    return min(float(np.abs(one).max()) for one in off) / sizes.max()


@pytest.mark.parametrize("seed", range(40))
def test_two_parts_are_off_by_at_most_half_the_largest_group(seed: int) -> None:
    random = np.random.default_rng(seed)
    sizes = random.integers(1, 40, random.integers(1, 30))
    groups = np.repeat(np.arange(len(sizes)), sizes)
    share = random.uniform(0.05, 0.95)
    off = largest_deviation(np.zeros_like(groups), groups, np.array([share, 1 - share]), seed)
    assert off <= 0.5 + 1e-9


@pytest.mark.parametrize("seed", range(40))
def test_more_parts_are_off_by_at_most_half_a_group_wherever_that_is_possible(seed: int) -> None:
    random = np.random.default_rng(seed)
    sizes = random.integers(1, random.integers(2, 12), random.integers(1, 8))
    groups = np.repeat(np.arange(len(sizes)), sizes)
    shares = np.array([0.7, 0.15, 0.15]) if seed % 2 else random.dirichlet([3, 3, 3])
    off = largest_deviation(np.zeros_like(groups), groups, shares, seed)
    assert off <= max(0.5, smallest_possible_deviation(sizes, shares)) + 1e-9


def is_possible(strata: Whole, groups: Whole, shares: Real) -> bool:
    """Ask a solver of integer programs whether all strata can be off by at most half their largest group."""
    counts = np.zeros((groups.max() + 1, strata.max() + 1))
    np.add.at(counts, (groups, strata), 1)
    weights, parts = (counts / counts.max(axis=0)).T, np.eye(len(shares))
    once = LinearConstraint(np.kron(np.eye(len(counts)), np.ones(len(shares))), 1, 1)
    targets = np.outer(weights.sum(axis=1), shares).ravel()
    near = LinearConstraint(np.kron(weights[:, None, :], parts).reshape(len(targets), -1), targets - 0.5, targets + 0.5)
    n = len(counts) * len(shares)
    return int(milp(np.zeros(n), constraints=[once, near], integrality=np.ones(n), bounds=Bounds(0, 1)).status) != 2


@pytest.mark.parametrize("seed", range(30))
def test_groups_of_several_labels_are_off_by_at_most_half_a_group_wherever_that_is_possible(seed: int) -> None:
    random = np.random.default_rng(seed)
    n_groups, n_labels = random.integers(20, 100), random.integers(2, 6)
    sizes = random.integers(1, 30, n_groups)
    groups = np.repeat(np.arange(n_groups), sizes)
    usual = np.repeat(random.integers(0, n_labels, n_groups), sizes)
    other = random.integers(0, n_labels, len(groups))
    strata = np.unique(np.where(random.random(len(groups)) < 0.1, other, usual), return_inverse=True)[1]
    shares = np.array([0.7, 0.15, 0.15]) if seed % 2 else np.full(5, 0.2)
    assert largest_deviation(strata, groups, shares, seed) <= 0.5 + 1e-9 or not is_possible(strata, groups, shares)


@pytest.mark.parametrize(("n", "sizes"), [(1, [1, 0, 0]), (10, [7, 2, 1]), (20, [14, 3, 3]), (100, [70, 15, 15])])
def test_single_images_are_rounded_by_largest_remainder(n: int, sizes: list[int]) -> None:
    rows = np.arange(n)
    parts = divide(np.zeros_like(rows), rows, keys_for(n, 1), np.array([0.7, 0.15, 0.15]), chance=stream("split", 1))
    assert sorted(np.bincount(parts, minlength=3).tolist()) == sorted(sizes)


def test_left_over_images_of_many_labels_are_spread_over_the_parts() -> None:
    strata = np.repeat(np.arange(40), 3)  # Of each label 2 go to the first part; the third may go to either other.
    parts = divide(strata, np.arange(120), keys_for(120, 1), np.array([0.7, 0.15, 0.15]), chance=stream("split", 1))
    assert np.bincount(parts).tolist() == [80, 20, 20]


def test_a_part_of_share_zero_stays_empty() -> None:
    groups = np.repeat(np.arange(9), np.arange(1, 10))
    parts = divide(np.zeros_like(groups), groups, keys_for(45, 1), np.array([0.5, 0.0, 0.5]), chance=stream("split", 1))
    assert 1 not in parts


def test_every_group_may_come_into_every_part() -> None:
    groups = np.repeat(np.arange(12), np.arange(1, 13))
    keys = keys_for(len(groups), 1)
    shares = np.array([0.7, 0.3])
    found = {
        (int(groups[-1 - row]), int(parts[-1 - row]))
        for seed in range(40)
        for parts in [divide(np.zeros_like(groups), groups, keys, shares, chance=stream("split", seed))]
        for row in range(len(groups))
    }
    assert found == set(itertools.product(range(12), range(2)))


def test_a_key_depends_on_the_name_alone() -> None:
    assert keys_of(["a", "b"]).tolist() == keys_of(["b", "a"])[::-1].tolist()
    assert len(set(keys_of(["a", "b", "\udce9", "\ud83d"]).tolist())) == 4

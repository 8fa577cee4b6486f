"""Counts that scores are made of, of the sample itself and of samples drawn from it again.

Concerns kept apart: this module counts and resamples; what the counts mean stands in `_definitions`.
Every count is a sum over images, so a resample is one matrix product: weights of units times statistics of units.
A unit is what is drawn: an image, or a group of images.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tidycnn.core.seeds import stream
from tidycnn.evaluate._outcomes import Outcomes

Array = NDArray[np.float64]

_CELLS_AT_ONCE = 2_000_000
_SMALLEST = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Tally:
    """Counts of one or more samples. The first axis of each array is the sample; the second of most is the class."""

    right: Array
    truth: Array
    predicted: Array
    log_loss: Array
    brier_score: Array
    areas: Array

    @property
    def n(self) -> Array:
        total: Array = self.truth.sum(axis=-1)
        return total

    @property
    def touched(self) -> Array:
        """Images that are of the class, or taken for it."""
        return self.truth + self.predicted - self.right

    @property
    def others(self) -> Array:
        """Images that are not of the class."""
        return self.n[:, None] - self.truth

    @property
    def others_right(self) -> Array:
        """Images that are not of the class and not taken for it."""
        return self.n[:, None] - self.touched


class Sample:
    """Outcomes, ready to be counted and resampled by unit."""

    def __init__(self, outcomes: Outcomes, *, areas: bool = False) -> None:
        self._outcomes, self._areas = outcomes, areas
        self._unit = np.arange(outcomes.n) if outcomes.groups is None else outcomes.groups
        self.units = int(self._unit.max()) + 1
        self._statistics = _statistics(outcomes, self._unit, self.units)

    def tally(self) -> Tally:
        """Count the sample itself."""
        return self._weighted(np.ones((1, self.units)))

    def resampled(self, bootstraps: int, seed: int, values: Callable[[Tally], list[Array]]) -> list[Array]:
        """Draw as many units again, with replacement, `bootstraps` times, and compute `values` of each."""
        generator, parts = stream("intervals", seed).generator(), []
        at_once = max(1, _CELLS_AT_ONCE // (self._outcomes.n if self._areas else self.units))
        for start in range(0, bootstraps, at_once):
            rows = min(at_once, bootstraps - start)
            drawn = generator.integers(0, self.units, (rows, self.units)) + np.arange(rows)[:, None] * self.units
            weights = np.bincount(drawn.ravel(), minlength=rows * self.units).reshape(rows, self.units)
            parts.append(values(self._weighted(weights.astype(np.float64))))
        return [np.concatenate(column) for column in zip(*parts, strict=True)]

    def by_unit(self, count: Callable[[Tally], Array]) -> Array:
        """Give what `count` is in each unit, of shape (units, classes or 1)."""
        at_once = max(1, _CELLS_AT_ONCE // self._statistics.shape[1])
        starts = range(0, self.units, at_once)
        parts = [count(self._split(self._statistics[start : start + at_once].toarray(), None)) for start in starts]
        return np.concatenate(parts)

    def _weighted(self, weights: Array) -> Tally:
        sums = np.asarray((self._statistics.T @ weights.T).T)
        return self._split(sums, weights)

    def _split(self, sums: Array, weights: Array | None) -> Tally:
        k, probabilities = len(self._outcomes.levels), self._outcomes.probabilities
        missing = np.full((len(sums), k), np.nan)
        return Tally(
            truth=sums[:, :k],
            predicted=sums[:, k : 2 * k],
            right=sums[:, 2 * k : 3 * k],
            log_loss=sums[:, 3 * k] if probabilities is not None else missing[:, 0],
            brier_score=sums[:, 3 * k + 1] if probabilities is not None else missing[:, 0],
            areas=_areas(probabilities, self._outcomes.truth, weights[:, self._unit])
            if self._areas and probabilities is not None and weights is not None
            else missing,
        )


def _statistics(outcomes: Outcomes, unit: NDArray[np.intp], units: int) -> sparse.csr_matrix:
    k, is_right = len(outcomes.levels), outcomes.truth == outcomes.predicted
    rows = [unit, unit, unit[is_right]]
    columns = [outcomes.truth, k + outcomes.predicted, 2 * k + outcomes.truth[is_right]]
    values = [np.ones(outcomes.n), np.ones(outcomes.n), np.ones(int(is_right.sum()))]
    if outcomes.probabilities is not None:
        # Sums are 1 but for rounding; areas take the probabilities as they are, so that ties stay ties.
        probabilities = outcomes.probabilities / outcomes.probabilities.sum(axis=1, keepdims=True)
        of_truth = probabilities[np.arange(outcomes.n), outcomes.truth]
        squares = (probabilities**2).sum(axis=1) - 2 * of_truth + 1
        rows += [unit, unit]
        columns += [np.full(outcomes.n, 3 * k), np.full(outcomes.n, 3 * k + 1)]
        values += [-np.log(np.clip(of_truth, _SMALLEST, 1)), squares / 2]
    cells = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    return sparse.coo_matrix(cells, shape=(units, 3 * k + 2)).tocsr()


def _areas(probabilities: Array, truth: NDArray[np.intp], weights: Array) -> Array:
    """Areas under the curves of each class against the rest, one row a sample, ties counting half."""
    areas = np.empty((len(weights), probabilities.shape[1]))
    for level, scores in enumerate(probabilities.T):
        order = np.argsort(scores, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(scores[order]) > 0])
        ordered, is_level = weights[:, order], truth[order] == level
        positive = np.add.reduceat(ordered * is_level, starts, axis=1)
        negative = np.add.reduceat(ordered * ~is_level, starts, axis=1)
        below = np.cumsum(negative, axis=1) - negative / 2
        pairs = positive.sum(axis=1) * negative.sum(axis=1)
        areas[:, level] = ratio((positive * below).sum(axis=1), pairs)
    return areas


def ratio(above: Array, below: Array) -> Array:
    """Divide, not-a-number where nothing stands below."""
    quotient: Array = np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below != 0)
    return quotient

"""Logistic regression on rows of numbers, each of which is predicted by a model that did not see its fold.

How strongly weights are held down is chosen without the fold that is predicted: of the other folds each is predicted by
the rest, so that groups that no fold divides stay together there too.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

Real = NDArray[np.float64]
Whole = NDArray[np.int64]

# From weights that are held down to weights that are nearly free, for numbers of mean 0 and variance 1.
_STRENGTHS = tuple(10.0**power for power in range(-5, 2))
_STEPS = 500
_LEAST = 1e-15


def held_out_probabilities(x: Real, codes: Whole, folds: Whole, classes: int) -> Real:
    """Give the probability of each class for each row, as told by a model of the rows of the other folds.

    Parameters
    ----------
    x
        A row of numbers for each image.
    codes
        The class of each row, from 0.
    folds
        The fold of each row; there are at least three.
    classes
        How many classes there are.
    """
    chosen = _chosen_strengths(x, codes, folds, classes)
    probabilities = np.zeros((len(x), classes))
    for fold, strength in chosen.items():
        is_held = folds == fold
        [probabilities[is_held]] = _answers(x[~is_held], codes[~is_held], x[is_held], classes, [strength])
    return probabilities


def _chosen_strengths(x: Real, codes: Whole, folds: Whole, classes: int) -> dict[int, float]:
    """Give for each fold the strength by which the other folds are predicted best, each by the rest of them."""
    losses = {int(fold): np.zeros(len(_STRENGTHS)) for fold in np.unique(folds)}
    # What is learned without two folds predicts either where the other one is held out.
    for one, other in itertools.combinations(losses, 2):
        is_one, is_other = folds == one, folds == other
        is_known = ~(is_one | is_other)
        asked = np.flatnonzero(~is_known)
        for i, told in enumerate(_answers(x[is_known], codes[is_known], x[asked], classes, _STRENGTHS)):
            lost = -np.log(np.maximum(told[np.arange(len(asked)), codes[asked]], _LEAST))
            losses[one][i] += lost[is_other[asked]].sum()
            losses[other][i] += lost[is_one[asked]].sum()
    return {fold: _STRENGTHS[int(np.argmin(lost))] for fold, lost in losses.items()}


def _answers(x: Real, codes: Whole, asked: Real, classes: int, strengths: Sequence[float]) -> Iterator[Real]:
    """Give the probabilities of the rows that are asked for, by a model of other rows for each of rising strengths."""
    known = np.unique(codes)
    told = np.zeros((len(asked), classes))
    if len(known) == 1:  # There is nothing to tell apart.
        told[:, known] = 1.0
        yield from (told for _ in strengths)
        return
    scaler = StandardScaler().fit(x)
    x, asked = scaler.transform(x), scaler.transform(asked)
    model = LogisticRegression(warm_start=True, max_iter=_STEPS)
    for strength in strengths:
        with warnings.catch_warnings():
            # Weights that are still growing where all rows are told apart change no answer any more.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.set_params(C=strength).fit(x, codes)
        answer = told.copy()
        answer[:, known] = model.predict_proba(asked)
        yield answer

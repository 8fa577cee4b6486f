"""Which labels are taken for which, and the usual report."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.checks import checked
from tidycnn.core.frames import NA_REAL, PREDICTED
from tidycnn.core.grouped import by_group
from tidycnn.evaluate._definitions import METRICS, estimates
from tidycnn.evaluate._outcomes import read_outcomes
from tidycnn.evaluate._tally import Sample, Tally, ratio


@checked
@by_group
def confusion_matrix(predictions: pd.DataFrame) -> pd.DataFrame:
    """Count how often each label is taken for each other.

    Parameters
    ----------
    predictions
        One row an image with `label` and `.pred_class`, as `predict_images()` gives. Rows without a label or a
        prediction are left out, and it is said how many.

    Returns
    -------
    One row a pair of levels: `label` (the truth), `.pred_class`, `n` (images), `share` (of the images of that
    label, missing where there are none). Pairs that never occur have 0. Of a grouped frame all this for
    each group, with its columns in front.

    Examples
    --------
    >>> import pandas as pd
    >>> predictions = pd.DataFrame({"label": ["cat", "cat", "dog"], ".pred_class": ["cat", "dog", "dog"]})
    >>> confusion_matrix(predictions)
      label .pred_class  n  share
    0   cat         cat  1    0.5
    1   cat         dog  1    0.5
    2   dog         cat  0    0.0
    3   dog         dog  1    1.0
    """
    outcomes = read_outcomes(predictions)
    levels, k = outcomes.levels, len(outcomes.levels)
    n = np.bincount(outcomes.truth * k + outcomes.predicted, minlength=k * k)
    of_label = np.repeat(n.reshape(k, k).sum(axis=1), k)
    share = ratio(n.astype(np.float64), of_label.astype(np.float64))
    return pd.DataFrame(
        {
            "label": pd.Categorical(np.repeat(levels, k), categories=levels),
            PREDICTED: pd.Categorical(np.tile(levels, k), categories=levels),
            "n": n.astype(np.int64),
            "share": np.where(of_label == 0, NA_REAL, share),
        }
    )


@checked
@by_group
def classification_report(predictions: pd.DataFrame) -> pd.DataFrame:
    """Report precision, recall and F1 of every class.

    Parameters
    ----------
    predictions
        One row an image with `label` and `.pred_class`, as `predict_images()` gives. Rows without a label or a
        prediction are left out, and it is said how many.

    Returns
    -------
    One row a class, then the accuracy and the averages: `label` (missing but for classes), `estimator` (`class`,
    `overall`, `macro`, `weighted`), `precision`, `recall`, `f1`, `support` (images of the class). In the row
    `overall` all three are the accuracy, to which each comes when every image counts alike. What divides by nothing
    is missing, and averages leave it out. Intervals come from `score_predictions()`. Of a grouped frame all this
    for each group, with its columns in front.

    Examples
    --------
    >>> import pandas as pd
    >>> predictions = pd.DataFrame({"label": ["cat", "cat", "dog"], ".pred_class": ["cat", "dog", "dog"]})
    >>> classification_report(predictions).round(2)
      label estimator  precision  recall    f1  support
    0   cat     class       1.00    0.50  0.67        2
    1   dog     class       0.50    1.00  0.67        1
    2   NaN   overall       0.67    0.67  0.67        3
    3   NaN     macro       0.75    0.75  0.67        3
    4   NaN  weighted       0.83    0.67  0.67        3
    """
    outcomes = read_outcomes(predictions)
    levels, tally = outcomes.levels, Sample(outcomes).tally()
    return pd.DataFrame(
        {
            "label": pd.Categorical([*levels, None, None, None], categories=levels),
            "estimator": ["class"] * len(levels) + ["overall", "macro", "weighted"],
            **{name: _column(name, tally) for name in ("precision", "recall", "f1")},
            "support": np.r_[tally.truth[0], [outcomes.n] * 3].astype(np.int64),
        }
    )


def _column(name: str, tally: Tally) -> NDArray[np.float64]:
    accuracy, values = estimates(METRICS["accuracy"], tally)[0], estimates(METRICS[name], tally)[0]
    values = np.r_[values[:-2], accuracy, values[-2:]]
    return np.where(np.isnan(values), NA_REAL, values)

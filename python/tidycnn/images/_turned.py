"""Pictures that are stored turned, and whether that goes with their label."""

from __future__ import annotations

import pandas as pd

from tidycnn.core.errors import Phrase, constant, listed, warn
from tidycnn.core.frames import usable_rows

# So few may be chance, and so small a difference teaches a network little.
_TURNED_LEAST = 5
_DIFFERENCE_LEAST = 0.1
_CHANCE_MOST = 0.001


def tell_turned(images: pd.DataFrame) -> None:
    """Warn where pictures of some labels are stored turned far more often than those of others.

    A network that sees them as they are stored learns the camera; one that sees them turned may still learn what else
    that camera does.
    """
    known = images[usable_rows(images) & images["orientation"].notna() & images["label"].notna()]
    is_turned = known["orientation"] > 1
    if is_turned.sum() < _TURNED_LEAST:
        return
    counts = pd.crosstab(known["label"].astype(object), is_turned.to_numpy(dtype=bool))
    shares = counts[True] / counts.sum(axis=1)
    if len(shares) < 2 or shares.max() - shares.min() < _DIFFERENCE_LEAST or _chance(counts) > _CHANCE_MOST:
        return
    order = shares.sort_values(ascending=False, kind="stable").index
    spelled = [Phrase(f"{counts[True][name]:,} of {counts.loc[name].sum():,} {name!r}") for name in order]
    warn(
        f"How pictures are stored goes with their label: turned by their EXIF data are {listed(spelled, most=5)}. "
        "They come from different cameras or hands, and a network may learn those. `exif` in flows and fits says "
        f"whether pictures are turned as they are meant to be seen ({constant(True)}) or left as stored."
    )


def _chance(counts: pd.DataFrame) -> float:
    """Give the chance of such a difference where the label has no say."""
    if counts.shape[1] < 2:
        return 1.0
    from scipy.stats import chi2_contingency  # Loading it takes longer than most tables.

    return float(chi2_contingency(counts.to_numpy()).pvalue)

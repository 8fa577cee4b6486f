"""Dividing images into splits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from tidycnn.core.checks import check_between, checked
from tidycnn.core.errors import InputError, described, listed
from tidycnn.core.frames import as_images, in_order
from tidycnn.core.seeds import Stream, draw_seed, stream
from tidycnn.splits._division import Real
from tidycnn.splits._rows import divisible_rows, tell_shortfalls
from tidycnn.splits.leaks import tell_parted_contents


@checked
def split_images(
    images: pd.DataFrame,
    proportions: Mapping[str, float] = {"train": 0.7, "validation": 0.15, "test": 0.15},
    *,
    by: str | None = "label",
    group: str | None = "group",
    from_: Sequence[str] | None = None,
    seed: int | None = None,
) -> pd.DataFrame:
    """Divide images into splits.

    Every label is divided in the same proportions, and images of one group stay together. With whole groups, the share
    of a label is off by at most half its largest group wherever the groups allow it; without groups it is rounded.

    The same images with the same seed are always divided alike, in whatever order they stand and wherever their folder
    lies: chance knows an image by its path within its class folder, without the suffix (within the folder that all
    images share where there are no class folders). So pictures and their masks in parallel folders are divided alike
    too. Identical files that come to lie in several splits are told; `group = "hash"` keeps them together.

    Parameters
    ----------
    images
        An images frame, as `image_table()` gives. Images that cannot be decoded get no split.
    proportions
        The share of each split, named. They sum to 1.
    by
        The column whose values are divided in the same proportions, or None: the images as a whole are.
    group
        The column that names what must stay together, such as the photograph or the patient, or None: nothing must.
        Images without a group are divided one by one.
    from_
        The splits to divide; all other images keep theirs. Without it `images` must have no splits yet.
    seed
        A whole number that makes the division repeatable.

    Returns
    -------
    The images in their order and with their index, with the column `split`.

    Examples
    --------
    >>> import pandas as pd
    >>> images = pd.DataFrame({"path": [f"{i}.png" for i in range(20)], "label": ["cat", "dog"] * 10})
    >>> split_images(images, {"train": 0.8, "test": 0.2}, seed=1)["split"].value_counts().tolist()
    [16, 4]
    """
    images, chance = as_images(images), stream("split", draw_seed(seed))
    divided = divided_images(images, proportions, by=by, group=group, from_=from_, chance=chance)
    tell_parted_contents(divided, divided["split"], "splits")
    return divided


def divided_images(
    images: pd.DataFrame,
    proportions: Mapping[str, float],
    *,
    by: str | None = "label",
    group: str | None = "group",
    from_: Sequence[str] | None = None,
    chance: Stream,
    row_names: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Divide checked images as `split_images()` does, by a stream of its own, and perhaps by other names of rows."""
    names, shares = list(proportions), _checked_shares(proportions)
    rows = divisible_rows(images, by=by, group=group, from_=from_, column="split", names=row_names)
    split = pd.Series(None, index=images.index, dtype=object)
    if from_ is not None:
        stays = images["split"].notna() & ~images["split"].isin(from_)
        split = images["split"].astype(object).where(stays, None)
        _check_new(names, split)
    parts = rows.divide(shares, chance)
    split.iloc[rows.positions] = np.array(names, dtype=object)[parts]
    tell_shortfalls(rows, parts, shares, names, "split")
    return in_order(images.assign(split=split))


def _checked_shares(proportions: Mapping[str, float]) -> Real:
    for name, share in proportions.items():
        if not name:
            raise InputError(f"`proportions` must name every split, not {described(dict(proportions))}.")
        check_between(share, "proportions", 0, 1)
    total = math.fsum(proportions.values())
    if not math.isclose(total, 1, abs_tol=1e-6):
        raise InputError(
            f"`proportions` must sum to 1, not {total:g}.",
            hint="Such as train = 0.7, validation = 0.15, test = 0.15.",
        )
    return np.array(list(proportions.values())) / total


def _check_new(names: list[str], others: pd.Series) -> None:
    taken = [name for name in names if (others == name).any()]
    if taken:
        raise InputError(
            f"`proportions` names {listed(taken)}, but images outside `from` are in that split already.",
            hint="Name only splits that `from` is divided into, such as train = 0.8, validation = 0.2.",
        )

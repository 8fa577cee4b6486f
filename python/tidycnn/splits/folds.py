"""Dividing images into folds for cross-validation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tidycnn.core.checks import check_count, checked
from tidycnn.core.errors import InputError, warn
from tidycnn.core.frames import as_images, in_order
from tidycnn.core.seeds import draw_seed, stream
from tidycnn.splits._rows import divisible_rows, tell_shortfalls
from tidycnn.splits.leaks import tell_parted_contents


@checked
def vfold_images(
    images: pd.DataFrame,
    v: int = 5,
    *,
    repeats: int = 1,
    by: str | None = "label",
    group: str | None = "group",
    from_: Sequence[str] | None = None,
    seed: int | None = None,
) -> pd.DataFrame:
    """Divide images into folds for cross-validation.

    Every fold gets its share of every label, and images of one group stay in one fold, by the rules of
    `split_images()`. The images of fold 1 are held out while those of the other folds train, and so on.

    Parameters
    ----------
    images
        An images frame, as `image_table()` gives. Images that cannot be decoded get no fold.
    v
        How many folds.
    repeats
        How many times the images are divided anew.
    by
        The column whose values are divided alike, or None: the images as a whole are.
    group
        The column that names what must stay together, or None: nothing must.
    from_
        The splits to divide, such as `"train"`; images of other splits get no fold. Without it all are divided.
    seed
        A whole number that makes the division repeatable.

    Returns
    -------
    The images in their order and with their index, with the column `fold` (1 to `v`). With `repeats` above 1 the frame
    is repeated below itself, and the column `repetition` numbers the divisions.

    Examples
    --------
    >>> import pandas as pd
    >>> images = pd.DataFrame({"path": [f"{i}.png" for i in range(10)], "label": ["cat", "dog"] * 5})
    >>> vfold_images(images, seed=1)["fold"].value_counts().tolist()
    [2, 2, 2, 2, 2]
    """
    check_count(v, "v", at_least=2)
    check_count(repeats, "repeats")
    images = as_images(images)
    for name in ("fold", "repetition") if repeats > 1 else ("fold",):
        if name in images.columns:
            raise InputError(f"`images` already has the column '{name}'.", hint="Drop it to divide the images anew.")
    rows = divisible_rows(images, by=by, group=group, from_=from_, column="fold")
    if from_ is None and "split" in images.columns and images["split"].eq("test").any():
        warn('Images of the split "test" are in the folds too. Leave them out by `from`, such as "train".')
    n_groups = len(np.unique(rows.groups))
    if n_groups < v:
        raise InputError(
            f"`v` must be at most the number of images, or of groups where there are any: {n_groups}, not {v}."
        )
    shares, seed = np.full(v, 1 / v), draw_seed(seed)
    divisions = [rows.divide(shares, stream("folds", seed, repetition)) for repetition in range(repeats)]
    tell_shortfalls(rows, divisions[0], shares, [str(fold) for fold in range(1, v + 1)], "fold")
    tell_parted_contents(images.iloc[rows.positions], divisions[0], "folds")
    frames = []
    for repetition, parts in enumerate(divisions, start=1):
        fold = pd.array([None] * len(images), dtype="Int64")
        fold[rows.positions] = parts + 1
        frames.append(images.assign(**({"repetition": repetition} if repeats > 1 else {}), fold=fold))
    return in_order(pd.concat(frames))

"""Finding what splits share and must not share."""

from __future__ import annotations

import pandas as pd

from tidycnn.core.checks import checked
from tidycnn.core.errors import InputError, counted, warn
from tidycnn.core.frames import as_images, columns_of, split_names
from tidycnn.images.table import with_facts
from tidycnn.splits.leaks import CONTENT, GROUP, PATH, Shared, find_shared

_NOUNS = {PATH: "file", CONTENT: "content", GROUP: "group"}


@checked
def audit_splits(images: pd.DataFrame) -> pd.DataFrame:
    """Find what splits share.

    A picture, or another picture of the same thing, that both trains and tests a model makes the test worthless.

    Parameters
    ----------
    images
        An images frame with splits, as `split_images()` or `image_table()` give.

    Returns
    -------
    One row per problem and pair of splits: `problem` (`shared path`, `identical file`: another path with the same
    bytes, or `shared group`), `split_1`, `split_2`, `images` (how many images of the two splits are concerned),
    `groups` (how many paths, contents or groups are shared), and one image of each split, `example_1` and
    `example_2`. No rows where nothing is shared; a warning where something is.

    Examples
    --------
    >>> import pandas as pd
    >>> images = pd.DataFrame({"path": ["a", "b"], "split": ["train", "test"], "hash": ["1", "2"]})
    >>> len(audit_splits(images))
    0
    """
    images = as_images(images)
    if "split" not in images.columns or images["split"].isna().all():
        raise InputError("`images` has no splits.", hint="`split_images()` makes them.")
    images = with_facts(images, column="hash")
    found = find_shared({split: images[images["split"] == split] for split in split_names(images["split"])})
    if found:
        warn(f"Splits share images: {'; '.join(map(_told, found))}. Scores on shared images are too good.")
    rows = [(each.problem, *each.sets, sum(map(len, each.rows)), each.things, *each.examples) for each in found]
    return pd.DataFrame(rows, columns=columns_of("audit")).astype({"images": "int64", "groups": "int64"})


def _told(shared: Shared) -> str:
    first, second = shared.sets
    return f"{counted(shared.things, _NOUNS[shared.problem])} in {first!r} and {second!r}"

"""Finding what splits share and must not share."""

from __future__ import annotations

import itertools

import pandas as pd

from tidycnn.core.checks import checked
from tidycnn.core.errors import InputError, counted, warn
from tidycnn.core.frames import as_images, split_names
from tidycnn.core.paths import absolute_paths
from tidycnn.images.table import complete_images

_COLUMNS = ["problem", "split_1", "split_2", "images", "groups", "example_1", "example_2"]
_NOUNS = {"shared path": "file", "identical file": "content", "shared group": "group"}


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
    images = images if "hash" in images.columns else complete_images(images, column="hash")
    place = pd.Series(absolute_paths(images["path"].tolist()), dtype=object)
    keys = {"shared path": place, "identical file": images["hash"]}
    if "group" in images.columns:
        keys["shared group"] = images["group"].astype(object)
    rows = [
        row
        for problem, key in keys.items()
        for pair in itertools.combinations(split_names(images["split"]), 2)
        if (row := _shared(images, problem, key, place, pair)) is not None
    ]
    if rows:
        warn(f"Splits share images: {'; '.join(map(_told, rows))}. Scores on shared images are too good.")
    return pd.DataFrame(rows, columns=_COLUMNS).astype({"images": "int64", "groups": "int64"})


def _shared(
    images: pd.DataFrame, problem: str, key: pd.Series, place: pd.Series, pair: tuple[str, str]
) -> dict[str, object] | None:
    """Give the row of one problem between two splits, None where there is none."""
    in_split = [images["split"].eq(split) & key.notna() for split in pair]
    if problem == "identical file":  # The same file is identical to itself: that is a shared path.
        same_place = set(place[in_split[0]]).intersection(place[in_split[1]])
        in_split = [is_in & ~place.isin(same_place) for is_in in in_split]
    shared = set(key[in_split[0]]).intersection(key[in_split[1]])
    if not shared:
        return None
    concerned = [is_in & key.isin(shared) for is_in in in_split]
    first = int(concerned[0].to_numpy().argmax())
    second = int((concerned[1] & (key == key[first])).to_numpy().argmax())
    return dict(
        zip(
            _COLUMNS,
            (
                problem,
                *pair,
                int(concerned[0].sum() + concerned[1].sum()),
                len(shared),
                images["path"][first],
                images["path"][second],
            ),
            strict=True,
        )
    )


def _told(row: dict[str, object]) -> str:
    return (
        f"{counted(int(str(row['groups'])), _NOUNS[str(row['problem'])])} in {row['split_1']!r} and {row['split_2']!r}"
    )

"""What sets of images share and must not share: the one definition of it.

A file is the same where its absolute path is, links of folders followed; contents are the same where their hashes are.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.errors import Phrase, counted, listed, warn
from tidycnn.core.frames import is_array_name
from tidycnn.core.groups import group_names
from tidycnn.core.paths import real_paths

PATH, CONTENT, GROUP = "shared path", "identical file", "shared group"
_NOUNS = {PATH: "image", CONTENT: "identical file", GROUP: "group"}
Keys: TypeAlias = dict[str, "pd.Series[str]"]


@dataclass(frozen=True)
class Shared:
    """What two sets share of one kind: how many paths, contents or groups, and the rows of each that are concerned.

    Rows are told by their positions; `examples` are two images, one of each set, that share the same thing.
    """

    problem: str
    sets: tuple[str, str]
    things: int
    rows: tuple[pd.Index, pd.Index]
    examples: tuple[str, str]


def find_shared(sets: Mapping[str, pd.DataFrame]) -> list[Shared]:
    """Find what each two of several images frames share: paths, other paths with the same content, groups.

    Contents are compared as far as the frames know the `hash` of their files: no file is opened.
    """
    sets = {name: images.reset_index(drop=True) for name, images in sets.items()}
    keys = {name: _keys_of(images) for name, images in sets.items()}
    pairs = list(itertools.combinations(sets, 2))
    found = [_shared(problem, pair, sets, keys) for problem in (PATH, CONTENT, GROUP) for pair in pairs]
    return [shared for shared in found if shared is not None]


def warn_of_shared(train: pd.DataFrame, held: pd.DataFrame) -> None:
    """Warn of what trains and validates as well."""
    found = find_shared({"train": train, "validation": held})
    if not found:
        return
    spelled = listed(Phrase(counted(each.things, _NOUNS[each.problem])) for each in found)
    stand = "stands" if sum(each.things for each in found) == 1 else "stand"
    concerned = len({row for each in found for row in each.rows[1]})
    examples = listed(dict.fromkeys(found[0].examples))
    warn(
        f"{spelled} {stand} among the training and the validation images ({concerned:,} of "
        f"{counted(len(held), 'validation image')}), such as {examples}: validation will look better than it is. "
        "Take them out of one of the two, or divide all anew: `split_images()` keeps images of one `group` together."
    )


def rows_shared(images: pd.DataFrame, other: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which images are among `other` too: as the same file, or as one with the same content."""
    keys, known = _keys_of(images), _keys_of(other)
    found = [keys[problem].isin(set(known[problem].dropna())).to_numpy() for problem in (PATH, CONTENT)]
    return np.logical_or(*found)


def tell_parted_contents(images: pd.DataFrame, parts: Sequence[Any] | pd.Series | NDArray[Any], noun: str) -> None:
    """Warn of identical files that came to lie in several parts, as far as the frame knows their `hash`.

    `parts` has the part of each row, missing where it is in none; `noun` says what messages call parts.
    """
    if "hash" not in images.columns:
        return
    rows = pd.DataFrame({name: list(images[name]) for name in ("path", "hash")}).assign(part=list(parts)).dropna()
    rows = rows[rows.groupby("hash")["part"].transform("nunique") > 1].drop_duplicates(["hash", "part"])
    if len(rows):
        first = rows[rows["hash"] == rows["hash"].iloc[0]]
        warn(
            f"Identical files lie in several {noun}: {counted(rows['hash'].nunique(), 'content')}, such as "
            f"{listed(first['path'], most=3)}. Scores on them are too good. A group keeps them together: "
            '`group = "hash"` in `split_images()`, or a column `group`.'
        )


def tell_parted_groups(groups: pd.Series, parts: Sequence[Any] | pd.Series | NDArray[Any], noun: str) -> None:
    """Warn of groups whose images came to lie in several parts, the group and the part of each row being given."""
    rows = pd.DataFrame({"group": list(groups), "part": list(parts)}).dropna()
    parted = rows.groupby("group")["part"].nunique().loc[lambda n: n > 1].index.tolist()
    if parted:
        warn(
            f"{counted(len(parted), 'group')} {'lies' if len(parted) == 1 else 'lie'} in several {noun}, such as "
            f"{listed(parted, most=3)}: scores on them are too good. `vfold_images()` keeps groups together."
        )


def _keys_of(images: pd.DataFrame) -> Keys:
    """Give what names the file, the content and the group of each image; missing where it is not known."""
    nothing = pd.Series(None, index=images.index, dtype=object)
    path = pd.Series(real_paths(images["path"].tolist()), index=images.index, dtype=object)
    path = path.mask(images["path"].map(is_array_name, na_action="ignore").fillna(False).astype(bool), None)
    return {PATH: path, CONTENT: images.get("hash", nothing), GROUP: group_names(images)}


def _shared(
    problem: str, pair: tuple[str, str], sets: Mapping[str, pd.DataFrame], keys: Mapping[str, Keys]
) -> Shared | None:
    """Give one problem between two sets, None where there is none."""
    first, second = (keys[name][problem].dropna() for name in pair)
    if problem == CONTENT:  # The same file is identical to itself: that is a shared path.
        places = [keys[name][PATH] for name in pair]
        same = set(places[0]).intersection(places[1])
        first, second = (key[~place[key.index].isin(same)] for key, place in zip((first, second), places, strict=True))
    things = set(first).intersection(second)
    if not things:
        return None
    first, second = first[first.isin(things)], second[second.isin(things)]
    other = second[second == first.iloc[0]]
    examples = sets[pair[0]]["path"][first.index[0]], sets[pair[1]]["path"][other.index[0]]
    return Shared(problem, pair, len(things), (first.index, second.index), examples)

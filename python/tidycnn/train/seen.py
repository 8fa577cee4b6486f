"""What a model was trained on in this session, where training changes the model itself: its labels and its images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import pandas as pd

from tidycnn.flow.options import LABELLED
from tidycnn.images.table import with_changes

_COLUMNS = ["path", "hash"]


@dataclass(frozen=True)
class Seen:
    """The labels of the last training, in the order of the network's outputs, and the files of all trainings."""

    levels: list[str]
    images: pd.DataFrame


_NOTHING = Seen([], pd.DataFrame({name: pd.Series(dtype=object) for name in _COLUMNS}))
_seen: WeakKeyDictionary[Any, Seen] = WeakKeyDictionary()


def seen_by(model: Any) -> Seen:
    """Tell what a model was trained on; nothing where that is not known."""
    return _seen.get(model, _NOTHING)


def remember_seen(model: Any, flow: Any, argument: str) -> None:
    """Remember that a model is trained on the images of a flow, as they are now."""
    images = seen_by(model).images
    if flow.is_of_files:
        now = with_changes(flow.images, argument).reindex(columns=_COLUMNS)
        images = (pd.concat([images, now]) if len(images) else now).drop_duplicates(ignore_index=True)
    levels = list(flow.levels) if flow.class_mode in LABELLED else seen_by(model).levels
    _seen[model] = Seen(levels, images)

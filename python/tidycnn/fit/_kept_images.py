"""What a folder keeps of the images of a classifier: all, or no absolute paths and columns of the user's, or nothing.

Concerns kept apart: how a table is written is told by `core/folders`; here it is chosen which one.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pandas as pd

from tidycnn.core.frames import IMAGE_COLUMNS, is_array_name
from tidycnn.core.groups import group_codes, has_groups
from tidycnn.core.paths import shared_folder

KeptImages: TypeAlias = Literal["all", "paths", "none"]

# How the columns are called that hold an index, and what such an index may be of.
_INDEX = ".index_"
_STORED_INDEX = ("string", "integer", "floating", "boolean", "datetime64", "categorical")


def kept_images(images: pd.DataFrame, kept: KeptImages) -> tuple[pd.DataFrame, list[str | None] | None]:
    """Give the table that is written, and the names of the index that stands in its last columns, None without one."""
    if kept == "all":
        return _with_index_apart(with_whole_paths(images))
    if kept == "none":
        return images.iloc[:0][[name for name in ("path", "label") if name in images.columns]], None
    whole = with_whole_paths(images)["path"]
    shared = shared_folder([str(path) for path in whole.dropna()])
    ours = images[[name for name in IMAGE_COLUMNS if name in images.columns]].reset_index(drop=True)
    ours = ours.assign(path=[path.removeprefix(shared) if isinstance(path, str) else path for path in whole])
    if has_groups(ours):
        codes = group_codes(ours, "group", without="left out")
        ours = ours.assign(group=pd.array([code + 1 if code >= 0 else None for code in codes], dtype="Int64"))
    return ours, None


def with_index(images: pd.DataFrame, names: list[str | None] | None) -> pd.DataFrame:
    """Give a table that was read the index that stands in its last columns."""
    if names is None:
        return images
    levels = [images[f"{_INDEX}{i}"] for i in range(len(names))]
    index = pd.MultiIndex.from_arrays(levels) if len(levels) > 1 else pd.Index(levels[0])
    return images.drop(columns=[str(level.name) for level in levels]).set_axis(index.set_names(names))


def kept_stages(stages: list[dict[str, Any]], kept: KeptImages) -> list[dict[str, Any]]:
    """Leave out of the plans of a training the folder that they name."""
    if kept == "all":
        return stages
    return [
        {**stage, "flow": {**stage["flow"], "save_to_dir": None}} if isinstance(stage.get("flow"), dict) else stage
        for stage in stages
    ]


def _with_index_apart(images: pd.DataFrame) -> tuple[pd.DataFrame, list[str | None] | None]:
    """Make columns of an index; rows that are numbered, or named by what cannot be stored, get none."""
    levels = [images.index.get_level_values(i) for i in range(images.index.nlevels)]
    is_plain = images.index.equals(pd.RangeIndex(len(images))) and images.index.names == [None]
    if is_plain or not all(pd.api.types.infer_dtype(level) in _STORED_INDEX for level in levels):
        return images.reset_index(drop=True), None
    columns = {f"{_INDEX}{i}": level for i, level in enumerate(levels)}
    names = [None if name is None else str(name) for name in images.index.names]
    return images.reset_index(drop=True).assign(**columns), names


def with_whole_paths(images: pd.DataFrame) -> pd.DataFrame:
    """Make the paths of images absolute."""
    whole = images["path"].map(_whole_path, na_action="ignore")
    return images.assign(path=whole.astype(object))


def _whole_path(path: str) -> str:
    # The others lead nowhere, and would be read as another one.
    if not path or "\0" in path or is_array_name(path):
        return path
    return Path(os.path.abspath(path)).as_posix()  # noqa: PTH100

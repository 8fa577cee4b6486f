"""Where files are."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Sequence

import pandas as pd

from tidycnn.core.errors import InputError, InputTypeError, counted, described


def absolute_paths(paths: Sequence[str]) -> list[str]:
    """Make paths absolute."""
    return _within_folders(paths, os.path.abspath)


def real_paths(paths: Sequence[str]) -> list[str]:
    """Make paths absolute and alike for the same file: links of folders are followed, case is as the system sees it."""
    return [os.path.normcase(path) for path in _within_folders(paths, os.path.realpath)]


def _within_folders(paths: Sequence[str], find: Callable[[str], str]) -> list[str]:
    """Ask once for each folder: path objects would take longer than asking the files."""
    split = [path.rpartition("/") for path in paths]
    folders = {before + slash: find(os.path.expanduser(before + slash or ".")) for before, slash, _ in split}  # noqa: PTH111
    return [f"{folders[before + slash].rstrip('/')}/{name}" for before, slash, name in split]


def shared_folder(paths: Sequence[str]) -> str:
    """Give the folder, with its slash, that all paths begin with; nothing where they share none."""
    levels = zip(*(path.split("/")[:-1] for path in paths), strict=False)
    return "".join(f"{level[0]}/" for level in itertools.takewhile(lambda level: len(set(level)) == 1, levels))


def with_slashes(path: str) -> str:
    """Spell a path with forward slashes, which Windows takes too."""
    return path.replace("\\", "/") if os.name == "nt" else path


def as_paths(column: pd.Series, name: str) -> pd.Series:
    """Give a column of paths as text; `name` is what messages call it.

    Objects that stand for paths are taken, and bytes, which are decoded as the system names its files.
    """
    without = int(column.isna().sum())
    if without:
        raise InputError(f"`{name}` must be text in every row, but it is missing in {counted(without, 'row')}.")
    wrong = [value for value in column if not isinstance(value, str | bytes | os.PathLike)]
    if wrong:
        raise InputTypeError(f"`{name}` must be text, but one is {described(wrong[0])}.")
    if not isinstance(column.dtype, pd.CategoricalDtype) and all(isinstance(value, str) for value in column):
        return column
    texts = [value if isinstance(value, str) else with_slashes(os.fsdecode(value)) for value in column]
    return pd.Series(texts, column.index, dtype=object)

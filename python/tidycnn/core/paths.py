"""Where files are."""

from __future__ import annotations

import os
from collections.abc import Sequence


def absolute_paths(paths: Sequence[str]) -> list[str]:
    """Make paths absolute, asking once for each folder: path objects would take longer than asking the files."""
    split = [path.rpartition("/") for path in paths]
    folders = {
        before + slash: os.path.abspath(os.path.expanduser(before + slash or "."))  # noqa: PTH100, PTH111
        for before, slash, _ in split
    }
    return [f"{folders[before + slash].rstrip('/')}/{name}" for before, slash, name in split]


def with_slashes(path: str) -> str:
    """Spell a path with forward slashes, which Windows takes too."""
    return path.replace("\\", "/") if os.name == "nt" else path

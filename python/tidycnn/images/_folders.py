# Path objects for many thousands of files take longer than asking the files.
# ruff: noqa: PTH111, PTH116, PTH118
"""From a folder tree to rows: which files there are, and what their folders say of label and split."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import pandas as pd

from tidycnn.core.errors import InputError, counted, described, listed, printable, warn
from tidycnn.core.frames import split_names

_SPLIT_WORDS = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
}
_SYSTEM_NAMES = {"thumbs.db", "desktop.ini", "__macosx"}


@dataclass
class _Tree:
    """What a folder holds, as paths below it with forward slashes."""

    files: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    loops: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)


def list_folder(
    folder: str,
    *,
    splits: Mapping[str, str] | bool | None,
    has_classes: bool,
    only: Collection[str] | None = None,
) -> tuple[pd.DataFrame, list[str]]:
    """List the files of a folder, or those in its top folders that `only` names.

    Returns
    -------
    A frame of `path`, `label` (missing outside class folders) and, where there are split folders, `split`; and the
    labels of all class folders, sorted. Labels and splits are names that can be shown; paths keep their bytes.
    """
    tree = _walk(folder, only)
    _tell(tree, folder)
    split_of = _split_folders(folder, [name for name in tree.folders if "/" not in name], splits)
    depth = 1 if split_of else 0
    classes = {printable(parts[depth]) for name in tree.folders if len(parts := name.split("/")) == depth + 1}
    rows = [_row(folder, file, split_of, depth, has_classes) for file in tree.files]
    frame = pd.DataFrame(rows, columns=["path", "label", "split"], dtype=object)
    if not split_of:
        frame = frame.drop(columns="split")
    else:
        order = {split: position for position, split in enumerate(split_names(frame["split"]))}
        frame = frame.sort_values("split", key=lambda split: split.map(order), kind="stable", ignore_index=True)
    return frame, sorted(classes) if has_classes else []


def _row(
    folder: str, file: str, split_of: dict[str, str], depth: int, has_classes: bool
) -> tuple[str, str | None, str | None]:
    parts = file.split("/")
    separator = "" if folder.endswith("/") else "/"
    label = printable(parts[depth]) if has_classes and len(parts) > depth + 1 else None
    return f"{folder}{separator}{file}", label, split_of.get(parts[0]) if len(parts) > 1 else None


def _split_folders(folder: str, tops: list[str], splits: Mapping[str, str] | bool | None) -> dict[str, str]:
    """Tell which split each top folder is; empty where the top folders are classes."""
    if splits is False:
        return {}
    named = {name.rstrip("/"): split for split, name in splits.items()} if isinstance(splits, Mapping) else {}
    if isinstance(splits, Mapping) and len(named) < len(splits):
        raise InputError(f"`splits` must name every folder once, not {described(dict(splits))}.")
    missing = [name for name in named if name not in tops]
    if missing:
        raise InputError(
            f"`splits` names the folders {listed(missing)}, which {folder!r} does not hold.",
            hint=f"It holds {listed(tops)}.",
        )
    if not named and not any(top.lower() in _SPLIT_WORDS for top in tops):
        return {}
    return {top: named.get(top, _SPLIT_WORDS.get(top.lower(), printable(top.lower()))) for top in tops}


def _walk(folder: str, only: Collection[str] | None) -> _Tree:
    tree, folder = _Tree(), os.path.expanduser(folder)
    try:
        os.scandir(folder).close()
    except OSError as error:
        raise InputError(
            f"The folder {folder!r} cannot be opened: {(error.strerror or str(error)).lower()}."
        ) from error
    waiting = [("", frozenset([_identity(folder)]))]
    while waiting:
        below, ancestors = waiting.pop()
        try:
            entries = list(os.scandir(os.path.join(folder, below)))
        except OSError:
            tree.closed.append(below)
            continue
        for entry in entries:
            name = below + entry.name
            if only is not None and not below and name not in only:
                continue
            if entry.name.startswith(".") or entry.name.lower() in _SYSTEM_NAMES:
                tree.hidden.append(name)
            elif not _is_folder(entry):
                tree.files.append(name)
            elif (identity := _identity(entry.path)) in ancestors:
                tree.loops.append(name)
            else:
                tree.folders.append(name)
                waiting.append((name + "/", ancestors | {identity}))
    tree.files.sort()
    return tree


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _identity(folder: str) -> tuple[int, int]:
    try:
        found = os.stat(folder)
    except OSError:
        return (-1, -1)
    return found.st_dev, found.st_ino


def _tell(tree: _Tree, folder: str) -> None:
    """Say what was found and not taken; a folder without files is an error."""
    remarks = (
        (tree.hidden, "hidden entry was left out", "hidden entries were left out"),
        (
            tree.loops,
            "link leads back to a folder above it and was not followed",
            "links lead back and were not followed",
        ),
        (tree.closed, "folder cannot be opened and was left out", "folders cannot be opened and were left out"),
    )
    said = [
        f"{counted(len(names), one, many)} ({listed(sorted(names), most=3)})" for names, one, many in remarks if names
    ]
    if not tree.files:
        raise InputError(
            f"The folder {folder!r} holds no files{': ' + '; '.join(said) if said else ''}.",
            hint="Give the folder that holds one folder of pictures for each class.",
        )
    if said:
        warn(f"In {folder!r}, {'; '.join(said)}.")

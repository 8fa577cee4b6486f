# Path objects for many thousands of files take longer than asking the files.
# ruff: noqa: PTH111, PTH116, PTH118
"""From a folder tree to rows: which files there are, and what their folders say of label and split."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import pandas as pd

from tidycnn.core.errors import InputError, Phrase, constant, counted, described, listed, printable, warn
from tidycnn.core.frames import in_label_order, split_names
from tidycnn.core.progress import remark

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
# Where a word of a name ends: train_data, seg-train, "Test set", train2017.
_WORD_ENDS = re.compile(r"[\s_.-]+|(?<=[a-z])(?=[A-Z\d])")
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
    labels of all class folders, in their order. Labels and splits are names that can be shown; paths keep their bytes.
    """
    tree = _walk(folder, only)
    _tell(tree, folder)
    split_of = _split_folders(folder, tree, splits, has_classes)
    doubled = _doubled_folders(tree)
    depths = {top: 2 if top in doubled else 1 for top in split_of}
    found = [name.split("/") for name in tree.folders]
    classes = {printable(parts[-1]) for parts in found if len(parts) == depths.get(parts[0], 0) + 1}
    rows = [_row(folder, file, split_of, depths, has_classes) for file in tree.files]
    frame = pd.DataFrame(rows, columns=["path", "label", "split"], dtype=object)
    if not split_of:
        frame = frame.drop(columns="split")
    else:
        order = {split: position for position, split in enumerate(split_names(frame["split"]))}
        frame = frame.sort_values("split", key=lambda split: split.map(order), kind="stable", ignore_index=True)
    return frame, in_label_order(classes) if has_classes else []


def _row(
    folder: str, file: str, split_of: dict[str, str], depths: dict[str, int], has_classes: bool
) -> tuple[str, str | None, str | None]:
    parts = file.split("/")
    depth = depths.get(parts[0], 0)
    separator = "" if folder.endswith("/") else "/"
    label = printable(parts[depth]) if has_classes and len(parts) > depth + 1 else None
    return f"{folder}{separator}{file}", label, split_of.get(parts[0]) if len(parts) > 1 else None


def _doubled_folders(tree: _Tree) -> set[str]:
    """Name the top folders that only hold one of their own name, as archives are often unpacked."""
    inside: dict[str, set[str]] = {}
    for name in [*tree.files, *tree.folders]:
        top, *below = name.split("/", 2)
        inside.setdefault(top, set()).update(below[:1])
    doubles = {top: next(iter(names)) for top, names in inside.items() if len(names) == 1}
    return {top for top, name in doubles.items() if name.lower() == top.lower() and f"{top}/{name}" in tree.folders}


def _split_folders(
    folder: str, tree: _Tree, splits: Mapping[str, str] | bool | None, has_classes: bool
) -> dict[str, str]:
    """Tell which split each top folder is; empty where the top folders are classes."""
    if splits is False:
        return {}
    tops = [name for name in tree.folders if "/" not in name]
    named = {name.rstrip("/"): split for split, name in splits.items()} if isinstance(splits, Mapping) else {}
    if isinstance(splits, Mapping) and len(named) < len(splits):
        raise InputError(f"`splits` must name every folder once, not {described(dict(splits))}.")
    missing = [name for name in named if name not in tops]
    if missing:
        raise InputError(
            f"`splits` names the folders {listed(missing)}, which {folder!r} does not hold.",
            hint=f"It holds {listed(tops)}.",
        )
    plain = {top: _SPLIT_WORDS[top.lower()] for top in tops if top.lower() in _SPLIT_WORDS}
    joined = {} if named else _joined_splits(tops, plain, tree, has_classes)
    if not named and not joined and has_classes and _are_classes(tops, plain, tree):
        remark(
            f"Top folders are taken for classes, {listed(plain)} too: there are no folders in them. "
            "`splits` names those that are splits."
        )
        return {}
    if not (named or plain or joined):
        _tell_splits_below(tree)
        return {}
    known = {**plain, **joined, **named}
    found = {top: known.get(top, printable(top.lower())) for top in tops}
    if joined:
        spelled = listed([Phrase(f"{top!r} ({split})") for top, split in found.items()])
        remark(f"Top folders are taken for splits: {spelled}. `splits = {constant(False)}` takes them for classes.")
    return found


def _are_classes(tops: list[str], plain: Mapping[str, str], tree: _Tree) -> bool:
    """Tell classes of which some have names of splits, such as train, truck and bus: they hold no class folders."""
    return 0 < len(plain) < len(tops) and not any("/" in name for name in tree.folders)


def _tell_splits_below(tree: _Tree) -> None:
    """Warn of splits that lie within class folders, whose images would all be one."""
    below = {name.split("/")[1].lower() for name in tree.folders if name.count("/") == 1}
    if len(below) > 1 and below <= set(_SPLIT_WORDS):
        warn(
            f"The folders within the classes, {listed(sorted(below))}, are named like splits, but all their images are "
            "taken together. Put the splits above the classes, or add a column `split`."
        )


def _joined_splits(tops: list[str], plain: Mapping[str, str], tree: _Tree, has_classes: bool) -> dict[str, str]:
    """Tell the splits of folders whose names join a split to other words, such as `training_set`.

    Classes may have such names (`test_tube`). So, but beside folders that bear plain names of splits, one must be for
    training and another for something else, both with the same other words, and with class folders in them.
    """
    claims = {top: claim for top in tops if top not in plain and (claim := _claim(top)) is not None}
    agreed: dict[tuple[str, ...], set[str]] = {}
    for split, words in claims.values():
        agreed.setdefault(words, set()).add(split)
    families = [words for words, found in agreed.items() if "train" in found and len(found) > 1]
    if not plain:
        family = [top for top, claim in claims.items() if claim[1] in families[:1]]
        is_deep = any(name.partition("/")[0] in family and "/" in name for name in tree.folders)
        if len(families) != 1 or (has_classes and not is_deep):
            return {}
        joined = _unique({top: claims[top][0] for top in family}, taken=set())
    else:
        joined = {}
    others = {top: split for top, (split, _) in claims.items() if top not in joined}
    return joined | _unique(others, taken={*plain.values(), *joined.values()})


def _claim(top: str) -> tuple[str, tuple[str, ...]] | None:
    """Give the split with which a name of several words begins or ends, and the other words."""
    words = [word.lower() for word in _WORD_ENDS.split(top) if word]
    claims = {_SPLIT_WORDS[word] for word in (words[0], words[-1]) if word in _SPLIT_WORDS} if words else set()
    if len(words) < 2 or len(claims) != 1:
        return None
    return claims.pop(), tuple(words[1:] if words[0] in _SPLIT_WORDS else words[:-1])


def _unique(splits: Mapping[str, str], *, taken: set[str]) -> dict[str, str]:
    """Keep the folders whose split no other claims."""
    n = Counter(splits.values())
    return {top: split for top, split in splits.items() if n[split] == 1 and split not in taken}


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

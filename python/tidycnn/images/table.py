"""The images frame: one row a picture, its label, and what is known of its file.

Concerns kept apart: which files there are is told by `_folders`, what they are by `_facts` and `decode`; this module
puts the two together and checks what the user brought along.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from tidycnn.core.checks import check_count, checked
from tidycnn.core.errors import InputError, constant, counted, listed, printable, spell_column, warn
from tidycnn.core.frames import (
    NA_REAL,
    as_images,
    as_labels,
    as_text,
    columns_of,
    in_order,
    spell_dropping,
    split_names,
    usable_rows,
)
from tidycnn.core.grouped import by_group
from tidycnn.core.paths import with_slashes
from tidycnn.core.progress import remark
from tidycnn.core.types import Label, PathLike
from tidycnn.images._brought import brought_rows, check_meanings, filled
from tidycnn.images._facts import FACT_COLUMNS, find_changed, find_facts
from tidycnn.images._folders import list_folder
from tidycnn.images._turned import tell_turned
from tidycnn.images.decode import PIXELS_MAX


@checked
def image_table(
    x: pd.DataFrame | PathLike | Sequence[PathLike],
    labels: str | None = None,
    *,
    splits: Mapping[str, str] | Literal[False] | None = None,
    levels: Sequence[Label] | None = None,
    pixels_max: int = PIXELS_MAX,
    progress: bool = True,
) -> pd.DataFrame:
    r"""List images with their labels and what is wrong with their files.

    Every file is opened and decoded completely. What is found is kept by path, size and time of change, so that the
    next call takes a moment.

    Parameters
    ----------
    x
        A folder with one folder of pictures for each class, or with such a tree for each split; or a data frame with
        the column `path` and, where known, `label`, `split`, `group` and any further columns; or paths of pictures.
        Class folders are read with all folders below them. Links are followed. Hidden files are left out with a
        warning; every other file gets a row.
    labels
        A regular expression (as in Python's `re`) with one group in parentheses, which finds the label in the file
        name. Without it labels are the names of the class folders, or the column `label`. What cannot be shown of a
        name is spelled out in its label; the path stays as it is.
    splits
        Names of splits and of the top folders that hold them, such as `train = "TRAIN"`. Without it, top folders are
        splits if one of them is called train, training, val, valid, validation, dev, test or testing, in any case; or
        if some join such words to the same others, as `training_set` and `test_set`, one of them for training, which
        is told. A top folder of another name is then a split of that name in lower case. False: top folders are
        classes.
    levels
        The labels in the order wanted. Without it they are in the order of the levels that `label` has, else sorted:
        whole numbers by value, all others as text.
    pixels_max
        An image that declares more pixels than this is `too large` and is not decoded. So is a file that would take as
        much time or memory in another way: by its bytes, by many scans or parts, by a slow format.
    progress
        Whether to show how far the work has come.

    Returns
    -------
    The images frame, one row a file: `path`, `label`, `split` and `group` where known, `status` (`ok`, `truncated`,
    `not an image`, `empty`, `unsupported format`, `too large` or `unreadable`), `format` (told from the content),
    `width`, `height` (as the picture is meant to be seen), `mode` (such as `RGB` or, for grey, `L`), `orientation` (1
    where the picture is stored as it is seen, 2 to 8 where its EXIF data turn or mirror it; a warning where that goes
    with the label), `bytes`, `hash` (equal for equal files), and the further columns and the index of `x`.

    Examples
    --------
    >>> images = image_table("pictures")  # doctest: +SKIP
    """
    check_count(pixels_max, "pixels_max")
    frame, classes = _rows_of(x, labels, splits)
    if labels is not None:
        frame = frame.assign(label=_labels_from_names(frame["path"], labels))
    frame = frame.assign(label=_with_levels(frame, classes or [], None if levels is None else [*map(as_text, levels)]))
    images = _with_facts(frame, "x", pixels_max=pixels_max, shown=progress)
    _tell_unusable(images)
    tell_turned(images)
    if labels is None and classes is not None:
        _tell_unlabelled(images)
    return images


@checked
@by_group
def class_counts(images: pd.DataFrame) -> pd.DataFrame:
    """Count the images of each label.

    Files that cannot be decoded are not counted.

    Parameters
    ----------
    images
        An images frame, as `image_table()` gives.

    Returns
    -------
    One row per label, and per split where there are splits: `label`, `split`, `n` and `share` (of all images, or of
    those of the split). Labels without images have `n` 0; images without label are counted under a missing one. Of
    a grouped frame all this for each group, with its columns in front.

    Examples
    --------
    >>> import pandas as pd
    >>> class_counts(pd.DataFrame({"path": ["a.png", "b.png", "c.png"], "label": ["cat", "dog", "dog"]}))["n"].tolist()
    [1, 2]
    """
    images = as_images(images)
    usable = images[usable_rows(images)]
    if "label" not in usable.columns:
        usable = usable.assign(label=as_labels([None] * len(usable), argument=spell_column("images", "label")))
    if "split" not in usable.columns or usable["split"].isna().all():
        return _counts_of(usable)
    parts = [
        _counts_of(rows, split=split)
        for split in (*split_names(usable["split"]), None)
        if len(rows := usable[usable["split"].isna() if split is None else usable["split"] == split])
    ]
    return pd.concat(parts, ignore_index=True)[columns_of("counts")]


def complete_images(
    images: pd.DataFrame, argument: str = "images", *, needed: Sequence[str] = ("path",), progress: bool = False
) -> pd.DataFrame:
    """Check an images frame of the user, and look up what is not known of its files."""
    return with_facts(as_images(images, argument, needed=needed), argument, progress=progress)


def with_facts(
    images: pd.DataFrame, argument: str = "images", *, column: str = "status", progress: bool = False
) -> pd.DataFrame:
    """Look up the facts of those rows of a checked images frame whose `column` is missing."""
    if column in images.columns and images[column].notna().all():
        return images
    return _with_facts(images, argument, pixels_max=PIXELS_MAX, shown=progress, column=column)


def with_changes(images: pd.DataFrame, argument: str = "images") -> pd.DataFrame:
    """Look up anew the facts of files that have changed since they were found, and tell of them."""
    if not set(FACT_COLUMNS).issubset(images.columns):
        return images
    known = images[images["hash"].notna() & usable_rows(images)]
    sizes = [None if pd.isna(size) else int(size) for size in known["bytes"]]
    changed = known[find_changed(known["path"].tolist(), sizes, known["hash"].tolist())]
    if changed.empty:
        return images
    warn(
        f"`{argument}`: {counted(len(changed), 'file')} changed since the table of the images was made, such as "
        f"{listed(changed['path'].iloc[:1])}. What they show now is used; see that their labels still hold."
    )
    asked = images.index.isin(changed.index)
    return with_facts(images.assign(status=images["status"].astype(object).mask(asked, None)), argument)


def _counts_of(images: pd.DataFrame, **columns: str | None) -> pd.DataFrame:
    label = images["label"].cat
    counts = np.bincount(label.codes + 1, minlength=len(label.categories) + 1)
    codes = [*range(len(label.categories)), *([-1] if counts[0] else [])]
    n = counts[[code + 1 for code in codes]]
    labels = pd.Categorical.from_codes(codes, categories=label.categories)
    return pd.DataFrame({"label": labels, "n": n, "share": n / len(images) if len(images) else NA_REAL}).assign(
        **columns
    )


def _rows_of(
    x: pd.DataFrame | PathLike | Sequence[PathLike],
    labels: str | None,
    splits: Mapping[str, str] | Literal[False] | None,
) -> tuple[pd.DataFrame, list[str] | None]:
    """Give one row a file, and the names of the class folders (None where `x` is no folder)."""
    if isinstance(x, str | os.PathLike):
        given = with_slashes(os.fsdecode(x))
        found = Path(given).expanduser()
        if found.is_dir():
            return list_folder(given, splits=splits, has_classes=labels is None)
        if not (found.exists() or found.is_symlink()):
            raise InputError(
                f"There is no file or folder {given!r}.", hint=f"The working folder is {str(Path.cwd())!r}."
            )
        x = [given]
    if splits is not None:
        raise InputError("`splits` is about the folders of a folder, but `x` is none.")
    if isinstance(x, pd.DataFrame):
        return brought_rows(x, labels), None
    return pd.DataFrame({"path": pd.Series([with_slashes(os.fsdecode(path)) for path in x], dtype=object)}), None


def _labels_from_names(paths: pd.Series, expression: str) -> pd.Series:
    try:
        pattern = re.compile(expression)
    except re.error as error:
        raise InputError(f"`labels` must be a regular expression, but {expression!r} is none: {error}.") from None
    if pattern.groups != 1:
        raise InputError(
            f"`labels` must have one group in parentheses, but {expression!r} has {pattern.groups}.",
            hint="Such as '^([a-z]+)_' for files like cat_001.png; '(?:...)' is a group that does not count.",
        )
    names = paths.map(os.path.basename)
    labels = names.map(
        lambda name: printable(found.group(1) or "") or None if (found := pattern.search(name)) else None
    )
    if labels.isna().any():
        warn(
            f"`labels` finds no label in {labels.isna().sum():,} of {counted(len(names), 'file name')}, "
            f"such as {listed(names[labels.isna()].iloc[:1])}."
        )
    return labels


def _with_levels(frame: pd.DataFrame, classes: list[str], levels: Sequence[str] | None) -> pd.Categorical[str]:
    if levels is not None and len(set(levels)) < len(levels):
        raise InputError(f"`levels` must name every label once, not {listed(levels)}.")
    lacking = [name for name in classes if levels is not None and name not in levels]
    if lacking:
        raise InputError(f"`levels` lacks the class folders {listed(lacking)}.")
    values = frame["label"] if "label" in frame.columns else [None] * len(frame)
    labels = as_labels(values, levels or classes or None, argument=spell_column("x", "label"))
    without = [name for name in classes if name not in set(frame["label"])]
    if without:
        warn(f"Class folders without files: {listed(without)}. They stay among the levels; {spell_dropping('images')}.")
    return labels


def _with_facts(
    frame: pd.DataFrame, argument: str, *, pixels_max: int, shown: bool, column: str | None = None
) -> pd.DataFrame:
    """Add what is known of the files; only to rows whose `column` is missing where `column` is given."""
    index, frame = frame.index, frame.reset_index(drop=True)  # The user's may name rows twice.
    asked = frame[column].isna() if column is not None and column in frame.columns else pd.Series(True, frame.index)
    facts = find_facts(frame.loc[asked, "path"].tolist(), pixels_max=pixels_max, shown=shown).set_axis(
        frame.index[asked]
    )
    check_meanings(frame, facts, argument)
    complete = frame.assign(**{name: filled(frame, facts[name]) for name in FACT_COLUMNS})
    return in_order(complete).set_axis(index)


def _tell_unusable(images: pd.DataFrame) -> None:
    """Say which files cannot be used, and which labels and images that leaves."""
    is_usable = usable_rows(images)
    if not is_usable.all():
        kinds = images.loc[~is_usable, "status"].value_counts()
        warn(
            f"{(~is_usable).sum():,} of {counted(len(images), 'file')} cannot be used: "
            f"{', '.join(f'{n:,} {kind}' for kind, n in kinds.items())}. "
            "They keep their row, with the reason in `status`, and are left out of splits and fits."
        )
    labels = images["label"]
    lost = [
        name for name in labels.cat.categories if (labels == name).any() and not (is_usable & (labels == name)).any()
    ]
    if lost and is_usable.any():
        warn(f"No file of {listed(lost)} can be used.")


def _tell_unlabelled(images: pd.DataFrame) -> None:
    """Say which pictures of a folder get no label."""
    unlabelled = images.loc[usable_rows(images) & images["label"].isna(), "path"]
    if len(images["label"].cat.categories) == 0:
        remark("There are no class folders: the images get no label.")
    elif len(unlabelled):
        advice = f" If the top folders are classes, use `splits = {constant(False)}`." if "split" in images else ""
        warn(
            f"{counted(len(unlabelled), 'image')} outside the class folders without a label, such as "
            f"{listed(unlabelled.iloc[:1])}.{advice}"
        )

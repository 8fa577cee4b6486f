"""Flows of class folders, of a data frame of files, of arrays: with the arguments and by the rules of Keras.

Concerns kept apart: here the doors and the methods of generators come together; what users read is in `keras_doors`.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.checks import check_known, checked
from tidycnn.core.errors import (
    InputError,
    TidycnnDeprecationWarning,
    constant,
    described,
    listed,
    spell_column,
    warn,
)
from tidycnn.core.frames import as_labels, check_columns, usable_rows
from tidycnn.core.paths import as_paths
from tidycnn.core.preprocessing import COLOR_MODES
from tidycnn.core.types import ClassMode, PathLike, SaveFormat, Subset
from tidycnn.flow._pictures import ArrayPictures
from tidycnn.flow._saving import picture_saver
from tidycnn.flow._targets import (
    apart,
    beside_of,
    has_lists,
    pictures_of,
    raw_targets,
    several_labels,
    targets_of,
    weights_in,
    weights_of,
)
from tidycnn.flow._told import Targets
from tidycnn.flow.augmentation import Augmentation
from tidycnn.flow.batches import ImageFlow
from tidycnn.flow.making import generator_of, make_flow, subset_rows
from tidycnn.flow.options import LABELLED, RAW, FlowOptions, refuse_raw
from tidycnn.images.table import class_folder_table, image_table

_SIZE = (256, 256)


@checked
def directory_flow(
    directory: PathLike,
    generator: Augmentation,
    *,
    target_size: tuple[int, int] = _SIZE,
    classes: Sequence[str] | None = None,
    class_mode: ClassMode | None = "categorical",
    follow_links: bool = False,
    **options: Any,
) -> ImageFlow:
    """Make the flow of `flow_images_from_directory()`."""
    chosen = FlowOptions(target_size=target_size, class_mode=class_mode or "none", **options)
    refuse_raw(class_mode)
    classes = classes or None
    if classes is not None:
        _check_once(classes)
    images = image_table(directory, splits=False) if classes is None else class_folder_table(directory, classes)
    # `image_table()` has told of files that are no images and of images outside the class folders.
    if usable_rows(images).any():
        images = images[usable_rows(images)]
    if images["label"].notna().any():
        images = images[images["label"].notna()]
    if not follow_links:
        images = images[~_behind_links(images, directory)]
    if generator.exact:
        images = _in_order_of_folders(images)
    return make_flow(images, generator, chosen, argument="directory", folder=directory, is_known=True)


@checked
def dataframe_flow(
    dataframe: pd.DataFrame,
    directory: PathLike | None = None,
    *,
    generator: Augmentation,
    x_col: str = "filename",
    y_col: str | Sequence[str] | None = "class",
    weight_col: str | None = None,
    target_size: tuple[int, int] = _SIZE,
    classes: Sequence[str] | None = None,
    class_mode: ClassMode | Literal["other"] | None = "categorical",
    validate_filenames: bool = True,
    drop_duplicates: bool | None = None,
    **options: Any,
) -> ImageFlow:
    """Make the flow of `flow_images_from_dataframe()`."""
    class_mode = _current(class_mode, drop_duplicates)
    chosen = FlowOptions(target_size=target_size, class_mode=class_mode or "none", **options)
    columns = [y_col] if isinstance(y_col, str) else list(y_col or [])
    needed = _needed_columns(columns, chosen.class_mode)
    check_columns(
        dataframe, [x_col, *needed, *([weight_col] if weight_col else [])], "dataframe", made_by="data.frame()"
    )
    if chosen.class_mode in LABELLED and len(needed) != 1:
        raise InputError(
            f"`y_col` must be one column where `class_mode` is {chosen.class_mode!r}, not {listed(needed)}.",
            hint="Use `class_mode = 'multi_output'` or 'raw' for several.",
        )
    images = dataframe.drop(columns=[column for column in (x_col, *columns) if column in dataframe.columns])
    folder = Path() if directory is None else Path(directory)
    names = as_paths(dataframe[x_col], spell_column("dataframe", x_col))
    images = images.assign(path=[(folder / name).as_posix() for name in names])
    weights = None if weight_col is None else weights_in(dataframe, weight_col)
    learned = _learned(dataframe, columns, classes or None, chosen.class_mode)
    images, weights = images.iloc[learned.rows], None if weights is None else weights[learned.rows]
    if learned.labels is not None:
        images = images.assign(label=learned.labels)
    if not validate_filenames:
        images = _taken_for_images(images)
    return make_flow(
        images,
        generator,
        chosen,
        argument="dataframe",
        targets=learned.targets,
        weights=weights,
        levels=learned.levels,
        target_names=needed if chosen.class_mode == "multi_output" else (),
        folder=None if directory is None else folder,
        is_known=not validate_filenames,
        is_seen=validate_filenames,
        split_by=None,  # By row, whatever is learned of it: pairs of columns stay pairs.
        row_names=[str(row) for row in learned.rows],
    )


@checked
def array_flow(
    x: Any,
    y: Any = None,
    *,
    generator: Augmentation,
    batch_size: int = 32,
    shuffle: bool = True,
    sample_weight: Any = None,
    subset: Subset | None = None,
    ignore_class_split: bool = False,
    save_to_dir: PathLike | None = None,
    save_prefix: str = "",
    save_format: SaveFormat = "png",
    seed: int | None = None,
) -> ImageFlow:
    """Make the flow of `flow_images_from_data()`."""
    options = FlowOptions.among(locals())
    x, beside = apart(x)
    pictures = pictures_of(x, generator.data_format)
    beside = [beside_of(values, len(pictures)) for values in beside]
    images, targets, class_mode = targets_of(y, len(pictures))
    weights = weights_of(sample_weight, len(pictures), y)
    white = 1.0 if pictures.dtype.kind == "f" and pictures.max() <= 1 else 255.0
    if subset is not None:
        rows = subset_rows(images, generator, subset, by=None)  # By row, whatever `y` is.
        if not ignore_class_split and "label" in images.columns:
            _check_halves(images["label"], rows)
        images, pictures = images[rows], pictures[rows]
        targets, weights = (None if values is None else values[rows] for values in (targets, weights))
        beside = [values[rows] for values in beside]
    size, colours = (pictures.shape[1], pictures.shape[2]), COLOR_MODES[pictures.shape[3]]
    return ImageFlow(
        images,
        ArrayPictures(pictures, white),
        generator_of(generator, subset),
        generator.preprocessing(size, colours, may_learn=True),
        dataclasses.replace(options, class_mode=class_mode),
        targets=targets,
        weights=weights,
        beside=beside,
        teacher=generator,
        saver=picture_saver(save_to_dir, save_prefix, save_format),
    )


def _current(class_mode: ClassMode | Literal["other"] | None, drop_duplicates: bool | None) -> ClassMode | None:
    """Give the `class_mode` of today, and tell what has passed."""
    if drop_duplicates is not None:
        warn(
            "`drop_duplicates` has no effect: a file that stands in several rows is shown for each of them. "
            "Drop rows of the data frame instead.",
            TidycnnDeprecationWarning,
        )
    if class_mode == "other":
        warn("`class_mode` 'other' is called 'raw' now.", TidycnnDeprecationWarning)
        return "raw"
    return class_mode


def without_passed(options: Mapping[str, Any]) -> dict[str, Any]:
    """Give options without those that mean nothing any more, of which the user is told."""
    passed = {
        "has_ext": "file names must be those on the disk, with their endings.",
        "sort": "files stand in the order of the data frame where `shuffle` is false.",
    }
    for name in passed.keys() & options:
        warn(f"`{name}` has no effect: {passed[name]}", TidycnnDeprecationWarning)
    return {name: value for name, value in options.items() if name not in passed}


def _needed_columns(columns: list[str], class_mode: ClassMode) -> list[str]:
    """Name the columns that a network learns from."""
    return (columns or ["class"]) if class_mode in (*LABELLED, *RAW) else []


def _taken_for_images(images: pd.DataFrame) -> pd.DataFrame:
    """Take files for images unseen."""
    if "label" in images.columns:
        images = images.assign(label=as_labels(images["label"], argument=spell_column("dataframe", "label")))
    return images.assign(status="ok")


class _Learned(NamedTuple):
    """What is learned from a data frame: which rows, and their labels or targets."""

    rows: NDArray[np.intp]
    labels: pd.Categorical[str] | None = None
    targets: Targets | None = None
    levels: list[str] | None = None


def _learned(
    dataframe: pd.DataFrame, columns: Sequence[str], classes: Sequence[str] | None, class_mode: ClassMode
) -> _Learned:
    """Find what a network learns from a data frame; rows without one of `classes` are left out."""
    every = np.arange(len(dataframe))
    if class_mode in RAW:
        return _Learned(every, targets=raw_targets(dataframe, columns or ["class"], class_mode))
    if len(columns) != 1 or columns[0] not in dataframe.columns:
        return _Learned(every)
    values, name = dataframe[columns[0]], spell_column("dataframe", columns[0])
    if classes is not None:
        _check_once(classes)
    if not has_lists(values):
        labels = as_labels(values, argument=name)
        if classes is None:
            return _Learned(every, labels)
        _tell_absent(classes, list(labels.categories))
        rows = np.flatnonzero(labels.isin(list(classes)))
        return _Learned(rows, labels[rows].set_categories(list(classes)))
    if class_mode not in LABELLED:
        return _Learned(every)
    if class_mode != "categorical":
        several = next(value for value in values if not isinstance(value, str))
        raise InputError(
            f"`y_col` must name a column with one label for each image where `class_mode` is {class_mode!r}, "
            f"but one is {described(several)}.",
            hint="`class_mode = 'categorical'` takes several labels an image.",
        )
    rows, levels, targets = several_labels(values, classes, name)
    _tell_absent(levels, [level for level, column in zip(levels, targets.T, strict=True) if column.any()])
    return _Learned(rows, targets=targets, levels=levels)


def _check_once(classes: Sequence[str]) -> None:
    if len(set(classes)) < len(classes):
        raise InputError(f"`classes` must name every label once, not {listed(classes)}.")


def _tell_absent(classes: Sequence[str], found: Sequence[str]) -> None:
    """Tell of classes that no row has; they keep their places. All of them is a mistake."""
    absent = [name for name in classes if name not in found]
    if absent and len(absent) == len(classes):
        check_known(absent, "classes", found, noun="labels in `dataframe`")
    if absent:
        warn(
            f"`classes` names {listed(absent)}, a label that no row of `dataframe` has: "
            "its place among the outputs of a network stays."
        )


def _check_halves(labels: pd.Series, rows: NDArray[np.bool_]) -> None:
    """Refuse a division that leaves a label to one subset alone, which the other can neither learn nor try."""
    here, there = set(labels[rows]), set(labels[~rows])
    if here != there:
        raise InputError(
            f"The subsets for training and validation have different labels: {listed(sorted(here ^ there))} "
            f"{'is' if len(here ^ there) == 1 else 'are'} in one of them alone.",
            hint="Rows are divided by chance: another `split_seed` or a larger share divides them otherwise. "
            f"`ignore_class_split = {constant(True)}` takes them so.",
        )


def _in_order_of_folders(images: pd.DataFrame) -> pd.DataFrame:
    """Sort images as Keras reads them: label after label, the files of a folder before those of its folders."""
    codes = images["label"].cat.codes
    keys = [(code, *os.path.split(path)) for code, path in zip(codes, images["path"], strict=True)]
    return images.iloc[sorted(range(len(keys)), key=keys.__getitem__)]


def _behind_links(images: pd.DataFrame, directory: PathLike) -> NDArray[np.bool_]:
    """Tell which files are reached through a linked folder below their class folder."""
    top = Path(directory).expanduser()
    found: dict[Path, bool] = {}

    def is_behind(folder: Path) -> bool:
        if folder not in found:
            found[folder] = len(folder.relative_to(top).parts) > 1 and (folder.is_symlink() or is_behind(folder.parent))
        return found[folder]

    return np.array([is_behind(Path(path).expanduser().parent) for path in images["path"]], dtype=bool)

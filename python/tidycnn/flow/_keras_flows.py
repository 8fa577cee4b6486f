"""Flows of class folders, of a data frame of files, of arrays: with the arguments and by the rules of Keras.

Concerns kept apart: here the doors and the methods of generators come together; what users read is in `keras_doors`.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.checks import check_known, checked
from tidycnn.core.errors import InputError, described, listed, spell_column
from tidycnn.core.frames import as_labels, check_columns, usable_rows
from tidycnn.core.paths import as_paths
from tidycnn.core.preprocessing import COLOR_MODES
from tidycnn.core.types import ClassMode, PathLike, SaveFormat, Subset
from tidycnn.flow._pictures import ArrayPictures
from tidycnn.flow._saving import picture_saver
from tidycnn.flow._targets import pictures_of, raw_targets, targets_of, weights_in, weights_of
from tidycnn.flow.augmentation import Augmentation
from tidycnn.flow.batches import ImageFlow
from tidycnn.flow.making import generator_of, make_flow, subset_rows
from tidycnn.flow.options import LABELLED, RAW, FlowOptions, refuse_raw
from tidycnn.images.table import image_table

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
    images = image_table(directory, splits=False)
    # `image_table()` has told of files that are no images and of images outside the class folders.
    if usable_rows(images).any():
        images = images[usable_rows(images)]
    if images["label"].notna().any():
        images = images[images["label"].notna()]
    if not follow_links:
        images = images[~_behind_links(images, directory)]
    images = _of_classes(images, classes, f"{os.fspath(directory)!r}")
    if generator.exact:
        images = _in_order_of_folders(images)
    flow = make_flow(images, generator, chosen, argument="directory", is_known=True)
    flow.filenames = _relative(flow.filepaths, directory)
    return flow


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
    class_mode: ClassMode | None = "categorical",
    validate_filenames: bool = True,
    **options: Any,
) -> ImageFlow:
    """Make the flow of `flow_images_from_dataframe()`."""
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
    targets = raw_targets(dataframe, needed, chosen.class_mode) if chosen.class_mode in RAW else None
    weights = None if weight_col is None else weights_in(dataframe, weight_col)
    chosen_rows = np.arange(len(dataframe))
    if targets is None and len(columns) == 1 and columns[0] in dataframe.columns:
        _refuse_lists(dataframe[columns[0]])
        images = images.assign(label=as_labels(dataframe[columns[0]], argument=spell_column("dataframe", columns[0])))
        if classes is not None:
            chosen_rows = np.flatnonzero(images["label"].isin(classes))
            weights = None if weights is None else weights[chosen_rows]
        images = _of_classes(images, classes, "`dataframe`")
    if not validate_filenames:
        images = _taken_for_images(images)
    flow = make_flow(
        images,
        generator,
        chosen,
        argument="dataframe",
        targets=targets,
        weights=weights,
        is_known=not validate_filenames,
        is_seen=validate_filenames,
        split_by=None,  # By row, whatever is learned of it: pairs of columns stay pairs.
        row_names=[str(row) for row in chosen_rows],
    )
    flow.filenames = flow.filepaths if directory is None else _relative(flow.filepaths, folder)
    flow.target_names = needed if chosen.class_mode == "multi_output" else []
    return flow


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
    save_to_dir: PathLike | None = None,
    save_prefix: str = "",
    save_format: SaveFormat = "png",
    seed: int | None = None,
) -> ImageFlow:
    """Make the flow of `flow_images_from_data()`."""
    options = FlowOptions.among(locals())
    pictures = pictures_of(x, generator.data_format)
    images, targets, class_mode = targets_of(y, len(pictures))
    weights = weights_of(sample_weight, len(pictures), y)
    white = 1.0 if pictures.dtype.kind == "f" and pictures.max() <= 1 else 255.0
    if subset is not None:
        rows = subset_rows(images, generator, subset, by=None)  # By row, whatever `y` is.
        images, pictures = images[rows], pictures[rows]
        targets, weights = (None if values is None else values[rows] for values in (targets, weights))
    generator = generator_of(generator, subset)
    return ImageFlow(
        images,
        ArrayPictures(pictures, white),
        generator,
        generator.preprocessing((pictures.shape[1], pictures.shape[2]), COLOR_MODES[pictures.shape[3]]),
        dataclasses.replace(options, class_mode=class_mode),
        targets=targets,
        weights=weights,
        saver=picture_saver(save_to_dir, save_prefix, save_format),
    )


def _needed_columns(columns: list[str], class_mode: ClassMode) -> list[str]:
    """Name the columns that a network learns from."""
    return (columns or ["class"]) if class_mode in (*LABELLED, *RAW) else []


def _taken_for_images(images: pd.DataFrame) -> pd.DataFrame:
    """Take files for images unseen."""
    if "label" in images.columns:
        images = images.assign(label=as_labels(images["label"], argument=spell_column("dataframe", "label")))
    return images.assign(status="ok")


def _refuse_lists(labels: pd.Series) -> None:
    several = next((value for value in labels if isinstance(value, list | tuple)), None)
    if several is not None:
        raise InputError(
            f"`y_col` must name a column with one label for each image, but one is {described(several)}.",
            hint="For several labels an image give one column of 0 and 1 for each, and `class_mode = 'raw'`.",
        )


def _of_classes(images: pd.DataFrame, classes: Sequence[str] | None, where: str) -> pd.DataFrame:
    if classes is None:
        return images
    check_known(classes, "classes", images["label"].cat.categories, noun=f"labels in {where}")
    if len(set(classes)) < len(classes):
        raise InputError(f"`classes` must name every label once, not {listed(classes)}.")
    chosen = images["label"].isin(list(classes))
    return images[chosen].assign(label=images.loc[chosen, "label"].cat.set_categories(list(classes)))


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


def _relative(paths: Sequence[str], directory: PathLike) -> list[str]:
    return [Path(os.path.relpath(path, directory)).as_posix() for path in paths]

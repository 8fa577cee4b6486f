"""The four ways into a flow: an images frame, class folders, a data frame of files, arrays."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.checks import check_count, check_known, checked
from tidycnn.core.errors import InputError, described, listed
from tidycnn.core.frames import as_labels, check_columns, usable_rows
from tidycnn.core.preprocessing import COLOR_MODES
from tidycnn.core.seeds import draw_seed
from tidycnn.core.types import (
    Cache,
    ClassMode,
    ColorMode,
    ImageFlow,
    Interpolation,
    OnError,
    PathLike,
    SaveFormat,
    Subset,
)
from tidycnn.flow.generator import RESCALED, ImageDataGenerator
from tidycnn.images.table import image_table

UNCHANGED = ImageDataGenerator()

_RAW = ("multi_output", "raw")


@checked
def flow_images(
    images: pd.DataFrame,
    generator: ImageDataGenerator = RESCALED,
    *,
    target_size: tuple[int, int] = (256, 256),
    color_mode: ColorMode = "rgb",
    class_mode: ClassMode = "categorical",
    batch_size: int = 32,
    shuffle: bool = True,
    subset: Subset | None = None,
    interpolation: Interpolation = "bilinear",
    keep_aspect_ratio: bool = False,
    save_to_dir: PathLike | None = None,
    save_prefix: str = "",
    save_format: SaveFormat = "png",
    on_error: OnError = "stop",
    cache: Cache = False,
    cache_size: float | None = None,
    seed: int | None = None,
) -> ImageFlow:
    """Make batches of pictures from an images frame.

    What a picture becomes depends on the seed, the epoch and the picture alone; the order depends on the seed and
    the epoch. A flow is an input for `fit()`, `evaluate()` and `predict()` of Keras.

    Parameters
    ----------
    images
        An images frame, as `image_table()` gives. Rows whose `status` is not `ok` are left out with a warning.
    generator
        How pictures are augmented and normalised, as `image_data_generator()` gives. Without it grey levels become
        numbers from 0 to 1.
    target_size
        Height and width of the pictures that the network sees.
    color_mode
        `"rgb"`, `"rgba"` or `"grayscale"`.
    class_mode
        What the network learns: `"categorical"` (one column a label), `"binary"` (1 for the second label), `"sparse"`
        (the position of the label, from 0), `"input"` (the pictures themselves) or `"none"` (pictures alone).
    batch_size
        Images per batch; the last of a pass may be smaller.
    shuffle
        Whether each pass has an order of its own.
    subset
        `"training"` or `"validation"` where the generator has a `validation_split`; the validation images are never
        augmented.
    interpolation
        How pictures are resized. With `"bilinear"` resizing and augmentation are one resampling, without aliasing
        where pictures shrink; with the others (filters of Pillow) pictures are resized first.
    keep_aspect_ratio
        Whether the middle of each picture is cut to the shape of `target_size` before it is resized.
    save_to_dir
        A folder for what the network sees, as pictures for people: each stretched to its own range of grey levels.
    save_prefix, save_format
        How their names begin, and `"png"` or `"jpeg"`: files are called `<prefix>_<row>_<epoch>.<format>`.
    on_error
        What happens when a file cannot be read any more: `"stop"` ends the training with its name, `"skip"` leaves it
        out with a warning.
    cache
        Keeps decoded pictures: in `"memory"`, on `"disk"` (in the folder `TIDYCNN_CACHE`, for later sessions too),
        `"auto"` in memory where they fit, else on disk. What a network sees is the same with and without.
    cache_size
        The greatest size of the cache in GB; half of what is free where not given.
    seed
        Makes order and augmentation repeatable.

    Returns
    -------
    A flow. It has `images`, `levels`, `classes`, `filenames`, `class_indices`, `n`, `batch_size`, `image_shape`.

    Examples
    --------
    >>> flow = flow_images(image_table("pictures"), target_size=(96, 96), seed=1)  # doctest: +SKIP
    """
    from tidycnn.flow._saving import picture_saver
    from tidycnn.flow.making import make_flow

    _refuse_raw(class_mode, "flow_images_from_dataframe")
    return make_flow(
        images,
        generator,
        target_size=target_size,
        color_mode=color_mode,
        class_mode=class_mode,
        batch_size=batch_size,
        shuffle=shuffle,
        subset=subset,
        interpolation=interpolation,
        keep_aspect_ratio=keep_aspect_ratio,
        saver=picture_saver(save_to_dir, save_prefix, save_format),
        on_error=on_error,
        cache=cache,
        cache_size=cache_size,
        seed=seed,
    )


@checked
def flow_images_from_directory(
    directory: PathLike,
    generator: ImageDataGenerator = UNCHANGED,
    *,
    target_size: tuple[int, int] = (256, 256),
    color_mode: ColorMode = "rgb",
    classes: Sequence[str] | None = None,
    class_mode: ClassMode | None = "categorical",
    batch_size: int = 32,
    shuffle: bool = True,
    follow_links: bool = False,
    subset: Subset | None = None,
    interpolation: Interpolation = "bilinear",
    keep_aspect_ratio: bool = False,
    save_to_dir: PathLike | None = None,
    save_prefix: str = "",
    save_format: SaveFormat = "png",
    on_error: OnError = "stop",
    cache: Cache = False,
    cache_size: float | None = None,
    seed: int | None = None,
) -> ImageFlow:
    """Make batches of pictures from a folder with one folder for each class.

    Parameters
    ----------
    directory
        The folder that holds the class folders.
    generator
        How pictures are augmented and normalised, as `image_data_generator()` gives. Without it nothing is done.
    target_size
        Height and width of the pictures that the network sees.
    color_mode
        `"rgb"`, `"rgba"` or `"grayscale"`.
    classes
        The class folders to use, in the order of the network's outputs; all of them, sorted, where it is not given.
    class_mode
        What the network learns, as in `flow_images()`.
    batch_size
        Images per batch; the last of a pass may be smaller.
    shuffle
        Whether each pass has an order of its own.
    follow_links
        Whether to read folders that are links, below the class folders.
    subset
        `"training"` or `"validation"` where the generator has a `validation_split`.
    interpolation
        How pictures are resized, as in `flow_images()`.
    keep_aspect_ratio
        Whether the middle of each picture is cut to the shape of `target_size` before it is resized.
    save_to_dir
        A folder for what the network sees, as pictures for people: each stretched to its own range of grey levels.
    save_prefix, save_format
        How their names begin, and `"png"` or `"jpeg"`: files are called `<prefix>_<row>_<epoch>.<format>`.
    on_error
        What happens when a file cannot be read any more: `"stop"` ends the training with its name, `"skip"` leaves it
        out with a warning.
    cache
        Keeps decoded pictures: in `"memory"`, on `"disk"` (in the folder `TIDYCNN_CACHE`, for later sessions too),
        `"auto"` in memory where they fit, else on disk. What a network sees is the same with and without.
    cache_size
        The greatest size of the cache in GB; half of what is free where not given.
    seed
        Makes order and augmentation repeatable.

    Returns
    -------
    A flow, as of `flow_images()`; `filenames` are relative to `directory`.

    Examples
    --------
    >>> flow = flow_images_from_directory("pictures", target_size=(96, 96))  # doctest: +SKIP
    """
    from tidycnn.flow._saving import picture_saver
    from tidycnn.flow.making import make_flow

    _refuse_raw(class_mode, "flow_images_from_dataframe")
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
    flow = make_flow(
        images,
        generator,
        target_size=target_size,
        color_mode=color_mode,
        class_mode=class_mode or "none",
        batch_size=batch_size,
        shuffle=shuffle,
        subset=subset,
        interpolation=interpolation,
        keep_aspect_ratio=keep_aspect_ratio,
        saver=picture_saver(save_to_dir, save_prefix, save_format),
        on_error=on_error,
        cache=cache,
        cache_size=cache_size,
        seed=seed,
        argument="directory",
    )
    flow.filenames = _relative(flow.filepaths, directory)
    return flow


@checked
def flow_images_from_dataframe(
    dataframe: pd.DataFrame,
    directory: PathLike | None = None,
    *,
    x_col: str = "filename",
    y_col: str | Sequence[str] | None = "class",
    weight_col: str | None = None,
    generator: ImageDataGenerator = UNCHANGED,
    target_size: tuple[int, int] = (256, 256),
    color_mode: ColorMode = "rgb",
    classes: Sequence[str] | None = None,
    class_mode: ClassMode | None = "categorical",
    batch_size: int = 32,
    shuffle: bool = True,
    subset: Subset | None = None,
    interpolation: Interpolation = "bilinear",
    keep_aspect_ratio: bool = False,
    save_to_dir: PathLike | None = None,
    save_prefix: str = "",
    save_format: SaveFormat = "png",
    on_error: OnError = "stop",
    cache: Cache = False,
    cache_size: float | None = None,
    validate_filenames: bool = True,
    seed: int | None = None,
) -> ImageFlow:
    """Make batches of pictures from a data frame of file names and labels.

    Parameters
    ----------
    dataframe
        One row an image. Its other columns stay in the flow's `images`.
    directory
        The folder that the file names are relative to.
    x_col
        The column with the names of the files.
    y_col
        The column with the labels. It may be absent where `class_mode` needs no labels. With `class_mode` `"raw"`
        the column, or the columns, with numbers; with `"multi_output"` one column for each output.
    weight_col
        The column that says how much each image counts.
    generator
        How pictures are augmented and normalised, as `image_data_generator()` gives. Without it nothing is done.
    target_size
        Height and width of the pictures that the network sees.
    color_mode
        `"rgb"`, `"rgba"` or `"grayscale"`.
    classes
        The labels to use, in the order of the network's outputs; rows of other labels are left out.
    class_mode
        What the network learns, as in `flow_images()`; also `"raw"` (numbers as they are, such as those of a
        regression) and `"multi_output"` (one array for each column of `y_col`).
    batch_size
        Images per batch; the last of a pass may be smaller.
    shuffle
        Whether each pass has an order of its own.
    subset
        `"training"` or `"validation"` where the generator has a `validation_split`.
    interpolation
        How pictures are resized, as in `flow_images()`.
    keep_aspect_ratio
        Whether the middle of each picture is cut to the shape of `target_size` before it is resized.
    save_to_dir
        A folder for what the network sees, as pictures for people: each stretched to its own range of grey levels.
    save_prefix, save_format
        How their names begin, and `"png"` or `"jpeg"`: files are called `<prefix>_<row>_<epoch>.<format>`.
    on_error
        What happens when a file cannot be read any more: `"stop"` ends the training with its name, `"skip"` leaves it
        out with a warning.
    cache
        Keeps decoded pictures: in `"memory"`, on `"disk"` (in the folder `TIDYCNN_CACHE`, for later sessions too),
        `"auto"` in memory where they fit, else on disk. What a network sees is the same with and without.
    cache_size
        The greatest size of the cache in GB; half of what is free where not given.
    validate_filenames
        Whether every file is opened first; without it one that cannot be read is found when its turn comes.
    seed
        Makes order and augmentation repeatable.

    Returns
    -------
    A flow, as of `flow_images()`; `filenames` are those of `x_col`.

    Examples
    --------
    >>> flow = flow_images_from_dataframe(files, "pictures", y_col="label")  # doctest: +SKIP
    """
    from tidycnn.flow._saving import picture_saver
    from tidycnn.flow._targets import raw_targets, weights_in
    from tidycnn.flow.making import make_flow

    mode: ClassMode = class_mode or "none"
    columns = [y_col] if isinstance(y_col, str) else list(y_col or [])
    has_labels = mode in ("categorical", "binary", "sparse")
    needed = (columns or ["class"]) if has_labels or mode in _RAW else []
    check_columns(
        dataframe, [x_col, *needed, *([weight_col] if weight_col else [])], "dataframe", made_by="data.frame()"
    )
    if has_labels and len(needed) != 1:
        raise InputError(
            f"`y_col` must be one column where `class_mode` is {mode!r}, not {listed(needed)}.",
            hint="Use `class_mode = 'multi_output'` or 'raw' for several.",
        )
    names = [str(name) for name in dataframe[x_col]]
    images = dataframe.drop(columns=[column for column in (x_col, *columns) if column in dataframe.columns])
    folder = Path() if directory is None else Path(directory)
    images = images.assign(path=[(folder / name).as_posix() for name in names])
    targets = raw_targets(dataframe, needed, mode) if mode in _RAW else None
    weights = None if weight_col is None else weights_in(dataframe, weight_col)
    if targets is None and len(columns) == 1 and columns[0] in dataframe.columns:
        _refuse_lists(dataframe[columns[0]])
        images = images.assign(label=as_labels(dataframe[columns[0]], argument=f"dataframe${columns[0]}"))
        is_chosen = np.ones(len(images), dtype=bool) if classes is None else images["label"].isin(list(classes))
        weights = None if weights is None else weights[np.asarray(is_chosen)]
        images = _of_classes(images, classes, "`dataframe`")
    flow = make_flow(
        images,
        generator,
        target_size=target_size,
        color_mode=color_mode,
        class_mode=mode,
        batch_size=batch_size,
        shuffle=shuffle,
        subset=subset,
        interpolation=interpolation,
        keep_aspect_ratio=keep_aspect_ratio,
        saver=picture_saver(save_to_dir, save_prefix, save_format),
        on_error=on_error,
        cache=cache,
        cache_size=cache_size,
        seed=seed,
        argument="dataframe",
        targets=targets,
        weights=weights,
        is_known=not validate_filenames,
        split_by=None if generator.exact else "label",
    )
    flow.filenames = flow.filepaths if directory is None else _relative(flow.filepaths, folder)
    return flow


@checked
def flow_images_from_data(
    x: Any,
    y: Any = None,
    *,
    generator: ImageDataGenerator = UNCHANGED,
    batch_size: int = 32,
    shuffle: bool = True,
    sample_weight: Any = None,
    subset: Subset | None = None,
    save_to_dir: PathLike | None = None,
    save_prefix: str = "",
    save_format: SaveFormat = "png",
    seed: int | None = None,
) -> ImageFlow:
    """Make batches of pictures from an array.

    Parameters
    ----------
    x
        Pictures of shape (n, height, width, channels), with 1, 3 or 4 channels.
    y
        Numbers or rows of numbers go to the network as they are; text or a factor becomes one column a label. Whole
        numbers from 0 on are the positions of labels, which are called `"0"`, `"1"` and so on. Without it batches
        are of pictures alone.
    generator
        How pictures are augmented and normalised, as `image_data_generator()` gives. Without it nothing is done.
    batch_size
        Images per batch; the last of a pass may be smaller.
    shuffle
        Whether each pass has an order of its own.
    sample_weight
        How much each picture counts.
    subset
        `"training"` or `"validation"` where the generator has a `validation_split`.
    save_to_dir, save_prefix, save_format
        Where what the network sees is written, as in `flow_images()`.
    seed
        Makes order and augmentation repeatable.

    Returns
    -------
    A flow, as of `flow_images()`.

    Examples
    --------
    >>> import numpy as np
    >>> flow = flow_images_from_data(np.zeros((10, 8, 8, 1)), np.arange(10), batch_size=4)
    >>> len(flow), flow[0][0].shape
    (3, (4, 8, 8, 1))
    """
    from tidycnn.flow._pictures import ArrayPictures
    from tidycnn.flow._saving import picture_saver
    from tidycnn.flow._targets import pictures_of, targets_of, weights_of
    from tidycnn.flow.batches import ImageFlow as Flow
    from tidycnn.flow.making import generator_of, subset_rows

    check_count(batch_size, "batch_size")
    pictures = pictures_of(x, generator.data_format)
    images, targets, class_mode = targets_of(y, len(pictures))
    weights = weights_of(sample_weight, len(pictures), y)
    white = 1.0 if pictures.dtype.kind == "f" and pictures.max() <= 1 else 255.0
    if subset is not None:
        rows = subset_rows(images, generator, subset, by=None if generator.exact else "label")
        images, pictures = images[rows].reset_index(drop=True), pictures[rows]
        targets, weights = (None if values is None else values[rows] for values in (targets, weights))
    generator = generator_of(generator, subset)
    return Flow(
        images,
        ArrayPictures(pictures, white),
        generator,
        generator.preprocessing((pictures.shape[1], pictures.shape[2]), COLOR_MODES[pictures.shape[3]]),
        class_mode=class_mode,
        batch_size=batch_size,
        shuffle=shuffle,
        seed=draw_seed(seed),
        targets=targets,
        weights=weights,
        saver=picture_saver(save_to_dir, save_prefix, save_format),
    )


def _refuse_lists(labels: pd.Series) -> None:
    several = next((value for value in labels if isinstance(value, list | tuple)), None)
    if several is not None:
        raise InputError(
            f"`y_col` must name a column with one label for each image, but one is {described(several)}.",
            hint="For several labels an image give one column of 0 and 1 for each, and `class_mode = 'raw'`.",
        )


def _refuse_raw(class_mode: ClassMode | None, door: str) -> None:
    if class_mode in _RAW:
        raise InputError(f"`class_mode` {class_mode!r} is about columns of a data frame.", hint=f"Use `{door}()`.")


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

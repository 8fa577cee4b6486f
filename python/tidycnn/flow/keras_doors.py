"""The ways into a flow that users of Keras know: class folders, a data frame of files, arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from tidycnn.core.checks import checked
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
from tidycnn.flow.generator import ImageDataGenerator

UNCHANGED = ImageDataGenerator()


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
    exif: bool = True,
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
    exif
        Whether pictures are turned as their EXIF data say, or left as they are stored, as in Keras.
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
    arguments = locals()
    from tidycnn.flow._keras_flows import directory_flow

    return directory_flow(**arguments)


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
    exif: bool = True,
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
    exif
        Whether pictures are turned as their EXIF data say, or left as they are stored, as in Keras.
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
    arguments = locals()
    from tidycnn.flow._keras_flows import dataframe_flow

    return dataframe_flow(**arguments)


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
    arguments = locals()
    from tidycnn.flow._keras_flows import array_flow

    return array_flow(**arguments)

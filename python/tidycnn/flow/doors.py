"""The four ways into a flow: an images frame, class folders, a data frame of files, arrays."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from tidycnn.core.checks import check_count, check_known, checked
from tidycnn.core.errors import InputError, Missing, constant, counted, described, listed
from tidycnn.core.frames import as_labels, check_columns, usable_rows
from tidycnn.core.preprocessing import CHANNELS
from tidycnn.core.seeds import draw_seed
from tidycnn.core.types import ClassMode, ColorMode, ImageFlow, Interpolation, PathLike, Subset
from tidycnn.flow.generator import RESCALED, ImageDataGenerator
from tidycnn.images.table import image_table

UNCHANGED = ImageDataGenerator()

# Whole numbers from here on are measurements, not labels.
_LABELS_MAX = 2**16


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
    seed
        Makes order and augmentation repeatable.

    Returns
    -------
    A flow. It has `images`, `levels`, `classes`, `filenames`, `class_indices`, `n`, `batch_size`, `image_shape`.

    Examples
    --------
    >>> flow = flow_images(image_table("pictures"), target_size=(96, 96), seed=1)  # doctest: +SKIP
    """
    from tidycnn.flow.batches import make_flow

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
    seed
        Makes order and augmentation repeatable.

    Returns
    -------
    A flow, as of `flow_images()`; `filenames` are relative to `directory`.

    Examples
    --------
    >>> flow = flow_images_from_directory("pictures", target_size=(96, 96))  # doctest: +SKIP
    """
    from tidycnn.flow.batches import make_flow

    images = image_table(directory, splits=False)
    # `image_table()` has told of files that are no images and of images outside the class folders.
    if usable_rows(images).any():
        images = images[usable_rows(images)]
    if images["label"].notna().any():
        images = images[images["label"].notna()]
    if not follow_links:
        images = images[~_behind_links(images, directory)]
    images = _of_classes(images, classes, f"{os.fspath(directory)!r}")
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
    y_col: str | None = "class",
    generator: ImageDataGenerator = UNCHANGED,
    target_size: tuple[int, int] = (256, 256),
    color_mode: ColorMode = "rgb",
    classes: Sequence[str] | None = None,
    class_mode: ClassMode | None = "categorical",
    batch_size: int = 32,
    shuffle: bool = True,
    subset: Subset | None = None,
    interpolation: Interpolation = "bilinear",
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
        The column with the labels. It may be absent where `class_mode` needs no labels.
    generator
        How pictures are augmented and normalised, as `image_data_generator()` gives. Without it nothing is done.
    target_size
        Height and width of the pictures that the network sees.
    color_mode
        `"rgb"`, `"rgba"` or `"grayscale"`.
    classes
        The labels to use, in the order of the network's outputs; rows of other labels are left out.
    class_mode
        What the network learns, as in `flow_images()`.
    batch_size
        Images per batch; the last of a pass may be smaller.
    shuffle
        Whether each pass has an order of its own.
    subset
        `"training"` or `"validation"` where the generator has a `validation_split`.
    interpolation
        How pictures are resized, as in `flow_images()`.
    seed
        Makes order and augmentation repeatable.

    Returns
    -------
    A flow, as of `flow_images()`; `filenames` are those of `x_col`.

    Examples
    --------
    >>> flow = flow_images_from_dataframe(files, "pictures", y_col="label")  # doctest: +SKIP
    """
    from tidycnn.flow.batches import make_flow

    needs_labels = class_mode not in (None, "none", "input")
    check_columns(
        dataframe, [x_col, *([y_col or "class"] if needs_labels else [])], "dataframe", made_by="data.frame()"
    )
    names = [str(name) for name in dataframe[x_col]]
    images = dataframe.drop(columns=[column for column in (x_col, y_col) if column in dataframe.columns])
    folder = Path() if directory is None else Path(directory)
    images = images.assign(path=[(folder / name).as_posix() for name in names])
    if y_col in dataframe.columns:
        images = images.assign(label=as_labels(dataframe[y_col], argument=f"dataframe${y_col}"))
        images = _of_classes(images, classes, "`dataframe`")
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
        seed=seed,
        argument="dataframe",
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
    from tidycnn.flow.batches import ImageFlow as Flow
    from tidycnn.flow.batches import generator_of, subset_rows

    check_count(batch_size, "batch_size")
    pictures = _pictures_of(x)
    images, targets, class_mode = _targets_of(y, len(pictures))
    weights = _weights_of(sample_weight, len(pictures), y)
    white = 1.0 if pictures.dtype.kind == "f" and pictures.max() <= 1 else 255.0
    if subset is not None:
        rows = subset_rows(images, generator, subset)
        images, pictures = images[rows].reset_index(drop=True), pictures[rows]
        targets, weights = (None if values is None else values[rows] for values in (targets, weights))
    color_modes: dict[int, ColorMode] = {1: "grayscale", 3: "rgb", 4: "rgba"}
    generator = generator_of(generator, subset)
    return Flow(
        images,
        ArrayPictures(pictures, white),
        generator,
        generator.preprocessing((pictures.shape[1], pictures.shape[2]), color_modes[pictures.shape[3]]),
        class_mode=class_mode,
        batch_size=batch_size,
        shuffle=shuffle,
        seed=draw_seed(seed),
        targets=targets,
        weights=weights,
    )


def _of_classes(images: pd.DataFrame, classes: Sequence[str] | None, where: str) -> pd.DataFrame:
    if classes is None:
        return images
    check_known(classes, "classes", images["label"].cat.categories, noun=f"labels in {where}")
    if len(set(classes)) < len(classes):
        raise InputError(f"`classes` must name every label once, not {listed(classes)}.")
    chosen = images["label"].isin(list(classes))
    return images[chosen].assign(label=images.loc[chosen, "label"].cat.set_categories(list(classes)))


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


def _pictures_of(x: ArrayLike) -> NDArray[Any]:
    pictures = np.asarray(x)
    if pictures.ndim != 4 or pictures.shape[3] not in CHANNELS.values() or pictures.dtype.kind not in "fiub":
        raise InputError(
            "`x` must be an array of numbers of shape (n, height, width, channels) with 1, 3 or 4 channels, "
            f"not {described(x if hasattr(x, 'shape') else pictures)}.",
            hint="Grey pictures need a fourth dimension of length 1.",
        )
    if not pictures.size:
        raise InputError(f"`x` must hold at least one pixel, not {described(pictures)}.")
    return pictures if pictures.dtype in (np.uint8, np.float32) else pictures.astype(np.float32)


def _targets_of(y: Any, n: int) -> tuple[pd.DataFrame, NDArray[Any] | None, ClassMode]:
    images = pd.DataFrame({"path": [f"picture {i + 1}" for i in range(n)], "status": "ok"})
    if y is None:
        return images, None, "none"
    _check_length(y, "y", n)
    if isinstance(getattr(y, "dtype", None), pd.CategoricalDtype) or np.asarray(y).dtype.kind in "OUS":
        return images.assign(label=_known_labels(y)), None, "categorical"
    targets = np.asarray(y)
    if targets.ndim == 2 and targets.shape[1] > 1 and np.isin(targets, (0, 1)).all() and (targets.sum(1) == 1).all():
        return images.assign(label=_labels_at(targets.argmax(1), targets.shape[1])), _as_given(targets), "categorical"
    if targets.ndim == 1 and _are_positions(targets):
        return images.assign(label=_labels_at(targets, int(targets.max()) + 1)), _as_given(targets), "sparse"
    return images, _as_given(targets), "sparse"


def _known_labels(y: Any) -> pd.Categorical[str]:
    is_missing = np.array([isinstance(value, Missing) for value in y], dtype=bool)
    labels = as_labels(pd.Series(y).mask(is_missing), argument="y")
    missing = int(labels.isna().sum())
    if missing:
        raise InputError(
            f"`y` must have a label for every picture, not {counted(missing, 'missing label')}.",
            hint="Leave those pictures out.",
        )
    return labels


def _are_positions(targets: NDArray[Any]) -> bool:
    """Whether numbers can be positions of labels among the outputs of a network; R writes them as doubles."""
    is_whole = targets.dtype.kind in "iub" or (targets.dtype.kind == "f" and (targets == np.floor(targets)).all())
    return bool(is_whole and targets.min() >= 0 and targets.max() < _LABELS_MAX)


def _labels_at(positions: NDArray[Any], n: int) -> pd.Categorical[str]:
    """Name labels by their positions: a label that no picture has keeps its place, as among the outputs."""
    return pd.Categorical.from_codes(positions.astype(np.intp), pd.Index([str(position) for position in range(n)]))


def _as_given(targets: NDArray[Any]) -> NDArray[Any]:
    return targets if targets.ndim == 1 and targets.dtype.kind in "iub" else targets.astype(np.float32)


def _weights_of(sample_weight: Any, n: int, y: Any) -> NDArray[np.float32] | None:
    if sample_weight is None:
        return None
    if y is None:
        raise InputError(f"`sample_weight` needs `y`, which is {constant(None)}.")
    weights = np.asarray(sample_weight, dtype=np.float32)
    _check_length(weights, "sample_weight", n)
    return weights


def _check_length(values: Any, argument: str, n: int) -> None:
    if len(values) != n:
        raise InputError(
            f"`{argument}` must have one value for each of the {n:,} pictures of `x`, not {len(values):,}."
        )

"""Makes flows of images frames: which rows, which pictures, which targets.

Concerns kept apart: what a flow does with them is in `batches`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.checks import coerce
from tidycnn.core.errors import InputError, counted, listed
from tidycnn.core.frames import decodable_rows, levels_of, spell_dropping
from tidycnn.core.preprocessing import Preprocessing
from tidycnn.core.seeds import stream
from tidycnn.core.types import ClassMode, PathLike, Subset
from tidycnn.flow._pictures import FilePictures
from tidycnn.flow._saving import picture_saver
from tidycnn.flow._sources import file_pictures
from tidycnn.flow._told import Targets
from tidycnn.flow.augmentation import Augmentation
from tidycnn.flow.batches import ImageFlow
from tidycnn.flow.options import LABELLED, FlowOptions
from tidycnn.images.table import complete_images
from tidycnn.splits.leaks import tell_parted_contents
from tidycnn.splits.split import divided_images


def make_flow(
    images: pd.DataFrame,
    generator: Augmentation,
    options: FlowOptions,
    *,
    argument: str = "images",
    targets: Targets | None = None,
    weights: NDArray[np.float32] | None = None,
    levels: Sequence[str] | None = None,
    target_names: Sequence[str] = (),
    folder: PathLike | None = None,
    is_known: bool = False,
    is_seen: bool = True,
    split_by: str | None = "label",
    row_names: Sequence[str] | None = None,
) -> ImageFlow:
    """Make a flow over an images frame of the user, leaving out (and counting) rows that cannot be decoded.

    `targets` and `weights` have a value for each row, `levels` name the columns of the targets and `target_names` the
    arrays; the names of files are relative to `folder`. With `is_known` the frame was checked before, with `is_seen`
    every file. `row_names` are what a division into subsets knows the rows by, where that is not their path.
    """
    coerce(options.target_size, tuple[int, int], "target_size")
    images = images if is_known else complete_images(images, argument)
    rows = decodable_rows(images, argument)
    if options.subset is not None:
        names = None if row_names is None else [row_names[i] for i in np.flatnonzero(rows).tolist()]
        chosen = subset_rows(images[rows], generator, options.subset, by=split_by, row_names=names)
        if options.subset == "training":  # The other subset need not say it again.
            tell_parted_contents(images[rows], chosen, "subsets")
        rows[np.flatnonzero(rows)[~chosen]] = False
    images = images[rows]
    if levels is None:
        _check_labels(images, options.class_mode, argument)
    return flow_of(
        images,
        generator_of(generator, options.subset),
        options,
        argument=argument,
        teacher=generator,
        targets=_chosen_targets(targets, rows),
        weights=None if weights is None else weights[rows],
        levels=levels,
        target_names=target_names,
        names=None if folder is None else _relative(images["path"], folder),
        is_seen=is_seen,
    )


def flow_of(
    images: pd.DataFrame,
    generator: Augmentation,
    options: FlowOptions,
    *,
    argument: str = "images",
    is_seen: bool = True,
    teacher: Augmentation | None = None,
    **learned: Any,
) -> ImageFlow:
    """Make a flow over all rows of a checked frame: they can be decoded, and have the labels they need.

    A `teacher`, from which `generator` was made, may learn its statistics later.
    """
    saver = picture_saver(options.save_to_dir, options.save_prefix, options.save_format)
    target_size = coerce(options.target_size, tuple[int, int], "target_size")
    preprocessing = generator.preprocessing(
        target_size,
        options.color_mode,
        options.interpolation,
        keep_aspect_ratio=options.keep_aspect_ratio,
        exif=options.exif,
        may_learn=teacher is not None,
    )
    pictures = file_pictures(images, generator, preprocessing, options, argument=argument, is_seen=is_seen)
    return ImageFlow(images, pictures, generator, preprocessing, options, saver=saver, teacher=teacher, **learned)


def make_prediction_flow(images: pd.DataFrame, preprocessing: Preprocessing, *, batch_size: int = 32) -> ImageFlow:
    """Make a flow of pictures alone, in the order of the frame, with what `preprocessing` says and nothing random.

    Every row must be of a file that can be decoded.
    """
    options = FlowOptions(class_mode="none", batch_size=batch_size, shuffle=False, seed=0)
    generator = Augmentation()
    pictures = file_pictures(images, generator, preprocessing, options)
    return ImageFlow(images, pictures, generator, preprocessing, options)


def prepare_picture(path: PathLike, preprocessing: Preprocessing) -> NDArray[np.uint8]:
    """Read one picture as a flow that augments nothing has it, before it is normalised."""
    return FilePictures([os.fspath(path)], preprocessing).fetch(0)


def _relative(paths: Iterable[str], folder: PathLike) -> list[str]:
    return [Path(os.path.relpath(path, folder)).as_posix() for path in paths]


def _chosen_targets(targets: Targets | None, rows: NDArray[np.bool_]) -> Targets | None:
    """Give the targets of the chosen rows, of one output or of each of several."""
    if targets is None:
        return None
    return tuple(each[rows] for each in targets) if isinstance(targets, tuple) else targets[rows]


def subset_rows(
    images: pd.DataFrame,
    generator: Augmentation,
    subset: Subset,
    *,
    by: str | None = "label",
    row_names: Sequence[str] | None = None,
) -> NDArray[np.bool_]:
    """Tell which rows are of a subset: it depends on the images' names and the generator's `split_seed` alone.

    With `exact` the first rows validate, of each label where `by` is `"label"`, as in Keras.
    """
    share = generator.validation_split
    if not share:
        raise InputError(
            f"`subset` is {subset!r}, but the generator has no `validation_split`.",
            hint="Give the generator one, such as `validation_split = 0.2`.",
        )
    by = by if by is not None and by in images.columns and images[by].notna().all() else None
    if generator.exact:
        is_first = _first_rows(images, share, by)
        rows = is_first if subset == "validation" else ~is_first
    else:
        unsplit = images.drop(columns=["split"], errors="ignore")
        parts = {"train": 1 - share, "validation": share}
        chance = stream("validation", generator.split_seed)
        divided = divided_images(unsplit, parts, by=by, chance=chance, row_names=row_names)
        rows = (divided["split"] == ("validation" if subset == "validation" else "train")).to_numpy()
    if not rows.any():
        raise InputError(f"`subset` {subset!r} has no images: {counted(len(images), 'image')} are too few.")
    return rows


def _first_rows(images: pd.DataFrame, share: float, by: str | None) -> NDArray[np.bool_]:
    """Tell which rows are among the first ones, of each label or of all."""
    codes = images[by].cat.codes.to_numpy() if by is not None else np.zeros(len(images), dtype=np.intp)
    is_first = np.zeros(len(images), dtype=bool)
    for code in np.unique(codes):
        rows = np.flatnonzero(codes == code)
        is_first[rows[: int(share * len(rows))]] = True
    return is_first


def generator_of(generator: Augmentation, subset: Subset | None) -> Augmentation:
    """Give the generator of a subset: validation images are never augmented."""
    return generator.without_augmentation() if subset == "validation" else generator


def _check_labels(images: pd.DataFrame, class_mode: ClassMode, argument: str) -> None:
    """Refuse images whose labels `class_mode` cannot tell a network."""
    if class_mode not in LABELLED:
        return
    if "label" not in images.columns or images["label"].isna().any():
        missing = "no column `label`"
        if "label" in images.columns:
            missing = f"{counted(int(images['label'].isna().sum()), 'row')} without a label"
        raise InputError(
            f"`{argument}` has {missing}, but `class_mode` {class_mode!r} needs labels.",
            hint="Drop those rows, or use `class_mode = 'none'`.",
        )
    levels = levels_of(images)
    if class_mode == "binary" and len(levels) != 2:
        raise InputError(
            f"`class_mode` 'binary' needs two labels, but `{argument}` has {len(levels)}: {listed(levels)}.",
            hint="Use 'categorical' or 'sparse'; of a label without images, " + spell_dropping(argument) + ".",
        )

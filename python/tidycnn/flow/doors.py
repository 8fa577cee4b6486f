"""The tidy way into a flow: an images frame."""

from __future__ import annotations

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
from tidycnn.flow.generator import RESCALED, ImageDataGenerator
from tidycnn.flow.options import FlowOptions, refuse_raw


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
    exif: bool = True,
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
    exif
        Whether pictures are turned as their EXIF data say, which the column `orientation` tells, or left as they are
        stored.
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
    options = FlowOptions.among(locals())
    from tidycnn.flow.making import make_flow

    refuse_raw(class_mode)
    return make_flow(images, generator, options)

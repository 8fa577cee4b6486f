"""What a network will see, drawn: pictures of a batch, and what augmentation makes of one picture."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure
from numpy.typing import NDArray

from tidycnn.core.checks import checked
from tidycnn.core.types import ColorMode, ImageFlow, Interpolation, PathLike
from tidycnn.flow.generator import ImageDataGenerator
from tidycnn.flow.preview import augmentation_pictures, batch_pictures
from tidycnn.report._matplotlib import draw
from tidycnn.report._pictures import pictures_figure


@checked
def show_batch(flow: ImageFlow, n: int = 16) -> Figure:
    """Draw pictures of a flow, as the network will see them.

    Parameters
    ----------
    flow
        A flow, as `flow_images()` gives.
    n
        How many pictures, from the first ones of the first pass.

    Returns
    -------
    A figure of matplotlib: the pictures with their labels. Grey levels are shown as they were before `rescale`; where
    pictures are centred or a function changed them, each is stretched to its own range.

    Examples
    --------
    >>> import numpy as np
    >>> from tidycnn import flow_images_from_data
    >>> flow = flow_images_from_data(np.zeros((2, 8, 8, 3)), ["cat", "dog"], shuffle=False)
    >>> [axes.get_title() for axes in show_batch(flow).axes]
    ['cat', 'dog']
    """
    return draw(pictures_figure(batch_pictures(flow, n)))


@checked
def show_augmentations(
    generator: ImageDataGenerator,
    image: PathLike | NDArray[Any],
    *,
    n: int = 8,
    target_size: tuple[int, int] | None = None,
    color_mode: ColorMode = "rgb",
    interpolation: Interpolation = "bilinear",
    seed: int | None = None,
) -> Figure:
    """Draw what augmentation makes of a picture.

    Look here before training: an object should never leave the picture, nor a picture become another class.

    Parameters
    ----------
    generator
        What to try, as `image_data_generator()` gives.
    image
        A file, or an array of shape (height, width, channels) with grey levels from 0 to 255 or from 0 to 1.
    n
        How many random pictures to draw, beside the picture itself.
    target_size
        Height and width; those of the picture where it is not given.
    color_mode
        How a file is decoded: `"rgb"`, `"rgba"` or `"grayscale"`.
    interpolation
        How the picture is resized, as in `flow_images()`.
    seed
        Makes the random pictures repeatable.

    Returns
    -------
    A figure of matplotlib: the picture itself and its `n` random forms. Normalisation is not shown.

    Examples
    --------
    >>> import numpy as np
    >>> from tidycnn import image_data_generator
    >>> picture = np.tile(np.arange(32), (32, 1))[:, :, None] / 31
    >>> len(show_augmentations(image_data_generator(rotation_range=45), picture, n=3).axes)
    4
    """
    preview = augmentation_pictures(
        generator,
        image,
        n=n,
        target_size=target_size,
        color_mode=color_mode,
        interpolation=interpolation,
        seed=seed,
    )
    return draw(pictures_figure(preview))

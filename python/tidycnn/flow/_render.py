"""Renders the pictures of a batch side by side, on threads of our own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tidycnn.core.errors import ImageFileError
from tidycnn.core.preprocessing import Preprocessing
from tidycnn.core.threads import work_side_by_side
from tidycnn.core.types import OnError
from tidycnn.flow._pictures import Pictures
from tidycnn.flow._transforms import draw_transforms, transform_matrices
from tidycnn.flow.augmentation import Augmentation
from tidycnn.flow.warp import render_picture


def render_pictures(
    pictures: Pictures,
    positions: NDArray[Any],
    generator: Augmentation,
    preprocessing: Preprocessing,
    *,
    seed: int,
    epoch: int,
    rows: ArrayLike | None = None,
    on_error: OnError = "stop",
) -> tuple[NDArray[np.float32], list[tuple[int, ImageFileError]]]:
    """Make of pictures what a network sees, but for its normalisation.

    Parameters
    ----------
    pictures, positions
        Where the working pictures come from, and which of them are wanted.
    generator, preprocessing
        What is random, and what is not.
    seed, epoch, rows
        What the random changes depend on; `rows` are `positions` where not given.
    on_error
        `"stop"` raises the error of a file that cannot be read; `"skip"` leaves the picture out.

    Returns
    -------
    An array of shape (n, height, width, channels), and the numbers in `positions` of those left out, with their errors.
    """
    size, factor = preprocessing.target_size, preprocessing.factor
    rows = positions if rows is None else rows
    drawn = draw_transforms(generator, size, seed=seed, epoch=epoch, rows=rows) if generator.is_augmenting else None
    matrices = None
    if drawn is not None and generator.is_warping:
        matrices = transform_matrices(drawn, size, exact=generator.exact)
    shifts, brightness = (None, None) if drawn is None else (drawn.channel_shift_intensity, drawn.brightness)
    x = np.empty((len(positions), *preprocessing.picture_shape), dtype=np.float32)
    failed: list[tuple[int, ImageFileError]] = []

    def render(i: int) -> None:
        try:
            picture = pictures.fetch(int(positions[i]))
        except ImageFileError as error:
            if on_error == "stop":
                raise
            failed.append((i, error))
            return
        render_picture(
            picture,
            x[i],
            generator,
            matrix=None if matrices is None else matrices[i],
            channel_shift_intensity=None if shifts is None else float(shifts[i]),
            brightness=None if brightness is None else float(brightness[i]),
            factor=factor,
            white=pictures.white,
        )

    work_side_by_side(render, len(positions))
    if failed:
        x = np.delete(x, [i for i, _ in failed], axis=0)
    return x, sorted(failed, key=lambda item: item[0])

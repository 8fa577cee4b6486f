"""From drawn numbers to matrices: where in a picture each pixel of the target comes from.

All geometry is in pixels of the target, x to the right and y downwards, with the centres of pixels at whole numbers.
The formulas are those of Keras's `ImageDataGenerator`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tidycnn.core.seeds import Name, stream
from tidycnn.flow.augmentation import Augmentation

# The numbers of a picture in one epoch, one column each, so that switching one parameter on leaves the others alone.
_DRAWN = (
    "theta",
    "tx",
    "tx_sign",
    "ty",
    "ty_sign",
    "shear",
    "zx",
    "zy",
    "flip_horizontal",
    "flip_vertical",
    "channel_shift_intensity",
    "brightness",
)


class Transforms(NamedTuple):
    """Drawn parameters, one element a picture; named as in Keras's `get_random_transform()`.

    `tx` moves along x, horizontally, and `ty` vertically, in pixels of the target.
    """

    theta: NDArray[np.float64]
    tx: NDArray[np.float64]
    ty: NDArray[np.float64]
    shear: NDArray[np.float64]
    zx: NDArray[np.float64]
    zy: NDArray[np.float64]
    flip_horizontal: NDArray[np.bool_]
    flip_vertical: NDArray[np.bool_]
    channel_shift_intensity: NDArray[np.float64] | None = None
    brightness: NDArray[np.float64] | None = None


def draw_transforms(
    generator: Augmentation,
    target_size: tuple[int, int],
    *,
    seed: int,
    epoch: int,
    rows: ArrayLike,
    use: Name = "augmentation",
) -> Transforms:
    """Draw the parameters of pictures: they depend on the seed, the epoch and the number of the picture alone."""
    columns = stream(use, seed, epoch).uniform(rows, len(_DRAWN)).T
    drawn = dict(zip(_DRAWN, columns, strict=True))
    height, width = target_size
    horizontal, vertical = (generator.width_shift_range, width), (generator.height_shift_range, height)
    if generator.exact:  # Keras draws each for the other direction.
        horizontal, vertical = vertical, horizontal
    lower, upper = generator.zoom
    shifted = generator.channel_shift_range
    return Transforms(
        theta=_between(drawn["theta"], -generator.rotation_range, generator.rotation_range),
        tx=_shift(drawn["tx"], drawn["tx_sign"], *horizontal),
        ty=_shift(drawn["ty"], drawn["ty_sign"], *vertical),
        shear=_between(drawn["shear"], -generator.shear_range, generator.shear_range),
        zx=_between(drawn["zx"], lower, upper),
        zy=_between(drawn["zy"], lower, upper),
        flip_horizontal=(drawn["flip_horizontal"] < 0.5) & generator.horizontal_flip,
        flip_vertical=(drawn["flip_vertical"] < 0.5) & generator.vertical_flip,
        channel_shift_intensity=_between(drawn["channel_shift_intensity"], -shifted, shifted) if shifted else None,
        brightness=_between(drawn["brightness"], *generator.brightness_range) if generator.brightness_range else None,
    )


def transform_matrices(
    transforms: Transforms, target_size: tuple[int, int], *, exact: bool = False
) -> NDArray[np.float64]:
    """Compose rotation, shift, shear, zoom and flips around the centre: n matrices of shape (2, 3).

    With `exact` the centre is Keras's, whose height and width are interchanged; flips are around the true one.
    """
    height, width = target_size
    theta, shear = np.deg2rad(transforms.theta), np.deg2rad(transforms.shear)
    cos, sin = np.cos(theta), np.sin(theta)
    linear = np.empty((len(theta), 2, 2))
    linear[:, 0, 0] = cos * transforms.zx
    linear[:, 1, 0] = sin * transforms.zx
    linear[:, 0, 1] = -(cos * np.sin(shear) + sin * np.cos(shear)) * transforms.zy
    linear[:, 1, 1] = (cos * np.cos(shear) - sin * np.sin(shear)) * transforms.zy
    moved = np.stack([cos * transforms.tx - sin * transforms.ty, sin * transforms.tx + cos * transforms.ty], axis=1)
    last = np.array([width - 1, height - 1])
    centre = last[::-1] / 2 if exact else last / 2
    offset = centre + moved - linear @ centre
    # A flip reads each line from its end: the column of the matrix changes its sign.
    for axis, flipped in enumerate((transforms.flip_horizontal, transforms.flip_vertical)):
        offset += np.where(flipped, last[axis], 0.0)[:, None] * linear[:, :, axis]
        linear[:, :, axis] *= np.where(flipped, -1.0, 1.0)[:, None]
    return np.concatenate([linear, offset[:, :, None]], axis=2)


def _between(drawn: NDArray[np.float64], lower: float, upper: float) -> NDArray[np.float64]:
    return lower + drawn * (upper - lower)


def _shift(
    drawn: NDArray[np.float64], sign: NDArray[np.float64], shift: float | tuple[float, ...], side: int
) -> NDArray[np.float64]:
    if isinstance(shift, float):
        return _between(drawn, -shift, shift) * (side if shift < 1 else 1)
    # A whole number stands for the numbers below it.
    choices = np.arange(max(shift, 1)) if isinstance(shift, int) else np.asarray(shift)
    chosen: NDArray[np.float64] = choices[(drawn * len(choices)).astype(np.intp)] * np.where(sign < 0.5, -1.0, 1.0)
    return chosen * (side if np.max(np.abs(shift)) < 1 else 1)

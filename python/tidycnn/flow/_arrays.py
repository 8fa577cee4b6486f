"""What a generator does to arrays: one transform at a time in full precision, normalisation, and learning for it.

Concerns kept apart: flows transform many pictures fast, in `warp`; here one picture is transformed as exactly as Keras
does it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidycnn.core.checks import check_known
from tidycnn.core.errors import InputError, described
from tidycnn.core.preprocessing import COLOR_MODES, Statistics, normalise
from tidycnn.core.seeds import draw_seed
from tidycnn.core.types import ColorMode
from tidycnn.flow._transforms import Transforms, draw_transforms, transform_matrices
from tidycnn.flow.augmentation import Augmentation
from tidycnn.flow.warp import Picture, brightened, warp_exactly

_CHANGES = {"channel_shift_intensity", "brightness"}
# A matrix of this many rows takes 2 GB.
_WHITENED_MAX = 22_000
# Variances need a copy of each batch in 64 bits.
_BATCH = 256


def draw_transform(generator: Augmentation, img_shape: Sequence[int], seed: int | None = None) -> dict[str, Any]:
    """Draw the parameters of one transform, by the names of Keras's `get_random_transform()`."""
    if len(img_shape) != 3:
        raise InputError(f"`img_shape` must be the shape of one picture, three numbers, not {described(img_shape)}.")
    first, second, third = (int(side) for side in img_shape)
    size = (first, second) if generator.data_format == "channels_last" else (second, third)
    drawn = draw_transforms(generator, size, seed=draw_seed(seed), epoch=0, rows=[0])
    return {name: None if values is None else values[0].item() for name, values in drawn._asdict().items()}


def apply_transform(generator: Augmentation, x: Any, transform_parameters: Mapping[str, Any]) -> NDArray[Any]:
    """Transform one picture; missing parameters leave it as it is."""
    check_known(transform_parameters, "transform_parameters", Transforms._fields, noun="parameters")
    picture = _channels_last(_numbers(x, ndim=(3,)), generator)
    return _as_asked(_transformed(generator, picture, transform_parameters), generator)


def _transformed(
    generator: Augmentation, picture: NDArray[np.float32], transform_parameters: Mapping[str, Any]
) -> NDArray[np.float32]:
    changes = {name: transform_parameters.get(name) for name in _CHANGES}
    geometry = {"zx": 1.0, "zy": 1.0} | {n: v for n, v in transform_parameters.items() if n not in _CHANGES}
    values = {name: np.array([geometry.get(name, 0.0)]) for name in Transforms._fields if name not in _CHANGES}
    matrix = transform_matrices(Transforms(**values), (picture.shape[0], picture.shape[1]), exact=generator.exact)[0]
    warped = warp_exactly(
        picture,
        matrix,
        fill_mode=generator.fill_mode,
        cval=generator.cval,
        order=generator.interpolation_order,
    )
    if changes["channel_shift_intensity"] is not None:
        warped = np.clip(warped + np.float32(changes["channel_shift_intensity"]), warped.min(), warped.max())
    if changes["brightness"] is not None:
        warped = np.concatenate([_lit(warped[:, :, :3], float(changes["brightness"])), warped[:, :, 3:]], axis=2)
    return warped


def standardize(generator: Augmentation, x: Any) -> NDArray[Any]:
    """Normalise one picture, or each of several, into a new array."""
    pictures = _channels_last(_numbers(x, ndim=(3, 4)), generator)
    batch = pictures[None] if pictures.ndim == 3 else pictures
    normalised = normalise(batch, generator.preprocessing((batch.shape[1], batch.shape[2]), _color_mode(batch)))
    return (normalised[0] if pictures.ndim == 3 else normalised).astype(generator.dtype, copy=False)


def learn_statistics(generator: Augmentation, x: Any, augment: bool, rounds: int, seed: int) -> Statistics | None:
    """Learn mean and deviation of each channel, and the matrix that whitens, as far as `generator` uses them."""
    if not generator.featurewise_center:
        return None
    batches = _batches_of(x, generator)
    if augment:
        batches = _augmented(generator, batches, rounds, seed)
    if generator.rescale is not None:
        batches = (batch * np.float32(generator.rescale) for batch in batches)
    if not generator.zca_whitening:
        mean, deviation = _moments(batches)
        return Statistics(mean, deviation if generator.featurewise_std_normalization else None)
    pictures = _together(batches)
    mean = pictures.mean(axis=(0, 1, 2), dtype=np.float64).astype(np.float32)
    return Statistics(mean, whitening=_whitening(pictures - mean, generator.zca_epsilon))


def _batches_of(x: Any, generator: Augmentation) -> Iterator[NDArray[np.float32]]:
    """Give all pictures that are learned from, some at a time, so that a flow is never held whole."""
    if hasattr(x, "bare"):
        flow = x.bare()
        return (flow[i] for i in range(len(flow)))
    pictures = _channels_last(_numbers(x, ndim=(4,)), generator)
    return (pictures[start : start + _BATCH] for start in range(0, len(pictures), _BATCH))


def _moments(batches: Iterator[NDArray[np.float32]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give mean and standard deviation of each channel, holding one batch at a time."""
    n, mean, squares = 0, np.zeros(0), np.zeros(0)
    for batch in batches:
        levels = batch.reshape(-1, batch.shape[3])
        here = levels.mean(axis=0, dtype=np.float64)
        away = levels.var(axis=0, dtype=np.float64) * len(levels)
        if not n:
            n, mean, squares = len(levels), here, away
            continue
        # Chan, Golub and LeVeque's update: no difference of large numbers.
        step, share = here - mean, len(levels) / (n + len(levels))
        n, mean, squares = n + len(levels), mean + step * share, squares + away + step**2 * n * share
    return mean.astype(np.float32), np.sqrt(squares / n).astype(np.float32)


def _together(batches: Iterator[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Give all pictures at once, as the matrix that whitens needs them."""
    first = next(batches)
    _check_whitened(first.shape)
    pictures: NDArray[np.float32] = np.concatenate([first, *batches])
    return pictures


def _color_mode(batch: NDArray[np.float32]) -> ColorMode:
    if batch.shape[3] not in COLOR_MODES:
        raise InputError(f"`x` must have 1, 3 or 4 channels, not {batch.shape[3]}.")
    return COLOR_MODES[batch.shape[3]]


def _augmented(
    generator: Augmentation, batches: Iterator[NDArray[np.float32]], rounds: int, seed: int
) -> Iterator[NDArray[np.float32]]:
    """Give each batch as often as there are rounds, each time transformed otherwise."""
    start = 0
    for batch in batches:
        rows = np.arange(start, start + len(batch))
        start += len(batch)
        for number in range(rounds):
            size = batch.shape[1], batch.shape[2]
            drawn = draw_transforms(generator, size, seed=seed, epoch=number, rows=rows, use="statistics")
            pictures = []
            for i, picture in enumerate(batch):
                parameters = {name: values[i] for name, values in drawn._asdict().items() if values is not None}
                pictures.append(_transformed(generator, picture, parameters))
            yield np.stack(pictures)


def _check_whitened(shape: tuple[int, ...]) -> None:
    n = math.prod(shape[1:])
    if n > _WHITENED_MAX:
        raise InputError(
            f"`zca_whitening` needs a matrix of {n:,} x {n:,} numbers for these images.",
            hint="Whitening is for small pictures, such as 32 x 32: make them smaller.",
        )


def _whitening(centred: NDArray[np.float32], epsilon: float) -> NDArray[np.float32]:
    flat = centred.reshape(len(centred), -1)
    u, s, _ = np.linalg.svd(flat.T.astype(np.float64), full_matrices=False)
    matrix: NDArray[np.float32] = ((u * (np.sqrt(len(flat)) / (s + epsilon))) @ u.T).astype(np.float32)
    return matrix


def _lit(picture: Picture, brightness: float) -> Picture:
    """Change the brightness of grey levels; values of another range are brought to it and back, as in Keras."""
    least, most = float(picture.min()), float(picture.max())
    if least >= 0 and most <= 1:
        return brightened(picture, brightness, 1.0)
    if least >= 0 and most <= 255:
        return brightened(picture, brightness, 255.0)
    spread = max(most - least, 1e-6)
    return brightened((picture - least) / spread * 255, brightness, 255.0) / 255 * spread + least


def _numbers(x: Any, *, ndim: tuple[int, ...]) -> NDArray[np.float32]:
    array = np.asarray(x)
    if array.ndim not in ndim or array.dtype.kind not in "fiub" or not array.size:
        wanted = "one picture (height, width, channels)" if 3 in ndim else "pictures (n, height, width, channels)"
        raise InputError(f"`x` must be an array of numbers: {wanted}, not {described(array)}.")
    return array.astype(np.float32)


def _channels_last(x: NDArray[np.float32], generator: Augmentation) -> NDArray[np.float32]:
    return x if generator.data_format == "channels_last" else np.moveaxis(x, -3, -1)


def _as_asked(picture: NDArray[np.float32], generator: Augmentation) -> NDArray[Any]:
    asked = picture if generator.data_format == "channels_last" else np.moveaxis(picture, -1, -3)
    return asked.astype(generator.dtype, copy=False)

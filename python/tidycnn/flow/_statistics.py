"""What a generator has learned, by the names and in the shapes of Keras's generator."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidycnn.core.errors import InputError, constant, described, warn
from tidycnn.core.preprocessing import Statistics
from tidycnn.flow.augmentation import Augmentation

_USED_BY = {
    "mean": "featurewise_center",
    "deviation": "featurewise_std_normalization",
    "whitening": "zca_whitening",
}


def statistic_of(generator: Augmentation, name: str) -> NDArray[np.float32] | None:
    """Give a statistic as it meets a picture: of a mean or deviation each channel has one."""
    values: NDArray[np.float32] | None = getattr(generator.statistics, name, None)
    if values is None or name == "whitening":
        return values
    return values.reshape((1, 1, -1) if generator.data_format == "channels_last" else (-1, 1, 1))


def changed_statistics(generator: Augmentation, name: str, argument: str, value: Any) -> Statistics:
    """Give the statistics with another value."""
    known = generator.statistics or Statistics()
    if value is None:
        return dataclasses.replace(known, **{name: None})
    values = np.asarray(value)
    is_square = values.ndim == 2 and values.shape[0] == values.shape[1]
    fits = is_square if name == "whitening" else values.size == max(values.shape, default=1)
    if values.dtype.kind not in "fiub" or not values.size or not fits or not np.isfinite(values).all():
        wanted = "a square matrix" if name == "whitening" else "one number for each channel"
        raise InputError(f"`{argument}` must be {wanted}, all of them finite, not {described(value)}.")
    if not getattr(generator, _USED_BY[name]):
        warn(f"`{argument}` changes no picture: the generator was made without `{_USED_BY[name]} = {constant(True)}`.")
    numbers = values.astype(np.float32)
    return dataclasses.replace(known, **{name: numbers if name == "whitening" else numbers.reshape(-1)})

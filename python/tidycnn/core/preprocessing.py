"""What happens to every picture before a network sees it, as plain data that prediction repeats.

Concerns kept apart: augmentation (random, in training only) belongs to `flow`; this is what never varies.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tidycnn.core.errors import InputError, described
from tidycnn.core.types import ColorMode, Interpolation

CHANNELS: dict[str, int] = {"grayscale": 1, "rgb": 3, "rgba": 4}
PictureFunction: TypeAlias = Callable[[NDArray[np.float32]], Any]

# Added to the standard deviation, so that a picture of one colour does not divide by zero.
_EPSILON = 1e-6
# Only functions from here are looked up by name when a classifier is opened: names in a file must not run other code.
_KNOWN_FUNCTIONS = ("keras.applications.", "keras.src.applications.")


@dataclass(frozen=True, kw_only=True)
class Preprocessing:
    """What prediction must repeat: the size, the colours and the normalisation.

    Parameters
    ----------
    target_size
        Height and width in pixels.
    color_mode
        `"rgb"`, `"rgba"` or `"grayscale"`.
    interpolation
        How pictures are resized.
    rescale
        What grey levels are multiplied by, None for nothing.
    samplewise_center
        Whether the mean of each picture becomes 0.
    samplewise_std_normalization
        Whether each picture is divided by its standard deviation.
    preprocessing_function
        Applied to each picture before anything else.
    """

    target_size: tuple[int, int]
    color_mode: ColorMode = "rgb"
    interpolation: Interpolation = "bilinear"
    rescale: float | None = None
    samplewise_center: bool = False
    samplewise_std_normalization: bool = False
    preprocessing_function: PictureFunction | None = None

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of a picture."""
        return (*self.target_size, CHANNELS[self.color_mode])

    @property
    def needs_main_thread(self) -> bool:
        """Whether the function may only be called on the main thread, as R's functions may."""
        return bool(getattr(self.preprocessing_function, "needs_main_thread", False))

    @property
    def factor(self) -> float:
        """What grey levels may be multiplied by before `normalise()`: 1 where a function wants to see them first."""
        return 1.0 if self.rescale is None or self.preprocessing_function is not None else self.rescale

    def to_dict(self) -> dict[str, Any]:
        """Give plain data for a JSON file; a function is written as its name."""
        data = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return data | {
            "target_size": list(self.target_size),
            "preprocessing_function": _name_of(self.preprocessing_function),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Preprocessing:
        """Make it from what `to_dict()` gave.

        A function of `keras.applications` is found again; any other raises an error when a picture reaches it.
        """
        known = {field.name for field in dataclasses.fields(cls)}
        unknown = sorted(set(data) - known)
        if unknown:
            raise InputError(f"The preprocessing has {described(unknown)}, which this version does not know.")
        return cls(
            **{
                **data,
                "target_size": tuple(int(side) for side in data["target_size"]),
                "preprocessing_function": _function_of(data.get("preprocessing_function")),
            }
        )

    def differences(self, other: Preprocessing) -> list[str]:
        """Name what differs from `other`, as `rescale` (0.00392157, not None)."""
        mine, theirs = self.to_dict(), other.to_dict()
        return [
            f"`{name}` ({described(mine[name])}, not {described(theirs[name])})"
            for name in mine
            if mine[name] != theirs[name]
        ]


def normalise(
    batch: NDArray[np.float32], preprocessing: Preprocessing, *, is_rescaled: bool = False
) -> NDArray[np.float32]:
    """Normalise a batch of grey levels, in place where that is possible.

    Parameters
    ----------
    batch
        Of shape (n, height, width, channels).
    preprocessing
        What to do: the function on each picture, then the factor, then mean and deviation of each picture.
    is_rescaled
        Whether the batch was multiplied by `preprocessing.factor` already.
    """
    if preprocessing.preprocessing_function is not None:
        for i, picture in enumerate(batch):
            batch[i] = _applied(preprocessing.preprocessing_function, picture)
        if preprocessing.rescale is not None:
            batch *= np.float32(preprocessing.rescale)
    elif preprocessing.rescale is not None and not is_rescaled:
        batch *= np.float32(preprocessing.rescale)
    if preprocessing.samplewise_center:
        batch -= batch.mean(axis=(1, 2, 3), keepdims=True)
    if preprocessing.samplewise_std_normalization:
        batch /= batch.std(axis=(1, 2, 3), keepdims=True) + np.float32(_EPSILON)
    return batch


class LostFunction:
    """Stands for a function that a file only names. Calling it raises an error."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        raise InputError(
            f"The classifier was fitted with the preprocessing function {self.name!r}, which is not stored with it.",
            hint="Make it again by `as_classifier()` with a generator that has this function.",
        )


def _applied(function: PictureFunction, picture: NDArray[np.float32]) -> NDArray[np.float32]:
    answer = np.asarray(function(picture.copy()))
    if answer.shape != picture.shape:
        raise InputError(
            f"`preprocessing_function` must give a picture of the same shape, {picture.shape}, not {answer.shape}."
        )
    if answer.dtype.kind not in "fiub":
        raise InputError(f"`preprocessing_function` must give numbers, not values of type {answer.dtype}.")
    return answer.astype(np.float32, copy=False)


def _name_of(function: PictureFunction | None) -> str | None:
    if function is None:
        return None
    if isinstance(function, LostFunction):
        return function.name
    return f"{getattr(function, '__module__', '?')}:{getattr(function, '__qualname__', type(function).__qualname__)}"


def _function_of(name: str | None) -> PictureFunction | None:
    if name is None:
        return None
    module, _, function = name.partition(":")
    if module.startswith(_KNOWN_FUNCTIONS) and function.isidentifier():
        found: PictureFunction | None = getattr(importlib.import_module(module), function, None)
        if found is not None:
            return found
    return LostFunction(name)

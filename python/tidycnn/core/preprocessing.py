"""What happens to every picture before a network sees it, as plain data that prediction repeats.

Concerns kept apart: augmentation (random, in training only) belongs to `flow`; this is what never varies.
"""

from __future__ import annotations

import dataclasses
import importlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tidycnn.core.errors import InputError, described, spell_shape
from tidycnn.core.settings import Settings
from tidycnn.core.store import hash_bytes
from tidycnn.core.types import ColorMode, DataFormat, Interpolation

CHANNELS: dict[str, int] = {"grayscale": 1, "rgb": 3, "rgba": 4}
COLOR_MODES: dict[int, ColorMode] = {1: "grayscale", 3: "rgb", 4: "rgba"}
PictureFunction: TypeAlias = Callable[[NDArray[np.float32]], Any]

# Added to the standard deviation, so that a picture of one colour does not divide by zero.
_EPSILON = 1e-6
# Only functions from here are looked up by name when a classifier is opened: names in a file must not run other code.
_KNOWN_FUNCTIONS = ("keras.applications.", "keras.src.applications.")


@dataclass(frozen=True, eq=False)
class Statistics:
    """What is learned from images to normalise others, each None where it is not used.

    Parameters
    ----------
    mean, deviation
        Of each channel over all images, of shape (channels,).
    whitening
        The ZCA matrix, of shape (n, n) for pictures of n values.
    """

    mean: NDArray[np.float32] | None = None
    deviation: NDArray[np.float32] | None = None
    whitening: NDArray[np.float32] | None = None

    def apply(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Normalise a batch of shape (n, height, width, channels), in place where that is possible."""
        if self.mean is not None:
            batch -= self.mean
        if self.deviation is not None:
            batch /= self.deviation + np.float32(_EPSILON)
        if self.whitening is not None:
            batch = (batch.reshape(len(batch), -1) @ self.whitening).reshape(batch.shape)
        return batch

    def fits(self, shape: tuple[int, int, int]) -> bool:
        """Whether these are of pictures of such height, width and channels."""
        lengths = {"mean": shape[2], "deviation": shape[2], "whitening": math.prod(shape)}
        known = {name: getattr(self, name) for name in lengths}
        return all(
            values is None or len(values) == lengths[name] or (len(values) == 1 and values.ndim == 1)
            for name, values in known.items()
        )

    def to_dict(self) -> dict[str, Any]:
        """Give plain data for a JSON file: the matrix is written as its hash."""
        return {
            "mean": None if self.mean is None else self.mean.tolist(),
            "deviation": None if self.deviation is None else self.deviation.tolist(),
            "whitening": None if self.whitening is None else hash_bytes(self.whitening.tobytes()),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], whitening: NDArray[np.float32] | None) -> Statistics:
        """Make it from what `to_dict()` gave and the matrix itself."""
        mean, deviation = (
            None if data[name] is None else np.asarray(data[name], np.float32) for name in ("mean", "deviation")
        )
        found = cls(mean, deviation, whitening)
        if found.to_dict()["whitening"] != data["whitening"]:
            raise InputError("The matrix that whitens images is not the one that belongs to the preprocessing.")
        return found


@dataclass(frozen=True, kw_only=True)
class Preprocessing(Settings):
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
    statistics
        What was learned from images: their mean and deviation, and the matrix that whitens them.
    keep_aspect_ratio
        Whether pictures are cropped in the centre to the shape of `target_size` before they are resized.
    exif
        Whether pictures are turned as their EXIF data say, or left as they are stored.
    exact
        Whether pictures are resized as Keras does it, by Pillow.
    data_format
        Whether channels are the last or the first dimension behind that of the images.
    """

    target_size: tuple[int, int]
    color_mode: ColorMode = "rgb"
    interpolation: Interpolation = "bilinear"
    rescale: float | None = None
    samplewise_center: bool = False
    samplewise_std_normalization: bool = False
    preprocessing_function: PictureFunction | None = None
    statistics: Statistics | None = None
    keep_aspect_ratio: bool = False
    exif: bool = True
    exact: bool = False
    data_format: DataFormat = "channels_last"

    @property
    def picture_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of a picture."""
        return (*self.target_size, CHANNELS[self.color_mode])

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """The shape in which a network sees a picture."""
        height, width, channels = self.picture_shape
        return (height, width, channels) if self.data_format == "channels_last" else (channels, height, width)

    @property
    def whitening(self) -> NDArray[np.float32] | None:
        """The matrix that whitens, None where there is none."""
        return None if self.statistics is None else self.statistics.whitening

    @property
    def is_centred(self) -> bool:
        """Whether the values are no multiples of grey levels any more."""
        return self.samplewise_center or self.statistics is not None

    @property
    def needs_main_thread(self) -> bool:
        """Whether the function may only be called on the main thread, as R's functions may."""
        return bool(getattr(self.preprocessing_function, "needs_main_thread", False))

    @property
    def factor(self) -> float:
        """What grey levels may be multiplied by before `normalise()`: 1 where a function wants to see them first."""
        return 1.0 if self.rescale is None or self.preprocessing_function is not None else self.rescale

    @property
    def unstored_function(self) -> str | None:
        """The name of the function if a file cannot keep more than that, None where nothing gets lost."""
        return None if is_storable(self.preprocessing_function) else name_of_function(self.preprocessing_function)

    def check_complete(self) -> None:
        """Refuse to prepare pictures without a function that was there when the classifier was fitted."""
        if isinstance(self.preprocessing_function, LostFunction):
            raise self.preprocessing_function.error()

    def without_normalisation(self) -> Preprocessing:
        """Give what makes the same pictures as grey levels."""
        return Preprocessing(
            target_size=self.target_size,
            color_mode=self.color_mode,
            interpolation=self.interpolation,
            keep_aspect_ratio=self.keep_aspect_ratio,
            exif=self.exif,
            exact=self.exact,
        )

    def to_dict(self) -> dict[str, Any]:
        """Give plain data for a JSON file: a function is written as its name, a matrix as its hash."""
        data = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return data | {
            "target_size": list(self.target_size),
            "preprocessing_function": name_of_function(self.preprocessing_function),
            "statistics": None if self.statistics is None else self.statistics.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], whitening: NDArray[np.float32] | None = None) -> Preprocessing:
        """Make it from what `to_dict()` gave, and the matrix that it only names.

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
                "preprocessing_function": find_function(data.get("preprocessing_function")),
                "statistics": Statistics.from_dict(data["statistics"], whitening) if data.get("statistics") else None,
            }
        )


def normalise(
    batch: NDArray[np.float32], preprocessing: Preprocessing, *, is_rescaled: bool = False
) -> NDArray[np.float32]:
    """Normalise a batch of grey levels, in place where that is possible, and arrange it as `data_format` says.

    Parameters
    ----------
    batch
        Of shape (n, height, width, channels).
    preprocessing
        What to do: the function on each picture, then the factor, then mean and deviation of each picture, then the
        statistics.
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
    if preprocessing.statistics is not None:
        batch = preprocessing.statistics.apply(batch)
    return batch if preprocessing.data_format == "channels_last" else np.moveaxis(batch, 3, 1)


class LostFunction:
    """Stands for a function that a file only names. Calling it raises an error."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        raise self.error()

    def error(self) -> InputError:
        """Give the error that tells which function it was, and the way out."""
        return InputError(
            f"The classifier was fitted with the preprocessing function {self.name!r}, which is not stored with it.",
            hint="Give `as_classifier()` its model, its levels and a generator that has this function.",
        )


def _applied(function: PictureFunction, picture: NDArray[np.float32]) -> NDArray[np.float32]:
    answer = np.asarray(function(picture.copy()))
    if answer.shape != picture.shape:
        raise InputError(
            f"`preprocessing_function` must give a picture of the same shape, "
            f"{spell_shape(picture.shape)}, not {spell_shape(answer.shape)}."
        )
    if answer.dtype.kind not in "fiub":
        raise InputError(f"`preprocessing_function` must give numbers, not values of type {answer.dtype}.")
    return answer.astype(np.float32, copy=False)


def name_of_function(function: PictureFunction | None) -> str | None:
    """Name a function, which is all that a file keeps of it."""
    if function is None:
        return None
    if isinstance(function, LostFunction):
        return function.name
    if getattr(function, "needs_main_thread", False):
        return f"R:{getattr(function, '__name__', 'function')}"
    return f"{getattr(function, '__module__', '?')}:{getattr(function, '__qualname__', type(function).__qualname__)}"


def is_storable(function: PictureFunction | None) -> bool:
    """Tell whether a file keeps a function whole by its name."""
    return find_function(name_of_function(function)) is function


def find_function(name: str | None) -> PictureFunction | None:
    """Find a function of `keras.applications` by its name; what stands for any other fails when it is called."""
    if name is None:
        return None
    module, _, function = name.partition(":")
    if module.startswith(_KNOWN_FUNCTIONS) and function.isidentifier():
        found: PictureFunction | None = getattr(importlib.import_module(module), function, None)
        if found is not None:
            return found
    return LostFunction(name)

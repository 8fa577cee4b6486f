"""The parameters of augmentation and normalisation: plain, immutable data. `warp` gives them their meaning."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from tidycnn.core.checks import check_between, check_positive, coerce
from tidycnn.core.errors import InputError, constant, counted, described, warn
from tidycnn.core.html import ShownInNotebooks
from tidycnn.core.preprocessing import CHANNELS, Preprocessing, Statistics, find_function, name_of_function
from tidycnn.core.settings import Settings
from tidycnn.core.types import ColorMode, DataFormat, FillMode, Interpolation

# What Keras, too, takes for not given.
_NONE_IS_DEFAULT = (
    "rotation_range",
    "width_shift_range",
    "height_shift_range",
    "shear_range",
    "zoom_range",
    "channel_shift_range",
    "validation_split",
    "data_format",
    "dtype",
)

A = TypeVar("A", bound="Augmentation")
Dtype: TypeAlias = Literal["float16", "float32", "float64"]

# What a picture keeps when nothing is augmented: everything here is left out by `without_augmentation()`.
_KEPT = (
    "featurewise_center",
    "samplewise_center",
    "featurewise_std_normalization",
    "samplewise_std_normalization",
    "zca_whitening",
    "zca_epsilon",
    "rescale",
    "preprocessing_function",
    "data_format",
    "validation_split",
    "dtype",
    "exact",
    "split_seed",
)


@dataclass(frozen=True, repr=False)
class Augmentation(ShownInNotebooks, Settings):
    """Random changes and normalisation of pictures.

    The parameters are those of `image_data_generator()`. They hold no pictures and never change; `statistics`, which
    the featurewise parameters and whitening need, are learned later.
    """

    featurewise_center: bool = False
    samplewise_center: bool = False
    featurewise_std_normalization: bool = False
    samplewise_std_normalization: bool = False
    zca_whitening: bool = False
    zca_epsilon: float = 1e-6
    rotation_range: float = 0.0
    width_shift_range: float | int | tuple[float, ...] = 0.0
    height_shift_range: float | int | tuple[float, ...] = 0.0
    brightness_range: tuple[float, float] | None = None
    shear_range: float = 0.0
    zoom_range: float | tuple[float, float] = 0.0
    channel_shift_range: float = 0.0
    fill_mode: FillMode = "nearest"
    cval: float = 0.0
    horizontal_flip: bool = False
    vertical_flip: bool = False
    rescale: float | None = None
    preprocessing_function: Callable[..., Any] | None = None
    data_format: DataFormat = "channels_last"
    validation_split: float = 0.0
    interpolation_order: int = 1
    dtype: Dtype = "float32"
    exact: bool = False
    split_seed: int = 1
    statistics: Statistics | None = field(default=None, init=False, compare=False)

    def __post_init__(self) -> None:
        for each in dataclasses.fields(self):
            if each.name in _NONE_IS_DEFAULT and getattr(self, each.name) is None:
                object.__setattr__(self, each.name, each.default)
        if self.rescale == 0:  # As in Keras: nothing is multiplied.
            object.__setattr__(self, "rescale", None)
        self._coerce()
        _check_ranges(self)
        # What is divided is centred too.
        if self.featurewise_std_normalization or self.zca_whitening:
            object.__setattr__(self, "featurewise_center", True)
        if self.samplewise_std_normalization:
            object.__setattr__(self, "samplewise_center", True)

    def __repr__(self) -> str:
        words = [f"{name} = {_spelled(value)}" for name, value in self.settings().items()]
        return f"<{type(self).__name__}: {', '.join(words) or 'nothing is changed'}>"

    def settings(self) -> dict[str, Any]:
        """Give the parameters that differ from their defaults."""
        defaults = {each.name: each.default for each in dataclasses.fields(self)}
        return {name: getattr(self, name) for name in self.parameters() if getattr(self, name) != defaults[name]}

    def to_dict(self) -> dict[str, Any]:
        """Give plain data for a JSON file: `preprocessing_function` is written as its name, a matrix as its hash.

        A name is not the function: two functions of one name do not differ here, and `from_dict()` finds again only
        those of `keras.applications`.
        """
        return super().to_dict() | {
            "preprocessing_function": name_of_function(self.preprocessing_function),
            "statistics": None if self.statistics is None else self.statistics.to_dict(),
        }

    @classmethod
    def from_dict(cls: type[A], data: Mapping[str, Any], whitening: NDArray[np.float32] | None = None) -> A:
        """Make it from what `to_dict()` gave, and the matrix that it only names.

        A `preprocessing_function` that is not one of `keras.applications` raises an error when a picture reaches it.
        """
        given = dict(data)
        statistics, name = given.pop("statistics", None), given.pop("preprocessing_function", None)
        function = find_function(coerce(name, str | None, "preprocessing_function"))
        made = super().from_dict({**given, "preprocessing_function": function})
        made._learn(None if statistics is None else Statistics.from_dict(statistics, whitening))
        return made

    @property
    def needs_fit(self) -> bool:
        """Whether there are statistics to learn before pictures can be normalised."""
        known = self.statistics or Statistics()
        return any(is_used and getattr(known, name) is None for name, is_used in self._uses().items())

    @property
    def zoom(self) -> tuple[float, float]:
        """The least and the greatest factor of zooming."""
        if isinstance(self.zoom_range, tuple):
            return self.zoom_range
        return (1.0 - self.zoom_range, 1.0 + self.zoom_range)

    @property
    def is_warping(self) -> bool:
        """Whether pictures are moved, turned, sheared, zoomed or flipped."""
        return bool(
            self.rotation_range
            or np.any(self.width_shift_range)
            or np.any(self.height_shift_range)
            or self.shear_range
            or self.zoom != (1.0, 1.0)
            or self.horizontal_flip
            or self.vertical_flip
        )

    @property
    def is_augmenting(self) -> bool:
        """Whether anything about a picture is random."""
        return self.is_warping or self.brightness_range is not None or self.channel_shift_range > 0

    def without_augmentation(self: A) -> A:
        """Give the same normalisation with nothing random, as validation and prediction need it."""
        plain = type(self)(**{name: getattr(self, name) for name in _KEPT})
        plain._learn(self.statistics)
        return plain

    def preprocessing(
        self,
        target_size: tuple[int, int],
        color_mode: ColorMode = "rgb",
        interpolation: Interpolation = "bilinear",
        *,
        keep_aspect_ratio: bool = False,
        exif: bool = True,
        may_learn: bool = False,
    ) -> Preprocessing:
        """Give what prediction must repeat; with `may_learn` also before the statistics are learned."""
        if not may_learn:
            self.check_learned()
        self.check_fits((*target_size, CHANNELS[color_mode]))
        return Preprocessing(
            target_size=target_size,
            color_mode=color_mode,
            interpolation=interpolation,
            rescale=self.rescale,
            samplewise_center=self.samplewise_center,
            samplewise_std_normalization=self.samplewise_std_normalization,
            preprocessing_function=self.preprocessing_function,
            statistics=self.used_statistics(),
            keep_aspect_ratio=keep_aspect_ratio,
            exif=exif,
            exact=self.exact,
            data_format=self.data_format,
        )

    def _uses(self) -> dict[str, bool]:
        """Tell which statistics pictures are normalised by: whitening takes the place of the deviation."""
        return {
            "mean": self.featurewise_center,
            "deviation": self.featurewise_std_normalization and not self.zca_whitening,
            "whitening": self.zca_whitening,
        }

    def used_statistics(self) -> Statistics | None:
        """Give what pictures are normalised by: what was learned and is not used has no effect."""
        known = self.statistics or Statistics()
        used = {name: getattr(known, name) if is_used else None for name, is_used in self._uses().items()}
        if all(used[name] is getattr(known, name) for name in used):
            return self.statistics  # The same object is the same preprocessing.
        return Statistics(**used) if any(values is not None for values in used.values()) else None

    def _learn(self, statistics: Statistics | None) -> None:
        object.__setattr__(self, "statistics", statistics)

    def check_learned(self) -> None:
        """Refuse to normalise by statistics that were not learned."""
        if self.needs_fit:
            raise InputError(
                f"`generator` normalises by statistics of images ({self._spelled_needs()}), but has learned none.",
                hint="Call `fit_image_data_generator(generator, x)` first, with images of the training.",
            )

    def check_fits(self, shape: tuple[int, int, int]) -> None:
        """Refuse statistics of pictures that these are not."""
        known = self.used_statistics()
        if known is not None and not known.fits(shape):
            raise InputError(
                "`generator` has learned its statistics from pictures of another size or other colours than "
                f"{shape[0]} x {shape[1]} with {counted(shape[2], 'channel')}.",
                hint="Call `fit_image_data_generator()` with images as the flow gives them.",
            )

    def _spelled_needs(self) -> str:
        names = ("featurewise_center", "featurewise_std_normalization", "zca_whitening")
        return ", ".join(f"`{name}`" for name in names if getattr(self, name))


def spell_settings(generator: Augmentation) -> str:
    """Spell the parameters that change pictures at random."""
    kept = generator.without_augmentation().settings()
    words = [f"{name} = {_spelled(value)}" for name, value in generator.settings().items() if name not in kept]
    return ", ".join(words) if generator.is_augmenting else "nothing is random"


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return constant(value)
    if isinstance(value, tuple):
        return f"({', '.join(f'{item:g}' for item in value)})"
    return f"{value:g}" if isinstance(value, float | int) else described(value)


def _check_ranges(generator: Augmentation) -> None:
    for name, limit in (("rotation_range", math.inf), ("shear_range", 90.0), ("channel_shift_range", math.inf)):
        value = getattr(generator, name)
        if not 0 <= value < limit or not math.isfinite(value):
            below = "" if limit == math.inf else f" and below {limit:g}"
            raise InputError(f"`{name}` must be a number of at least 0{below}, not {described(value)}.")
    for name in ("width_shift_range", "height_shift_range"):
        _check_shift(getattr(generator, name), name)
    _check_zoom(generator.zoom_range)
    if generator.brightness_range is not None:
        _check_pair(generator.brightness_range, "brightness_range", least=0.0)
    if not math.isfinite(generator.cval):
        raise InputError(f"`cval` must be a finite number, not {described(generator.cval)}.")
    if generator.rescale is not None and not math.isfinite(generator.rescale):
        raise InputError(f"`rescale` must be a finite number or {constant(None)}, not {described(generator.rescale)}.")
    check_between(generator.validation_split, "validation_split", 0.0, math.nextafter(1.0, 0.0))
    check_positive(generator.zca_epsilon, "zca_epsilon")
    if generator.interpolation_order not in (0, 1):
        raise InputError(f"`interpolation_order` must be 0 or 1, not {described(generator.interpolation_order)}.")
    check_between(generator.split_seed, "split_seed", 0, 2**31 - 1)


def _check_shift(value: float | int | tuple[float, ...], name: str) -> None:
    if isinstance(value, float | int):
        if not 0 <= value < math.inf:
            raise InputError(
                f"`{name}` must be a number of at least 0, not {described(value)}.",
                hint="Below 1 it is a fraction of the side, from 1 on a number of pixels.",
            )
    elif not value or not all(math.isfinite(shift) for shift in value):
        raise InputError(f"`{name}` must hold at least one number, all of them finite, not {described(value)}.")


def _check_zoom(value: float | tuple[float, float]) -> None:
    if isinstance(value, tuple):
        _check_pair(value, "zoom_range", least=-math.inf)
    elif not 0 <= value < math.inf:
        raise InputError(
            f"`zoom_range` must be a number of at least 0, or the least and the greatest factor, "
            f"not {described(value)}.",
            hint="0.2 means factors from 0.8 to 1.2.",
        )
    lower, upper = sorted(value if isinstance(value, tuple) else (1 - value, 1 + value))
    if lower <= 0:
        warn(
            f"`zoom_range` {described(value)} means factors from {lower:g} to {upper:g}: at 0 one point fills the "
            "picture, and below 0 pictures are mirrored. 0.2 means factors from 0.8 to 1.2."
        )


def _check_pair(value: tuple[float, float], name: str, *, least: float) -> None:
    if not all(least <= each < math.inf and math.isfinite(each) for each in value):
        kind = "finite numbers" if least < 0 else "numbers of at least 0"
        raise InputError(f"`{name}` must be two {kind}, not {described(value)}.")

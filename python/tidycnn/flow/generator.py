"""The parameters of augmentation and normalisation: plain, immutable data. `warp` gives them their meaning."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_type_hints

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.checks import check_between, check_count, check_positive, checked, coerce
from tidycnn.core.errors import InputError, constant, counted, described
from tidycnn.core.preprocessing import CHANNELS, Preprocessing, Statistics
from tidycnn.core.seeds import draw_seed
from tidycnn.core.types import ColorMode, DataFormat, FillMode, ImageFlow, Interpolation, PathLike

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


@dataclass(frozen=True, kw_only=True, repr=False)
class ImageDataGenerator:
    """Random changes and normalisation of pictures.

    The parameters are those of `image_data_generator()`. A generator holds no pictures, and its parameters never
    change; `fit()` teaches it the `statistics` that the featurewise parameters and whitening need.
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
        hints = get_type_hints(type(self))
        for parameter in self.parameters():
            object.__setattr__(self, parameter, coerce(getattr(self, parameter), hints[parameter], parameter))
        _check_ranges(self)
        # What is divided is centred too.
        if self.featurewise_std_normalization or self.zca_whitening:
            object.__setattr__(self, "featurewise_center", True)
        if self.samplewise_std_normalization:
            object.__setattr__(self, "samplewise_center", True)

    def __repr__(self) -> str:
        words = [f"{name} = {_spelled(value)}" for name, value in self.settings().items()]
        return f"<ImageDataGenerator: {', '.join(words) or 'nothing is changed'}>"

    def settings(self) -> dict[str, Any]:
        """Give the parameters that differ from their defaults."""
        defaults = {each.name: each.default for each in dataclasses.fields(self)}
        return {name: getattr(self, name) for name in self.parameters() if getattr(self, name) != defaults[name]}

    @classmethod
    def parameters(cls) -> list[str]:
        """Name the parameters."""
        return [each.name for each in dataclasses.fields(cls) if each.init]

    @property
    def needs_fit(self) -> bool:
        """Whether there are statistics to learn before pictures can be normalised."""
        return self.featurewise_center and self.statistics is None

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

    def without_augmentation(self) -> ImageDataGenerator:
        """Give the same normalisation with nothing random, as validation and prediction need it."""
        plain = ImageDataGenerator(**{name: getattr(self, name) for name in _KEPT})
        object.__setattr__(plain, "statistics", self.statistics)
        return plain

    def preprocessing(
        self,
        target_size: tuple[int, int],
        color_mode: ColorMode = "rgb",
        interpolation: Interpolation = "bilinear",
        *,
        keep_aspect_ratio: bool = False,
    ) -> Preprocessing:
        """Give what prediction must repeat."""
        if self.needs_fit:
            raise InputError(
                f"`generator` normalises by statistics of images ({self._spelled_needs()}), but has learned none.",
                hint="Call `fit_image_data_generator(generator, x)` first, with images of the training.",
            )
        self._check_learned((*target_size, CHANNELS[color_mode]))
        return Preprocessing(
            target_size=target_size,
            color_mode=color_mode,
            interpolation=interpolation,
            rescale=self.rescale,
            samplewise_center=self.samplewise_center,
            samplewise_std_normalization=self.samplewise_std_normalization,
            preprocessing_function=self.preprocessing_function,
            statistics=self.statistics,
            keep_aspect_ratio=keep_aspect_ratio,
            exact=self.exact,
            data_format=self.data_format,
        )

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: int | None = None) -> ImageDataGenerator:
        """Learn the statistics: `fit_image_data_generator()` with this generator."""
        return fit_image_data_generator(self, x, augment=augment, rounds=rounds, seed=seed)

    def get_random_transform(self, img_shape: Sequence[int], seed: int | None = None) -> dict[str, Any]:
        """Draw the parameters of one transform of a picture of shape `img_shape`, by Keras's names."""
        from tidycnn.flow._arrays import draw_transform

        return draw_transform(self, img_shape, seed)

    def apply_transform(self, x: Any, transform_parameters: Mapping[str, Any]) -> NDArray[Any]:
        """Transform one picture, of grey levels 0 to 255 or 0 to 1, by what `get_random_transform()` gave."""
        from tidycnn.flow._arrays import apply_transform

        return apply_transform(self, x, transform_parameters)

    def random_transform(self, x: Any, seed: int | None = None) -> NDArray[Any]:
        """Transform one picture at random."""
        return self.apply_transform(x, self.get_random_transform(np.shape(x), seed))

    def standardize(self, x: Any) -> NDArray[Any]:
        """Normalise one picture, or each of several, into a new array."""
        from tidycnn.flow._arrays import standardize

        return standardize(self, x)

    def flow(self, x: Any, y: Any = None, **options: Any) -> ImageFlow:
        """Make batches from arrays: `flow_images_from_data()` with this generator."""
        from tidycnn.flow.doors import flow_images_from_data

        return flow_images_from_data(x, y, generator=self, **options)

    def _check_learned(self, shape: tuple[int, int, int]) -> None:
        """Refuse statistics of pictures that these are not."""
        if self.statistics is not None and not self.statistics.fits(shape):
            raise InputError(
                "`generator` has learned its statistics from pictures of another size or other colours than "
                f"{shape[0]} x {shape[1]} with {counted(shape[2], 'channel')}.",
                hint="Call `fit_image_data_generator()` with images as the flow gives them.",
            )

    def _spelled_needs(self) -> str:
        names = ("featurewise_center", "featurewise_std_normalization", "zca_whitening")
        return ", ".join(f"`{name}`" for name in names if getattr(self, name))

    def flow_from_directory(self, directory: PathLike, **options: Any) -> ImageFlow:
        """Make batches from class folders: `flow_images_from_directory()` with this generator."""
        from tidycnn.flow.doors import flow_images_from_directory

        return flow_images_from_directory(directory, self, **options)

    def flow_from_dataframe(
        self, dataframe: pd.DataFrame, directory: PathLike | None = None, **options: Any
    ) -> ImageFlow:
        """Make batches from a data frame of files: `flow_images_from_dataframe()` with this generator."""
        from tidycnn.flow.doors import flow_images_from_dataframe

        return flow_images_from_dataframe(dataframe, directory, generator=self, **options)


@checked
def image_data_generator(
    *,
    featurewise_center: bool = False,
    samplewise_center: bool = False,
    featurewise_std_normalization: bool = False,
    samplewise_std_normalization: bool = False,
    zca_whitening: bool = False,
    zca_epsilon: float = 1e-6,
    rotation_range: float = 0.0,
    width_shift_range: float | int | tuple[float, ...] = 0.0,
    height_shift_range: float | int | tuple[float, ...] = 0.0,
    brightness_range: tuple[float, float] | None = None,
    shear_range: float = 0.0,
    zoom_range: float | tuple[float, float] = 0.0,
    channel_shift_range: float = 0.0,
    fill_mode: FillMode = "nearest",
    cval: float = 0.0,
    horizontal_flip: bool = False,
    vertical_flip: bool = False,
    rescale: float | None = None,
    preprocessing_function: Callable[..., Any] | None = None,
    data_format: DataFormat = "channels_last",
    validation_split: float = 0.0,
    interpolation_order: int = 1,
    dtype: Dtype = "float32",
    exact: bool = False,
    split_seed: int = 1,
) -> ImageDataGenerator:
    """Say how pictures are augmented and normalised.

    The parameters have the meaning that Keras's documentation gives them. What a picture becomes depends on the
    seed, the epoch and the picture alone.

    Parameters
    ----------
    featurewise_center
        Whether the mean over all images becomes 0, for each channel; `fit_image_data_generator()` learns it.
    samplewise_center
        Whether the mean of each picture becomes 0.
    featurewise_std_normalization
        Whether images are divided by their standard deviation over all, for each channel; they are centred too.
    samplewise_std_normalization
        Whether each picture is divided by its standard deviation; it is centred too.
    zca_whitening
        Whether neighbouring values are made independent of each other (ZCA; Krizhevsky, 2009), which needs
        height x width x channels squared numbers: for small pictures. They are centred too.
    zca_epsilon
        Added to the singular values, so that none divides by zero.
    rotation_range
        Greatest rotation to either side, in degrees.
    width_shift_range
        Greatest horizontal shift to either side: below 1 a fraction of the width, from 1 on a number of pixels.
        A whole number (in R `5L`) shifts by whole pixels, fewer than it. Several numbers: one of them is chosen,
        to either side.
    height_shift_range
        Greatest vertical shift, likewise.
    brightness_range
        Least and greatest factor of brightness.
    shear_range
        Greatest shear to either side, in degrees.
    zoom_range
        One number z: factors from 1 - z to 1 + z, drawn for width and height apart; two numbers: the least and the
        greatest factor. A factor below 1 enlarges.
    channel_shift_range
        Greatest number of grey levels added to or taken from all channels.
    fill_mode
        What stands outside the borders: `"nearest"` repeats the edge, `"constant"` is `cval`, `"reflect"` mirrors,
        `"wrap"` comes in from the other side.
    cval
        The grey level outside the borders where `fill_mode` is `"constant"`, before `rescale`.
    horizontal_flip
        Whether every second picture, at random, is mirrored left to right.
    vertical_flip
        Whether every second picture, at random, is turned upside down.
    rescale
        What all grey levels are multiplied by, such as 1/255.
    preprocessing_function
        A function that takes one picture (height, width, channels; grey levels 0 to 255) after augmentation and
        before `rescale`, and gives one of the same shape.
    data_format
        `"channels_last"`: pictures are height, width, channels; `"channels_first"`: channels, height, width.
    validation_split
        The share of images that `subset = "validation"` takes: stratified, shuffled by `split_seed`, no group
        divided, and never augmented.
    interpolation_order
        1 mixes neighbouring pixels when a picture is transformed, 0 takes the nearest.
    dtype
        The type of the numbers in batches: `"float32"`, `"float16"` or `"float64"`.
    exact
        Whether to repeat Keras to the pixel, slowly: pictures are resized by Pillow before they are transformed by
        SciPy, `validation_split` takes the first files of each label, `height_shift_range` moves horizontally and
        `width_shift_range` vertically, and pictures that are not square turn around a wrong centre.
    split_seed
        Which images `validation_split` takes. It stands here, and is not drawn, so that both subsets always agree.

    Returns
    -------
    A generator, to be given to `flow_images()` and its kin.

    Examples
    --------
    >>> generator = image_data_generator(rescale=1 / 255, rotation_range=10, horizontal_flip=True)
    >>> generator.zoom
    (1.0, 1.0)
    """
    return ImageDataGenerator(**locals())


@checked
def fit_image_data_generator(
    generator: ImageDataGenerator, x: Any, *, augment: bool = False, rounds: int = 1, seed: int | None = None
) -> ImageDataGenerator:
    """Learn the statistics that a generator normalises by.

    Needed by `featurewise_center`, `featurewise_std_normalization` and `zca_whitening`, before flows are made.

    Parameters
    ----------
    generator
        As `image_data_generator()` gives. It is changed.
    x
        Images of the training: an array of shape (n, height, width, channels), or a flow, of which one pass is read.
    augment
        Whether to learn from augmented images.
    rounds
        How many times each image is augmented.
    seed
        Makes the augmentation repeatable.

    Returns
    -------
    The generator.

    Examples
    --------
    >>> import numpy as np
    >>> generator = image_data_generator(featurewise_center=True)
    >>> fit_image_data_generator(generator, np.full((2, 4, 4, 1), 8)).statistics.mean
    array([8.], dtype=float32)
    """
    from tidycnn.flow._arrays import learn_statistics

    check_count(rounds, "rounds")
    object.__setattr__(generator, "statistics", learn_statistics(generator, x, augment, rounds, draw_seed(seed)))
    return generator


def spell_settings(generator: ImageDataGenerator) -> str:
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


def _check_ranges(generator: ImageDataGenerator) -> None:
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
    if generator.rescale is not None and (generator.rescale == 0 or not math.isfinite(generator.rescale)):
        raise InputError(
            f"`rescale` must be a number other than 0 or {constant(None)}, not {described(generator.rescale)}."
        )
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
        _check_pair(value, "zoom_range", least=math.nextafter(0.0, 1.0))
    elif not 0 <= value < 1:
        raise InputError(
            f"`zoom_range` must be a number from 0 to below 1, or the least and the greatest factor, "
            f"not {described(value)}.",
            hint="0.2 means factors from 0.8 to 1.2.",
        )


def _check_pair(value: tuple[float, float], name: str, *, least: float) -> None:
    lower, upper = value
    if not least <= lower <= upper < math.inf:
        kind = "above 0" if least > 0 else "of at least 0"
        raise InputError(f"`{name}` must be two numbers {kind}, the lower one first, not {described(value)}.")


# Grey levels between 0 and 1 and nothing random: the generator where none is given.
RESCALED = ImageDataGenerator(rescale=1 / 255)

"""Generators: the parameters of augmentation and normalisation, with the methods that Keras gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.checks import check_count, checked
from tidycnn.core.seeds import draw_seed
from tidycnn.core.types import DataFormat, FillMode, ImageFlow, PathLike
from tidycnn.flow.augmentation import Augmentation, Dtype


class ImageDataGenerator(Augmentation):
    """Random changes and normalisation of pictures.

    The parameters are those of `image_data_generator()`. A generator holds no pictures, and its parameters never
    change; `fit()` teaches it the `statistics` that the featurewise parameters and whitening need.
    """

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
        from tidycnn.flow._keras_flows import array_flow

        return array_flow(x, y, generator=self, **options)

    def flow_from_directory(self, directory: PathLike, **options: Any) -> ImageFlow:
        """Make batches from class folders: `flow_images_from_directory()` with this generator."""
        from tidycnn.flow._keras_flows import directory_flow

        return directory_flow(directory, self, **options)

    def flow_from_dataframe(
        self, dataframe: pd.DataFrame, directory: PathLike | None = None, **options: Any
    ) -> ImageFlow:
        """Make batches from a data frame of files: `flow_images_from_dataframe()` with this generator."""
        from tidycnn.flow._keras_flows import dataframe_flow

        return dataframe_flow(dataframe, directory, generator=self, **options)


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
        The share of images that `subset = "validation"` takes, never augmented and no group divided: of class folders
        and images frames stratified, by `split_seed` and the names of the images as in `split_images()`; of data frames
        and arrays by `split_seed` and the row.
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
    generator._learn(learn_statistics(generator, x, augment, rounds, draw_seed(seed)))
    return generator


# Grey levels between 0 and 1 and nothing random: the generator where none is given.
RESCALED = ImageDataGenerator(rescale=1 / 255)

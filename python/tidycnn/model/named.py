"""Networks with a name: the ones that the blood-cell and the weather work used."""

from __future__ import annotations

from tidycnn.core.checks import checked
from tidycnn.core.types import KerasModel
from tidycnn.model._head import HeadName
from tidycnn.model.cnn import cnn


@checked
def blood_cells_small(
    input_shape: tuple[int, int, int] = (150, 150, 3),
    classes: int = 4,
    *,
    head: HeadName = "softmax",
    seed: int | None = None,
) -> KerasModel:
    """Build the small network for blood cells.

    Four convolutions of 32, 32, 64 and 128 filters with pooling, a dense layer of 64 units, dropout of 0.2. With the
    shape and classes of the source it has 504,228 parameters.

    Parameters
    ----------
    input_shape
        Height, width and channels of the images.
    classes
        How many labels there are.
    head
        `"softmax"` gives one unit a class; `"sigmoid"` gives one unit for two classes, the probability of the second.
    seed
        Number from which initial weights and dropout follow; drawn where it is missing.

    Returns
    -------
    A Keras model, not compiled.

    Examples
    --------
    >>> blood_cells_small().count_params()
    504228
    """
    return cnn(
        input_shape,
        classes,
        filters=(32, 32, 64, 128),
        units=64,
        dense_dropout=0.2,
        head=head,
        name="blood_cells_small",
        seed=seed,
    )


@checked
def blood_cells_deep(
    input_shape: tuple[int, int, int] = (150, 150, 3),
    classes: int = 4,
    *,
    head: HeadName = "softmax",
    seed: int | None = None,
) -> KerasModel:
    """Build the deep network for blood cells.

    Five convolutions of 32, 64, 64, 128 and 128 filters with pooling, dropout of 0.4, dense layers of 512 and 128
    units. With the shape and classes of the source it has 606,596 parameters.

    Parameters
    ----------
    input_shape
        Height, width and channels of the images.
    classes
        How many labels there are.
    head
        `"softmax"` gives one unit a class; `"sigmoid"` gives one unit for two classes, the probability of the second.
    seed
        Number from which initial weights and dropout follow; drawn where it is missing.

    Returns
    -------
    A Keras model, not compiled.

    Examples
    --------
    >>> blood_cells_deep().count_params()
    606596
    """
    return cnn(
        input_shape,
        classes,
        filters=(32, 64, 64, 128, 128),
        dropout=(0, 0, 0, 0, 0.4),
        units=(512, 128),
        head=head,
        name="blood_cells_deep",
        seed=seed,
    )


@checked
def weather_cnn(
    input_shape: tuple[int, int, int] = (224, 224, 3),
    classes: int = 4,
    *,
    head: HeadName = "softmax",
    seed: int | None = None,
) -> KerasModel:
    """Build the network for weather photographs.

    Three convolutions of 32, 32 and 64 filters in steps of 3 pixels, the first padded and with dropout of 0.2, the
    others with pooling; a dense layer of 512 units. With the shape and classes of the source it has 162,276
    parameters.

    Parameters
    ----------
    input_shape
        Height, width and channels of the images.
    classes
        How many labels there are.
    head
        `"softmax"` gives one unit a class; `"sigmoid"` gives one unit for two classes, the probability of the second.
    seed
        Number from which initial weights and dropout follow; drawn where it is missing.

    Returns
    -------
    A Keras model, not compiled.

    Examples
    --------
    >>> weather_cnn().count_params()
    162276
    """
    return cnn(
        input_shape,
        classes,
        filters=(32, 32, 64),
        strides=3,
        padding=("same", "valid", "valid"),
        pool_size=(1, 2, 2),
        dropout=(0.2, 0, 0),
        units=512,
        head=head,
        name="weather_cnn",
        seed=seed,
    )

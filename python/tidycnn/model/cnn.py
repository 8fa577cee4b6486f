"""A convolutional network from vectors: one value for each block, or one for all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tidycnn.core.checks import check_between, check_choice, check_count, checked
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, counted, described
from tidycnn.core.types import KerasModel
from tidycnn.model._head import HeadName, check_classes, check_input_shape, prediction_layer, seed_stream

_PADDINGS = ("valid", "same")
_RECTIFIERS = ("relu", "relu6", "leaky_relu", "elu", "gelu", "silu", "swish", "mish")


@dataclass(frozen=True)
class _Block:
    """One convolution with what follows it."""

    filters: int
    kernel_size: int
    strides: int
    padding: str
    pool_size: int
    dropout: float


@dataclass(frozen=True)
class _DenseBlock:
    """One hidden dense layer with what follows it."""

    units: int
    dropout: float


@checked
def cnn(
    input_shape: tuple[int, int, int] = (150, 150, 3),
    classes: int = 4,
    *,
    filters: int | Sequence[int] = (32, 64, 128),
    kernel_size: int | Sequence[int] = 3,
    strides: int | Sequence[int] = 1,
    padding: str | Sequence[str] = "valid",
    pool_size: int | Sequence[int] = 2,
    dropout: float | Sequence[float] = 0,
    units: int | Sequence[int] | None = 64,
    dense_dropout: float | Sequence[float] = 0,
    activation: str = "relu",
    head: HeadName = "softmax",
    name: str = "cnn",
    seed: int | None = None,
) -> KerasModel:
    """Build a convolutional network from vectors.

    A block is a convolution, then pooling, then dropout. Every argument of the blocks takes one value for each block,
    or one for all of them; the longest says how many blocks there are. Behind the blocks come a flattening, the hidden
    dense layers and the head. Weights start as He et al. (2015) advise for rectifiers, and as Glorot and Bengio (2010)
    do for other activations, the head and the first convolution, each filter of which sums to zero.

    Parameters
    ----------
    input_shape
        Height, width and channels of the images.
    classes
        How many labels there are.
    filters
        How many filters each convolution has.
    kernel_size
        Height and width of the convolution's window, in pixels.
    strides
        Step of the convolution, in pixels.
    padding
        `"valid"` lets a convolution lose the border, `"same"` pads it with zeros.
    pool_size
        Height and width of the maximum pooling behind each convolution; 1 leaves it out.
    dropout
        Share of values that are dropped behind each block in training; 0 leaves it out.
    units
        Units of the hidden dense layers, one number for each layer; none where empty or missing.
    dense_dropout
        Share of values that are dropped behind each hidden dense layer in training.
    activation
        Name of the activation of convolutions and hidden dense layers.
    head
        `"softmax"` gives one unit a class; `"sigmoid"` gives one unit for two classes, the probability of the second.
    name
        Name of the model.
    seed
        Number from which initial weights and dropout follow; drawn where it is missing.

    Returns
    -------
    A Keras model, not compiled.

    Examples
    --------
    >>> model = cnn((32, 32, 3), classes=2, filters=(8, 16), units=16, seed=1)
    >>> model.count_params()
    10658
    """
    check_input_shape(input_shape)
    check_classes(classes, head)
    _check_activation(activation)
    blocks = _conv_blocks(
        filters=filters,
        kernel_size=kernel_size,
        strides=strides,
        padding=padding,
        pool_size=pool_size,
        dropout=dropout,
    )
    dense_blocks = _dense_blocks(units, dense_dropout)
    _check_fit(input_shape, blocks)

    seeds = seed_stream(seed)
    model = keras.Sequential(
        [
            keras.Input(input_shape, name="image"),
            *_conv_layers(blocks, activation, seeds),
            keras.layers.Flatten(name="flatten"),
            *_dense_layers(dense_blocks, activation, seeds),
            prediction_layer(classes, head, keras.initializers.GlorotUniform(next(seeds))),
        ],
        name=name,
    )
    _balance(model.layers[0])
    return model  # type: ignore[no-any-return]


def _balance(convolution: Any) -> None:
    """Let each filter begin with weights that sum to zero: an even background, however bright, then excites none."""
    kernel, *rest = convolution.get_weights()
    if kernel.shape[0] > 1:
        convolution.set_weights([kernel - kernel.mean(axis=(0, 1, 2), keepdims=True), *rest])


def _initializer(activation: str, seed: int) -> Any:
    """Choose the scale of the initial weights: rectifiers let half of the variance through (He et al., 2015)."""
    kind = keras.initializers.HeUniform if activation in _RECTIFIERS else keras.initializers.GlorotUniform
    return kind(seed)


def _conv_layers(blocks: Sequence[_Block], activation: str, seeds: Iterator[int]) -> Iterator[Any]:
    for number, block in enumerate(blocks, start=1):
        yield keras.layers.Conv2D(
            block.filters,
            block.kernel_size,
            strides=block.strides,
            padding=block.padding,
            activation=activation,
            kernel_initializer=_initializer(activation if number > 1 else "linear", next(seeds)),
            name=f"conv_{number}",
        )
        if block.pool_size > 1:
            yield keras.layers.MaxPooling2D(block.pool_size, name=f"pool_{number}")
        if block.dropout > 0:
            yield keras.layers.Dropout(block.dropout, seed=next(seeds), name=f"dropout_{number}")


def _dense_layers(blocks: Sequence[_DenseBlock], activation: str, seeds: Iterator[int]) -> Iterator[Any]:
    for number, block in enumerate(blocks, start=1):
        yield keras.layers.Dense(
            block.units,
            activation=activation,
            kernel_initializer=_initializer(activation, next(seeds)),
            name=f"dense_{number}",
        )
        if block.dropout > 0:
            yield keras.layers.Dropout(block.dropout, seed=next(seeds), name=f"dense_dropout_{number}")


def _conv_blocks(**vectors: Any) -> list[_Block]:
    columns = _recycled(vectors)
    if not columns["filters"]:
        raise InputError("`filters` must have at least one value, one for each block.")
    for argument in ("filters", "kernel_size", "strides", "pool_size"):
        for value in columns[argument]:
            check_count(value, argument)
    for value in columns["padding"]:
        check_choice(value, "padding", _PADDINGS)
    _check_shares(columns["dropout"], "dropout")
    return [_Block(**dict(zip(columns, row, strict=True))) for row in zip(*columns.values(), strict=True)]


def _dense_blocks(units: int | Sequence[int] | None, dropout: float | Sequence[float]) -> list[_DenseBlock]:
    if units is None or units == []:
        return []
    columns = _recycled({"units": units, "dense_dropout": dropout})
    for value in columns["units"]:
        check_count(value, "units")
    _check_shares(columns["dense_dropout"], "dense_dropout")
    return [_DenseBlock(*row) for row in zip(*columns.values(), strict=True)]


def _recycled(vectors: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Bring all vectors to one length; only those of length one are repeated."""
    lists = {name: list(value) if isinstance(value, list | tuple) else [value] for name, value in vectors.items()}
    longest = max(lists, key=lambda name: len(lists[name]))
    length = len(lists[longest])
    for name, values in lists.items():
        if len(values) not in (1, length):
            raise InputError(
                f"`{name}` must have one value, or {length} as `{longest}` has, "
                f"not {counted(len(values), 'value')} ({described(values)})."
            )
    return {name: values * length if len(values) == 1 else values for name, values in lists.items()}


def _check_shares(values: Sequence[float], argument: str) -> None:
    for value in values:
        check_between(value, argument, 0, 0.99)


def _check_activation(activation: str) -> None:
    try:
        keras.activations.get(activation)
    except ValueError:
        raise InputError(
            f"`activation` must be the name of a Keras activation, not {described(activation)}.",
            hint="Such as 'relu', 'elu', 'gelu', 'silu' or 'tanh'.",
        ) from None


def _check_fit(input_shape: tuple[int, int, int], blocks: Sequence[_Block]) -> None:
    """Walk through the blocks and refuse one that is given fewer pixels than its window needs."""
    size = input_shape[:2]
    for number, block in enumerate(blocks, start=1):
        if block.padding == "valid":
            _check_window(size, block.kernel_size, "kernel_size", number, input_shape)
        lost = block.kernel_size - 1 if block.padding == "valid" else 0
        size = ((size[0] - lost - 1) // block.strides + 1, (size[1] - lost - 1) // block.strides + 1)
        _check_window(size, block.pool_size, "pool_size", number, input_shape)
        size = (size[0] // block.pool_size, size[1] // block.pool_size)


def _check_window(
    size: tuple[int, int], window: int, argument: str, number: int, input_shape: tuple[int, int, int]
) -> None:
    if min(size) < window:
        raise InputError(
            f"`{argument}` is {window} in block {number}, but only {size[0]} x {size[1]} pixels are left there "
            f"of an `input_shape` of {input_shape[0]} x {input_shape[1]}.",
            hint=f"Give larger images, fewer blocks, a smaller `{argument}`, or the padding 'same'.",
        )

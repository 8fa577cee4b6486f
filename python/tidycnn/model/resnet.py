"""Residual networks for small images.

Source of the architectures: He and others (2015), https://arxiv.org/abs/1512.03385 (version 1), and (2016),
https://arxiv.org/abs/1603.05027 (version 2), with the layer counts of Keras's example for CIFAR-10.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tidycnn.core.checks import checked
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, listed
from tidycnn.core.types import KerasModel
from tidycnn.model._head import HeadName, check_classes, check_input_shape, prediction_layer, seed_stream

_FILTERS = 16
_STAGES = 3
_WEIGHT_DECAY = 1e-4
# A block has this many convolutions behind one another; the depth is this many times a whole number, plus 2.
_LAYERS_PER_BLOCK = {1: 6, 2: 9}


@checked
def resnet_cifar(
    input_shape: tuple[int, int, int] = (32, 32, 3),
    classes: int = 10,
    *,
    depth: int = 20,
    version: int = 1,
    head: HeadName = "softmax",
    seed: int | None = None,
) -> KerasModel:
    """Build a residual network for small images.

    Three stages of residual blocks, each stage at half the resolution of the one before. Version 1 has two
    convolutions a block, version 2 has three with normalisation before each. With the defaults it has 274,442
    parameters.

    Parameters
    ----------
    input_shape
        Height, width and channels of the images; at least 4 pixels each way.
    classes
        How many labels there are.
    depth
        How many layers with weights lie behind one another: 6n + 2 in version 1 (8, 14, 20, ...), 9n + 2 in
        version 2 (11, 20, 29, ...).
    version
        1 or 2.
    head
        `"softmax"` gives one unit a class; `"sigmoid"` gives one unit for two classes, the probability of the second.
    seed
        Number from which initial weights follow; drawn where it is missing.

    Returns
    -------
    A Keras model, not compiled.

    Examples
    --------
    >>> resnet_cifar(depth=20).count_params()
    274442
    """
    check_input_shape(input_shape)
    check_classes(classes, head)
    if min(input_shape[:2]) < 4:
        raise InputError(f"`input_shape` must be at least 4 x 4 pixels, not {input_shape[0]} x {input_shape[1]}.")
    blocks = _blocks_per_stage(depth, version)

    seeds = seed_stream(seed)
    image = keras.Input(input_shape, name="image")
    features = _BODIES[version](image, blocks, seeds)
    pooled = keras.layers.GlobalAveragePooling2D(name="pool")(features)
    prediction = prediction_layer(classes, head, keras.initializers.HeNormal(next(seeds)))(pooled)
    return keras.Model(image, prediction, name=f"resnet_{depth}_v{version}")  # type: ignore[no-any-return]


def _blocks_per_stage(depth: int, version: int) -> int:
    if version not in _LAYERS_PER_BLOCK:
        raise InputError(f"`version` must be 1 or 2, not {version}.")
    step = _LAYERS_PER_BLOCK[version]
    blocks, rest = divmod(depth - 2, step)
    if rest or blocks < 1:
        lower = max(blocks, 1)
        raise InputError(
            f"`depth` must be {step}n + 2 in version {version}, not {depth}.",
            hint=f"The nearest are {listed([step * n + 2 for n in (lower, lower + 1)])}.",
        )
    return blocks


def _body_v1(x: Any, blocks: int, seeds: Iterator[int]) -> Any:
    x = _relu(_norm(_conv(x, (_FILTERS, 3, 1), "conv", seeds), "norm"), "relu")
    for stage in range(_STAGES):
        filters = _FILTERS * 2**stage
        for block in range(blocks):
            name = f"stage_{stage + 1}_block_{block + 1}"
            strides = 2 if stage > 0 and block == 0 else 1
            y = _conv(x, (filters, 3, strides), f"{name}_conv_1", seeds)
            y = _relu(_norm(y, f"{name}_norm_1"), f"{name}_relu_1")
            y = _norm(_conv(y, (filters, 3, 1), f"{name}_conv_2", seeds), f"{name}_norm_2")
            if strides > 1:
                x = _conv(x, (filters, 1, strides), f"{name}_shortcut", seeds)
            x = _relu(keras.layers.Add(name=f"{name}_add")([x, y]), f"{name}_relu_2")
    return x


def _body_v2(x: Any, blocks: int, seeds: Iterator[int]) -> Any:
    x = _relu(_norm(_conv(x, (_FILTERS, 3, 1), "conv", seeds), "norm"), "relu")
    inner = _FILTERS
    for stage in range(_STAGES):
        outer = inner * (4 if stage == 0 else 2)
        for block in range(blocks):
            name = f"stage_{stage + 1}_block_{block + 1}"
            strides = 2 if stage > 0 and block == 0 else 1
            # The very first block follows a normalisation and activation already.
            y = x if stage == 0 and block == 0 else _relu(_norm(x, f"{name}_norm_1"), f"{name}_relu_1")
            y = _conv(y, (inner, 1, strides), f"{name}_conv_1", seeds)
            y = _relu(_norm(y, f"{name}_norm_2"), f"{name}_relu_2")
            y = _conv(y, (inner, 3, 1), f"{name}_conv_2", seeds)
            y = _relu(_norm(y, f"{name}_norm_3"), f"{name}_relu_3")
            y = _conv(y, (outer, 1, 1), f"{name}_conv_3", seeds)
            if block == 0:
                x = _conv(x, (outer, 1, strides), f"{name}_shortcut", seeds)
            x = keras.layers.Add(name=f"{name}_add")([x, y])
        inner = outer
    return _relu(_norm(x, "norm_last"), "relu_last")


_BODIES: dict[int, Callable[[Any, int, Iterator[int]], Any]] = {1: _body_v1, 2: _body_v2}


def _conv(x: Any, window: tuple[int, int, int], name: str, seeds: Iterator[int]) -> Any:
    filters, kernel_size, strides = window
    return keras.layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding="same",
        kernel_initializer=keras.initializers.HeNormal(next(seeds)),
        kernel_regularizer=keras.regularizers.L2(_WEIGHT_DECAY),
        name=name,
    )(x)


def _norm(x: Any, name: str) -> Any:
    return keras.layers.BatchNormalization(name=name)(x)


def _relu(x: Any, name: str) -> Any:
    return keras.layers.Activation("relu", name=name)(x)

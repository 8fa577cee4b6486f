"""One training on several devices of this machine: each has the weights, and learns from its part of every batch.

Keras trains a model on several devices if it was made for them, so a copy is made. It would divide batches by itself;
here they are divided by us, so that one which cannot be divided evenly teaches what it teaches a single device.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, TypeAlias

import numpy as np

from tidycnn.core.engine import keras
from tidycnn.core.errors import counted
from tidycnn.core.progress import remark
from tidycnn.model.graph import random_states
from tidycnn.train.clone import clone_keras_model
from tidycnn.train.compilation import compile_alike

Strategy: TypeAlias = Literal["mirrored"]


def devices_of(strategy: Strategy | None) -> list[str]:
    """Name the devices that a strategy trains on: all GPUs, else the processors that TensorFlow was given."""
    if strategy is None:
        return []
    import tensorflow as tf

    kinds = (tf.config.list_logical_devices(kind) for kind in ("GPU", "CPU"))
    return next(([device.name for device in devices] for devices in kinds if devices), [])


@contextlib.contextmanager
def spread(model: Any, strategy: Strategy | None) -> Iterator[Any]:
    """Give what trains inside the block: a copy of a compiled model on all devices, or itself where there is one.

    Behind the block the model has what the copy learned.
    """
    devices = devices_of(strategy)
    if len(devices) < 2:
        if strategy is not None:
            remark(f"There is one device to train on ({', '.join(devices)}): the fit runs as without `strategy`.")
        yield model
        return
    import tensorflow as tf

    remark(f"The fit runs on {counted(len(devices), 'device')}: each learns from its part of every batch.")
    over = tf.distribute.MirroredStrategy(devices)
    with over.scope():
        copy = clone_keras_model(model)
        compile_alike(copy, model)
        copy.optimizer.build(copy.trainable_variables)
    _hand_over(random_states(model), random_states(copy))
    try:
        yield copy
    finally:
        model.optimizer.build(model.trainable_variables)
        _hand_over(copy.weights, model.weights)
        _hand_over(random_states(copy), random_states(model))
        _hand_over(copy.optimizer.variables, model.optimizer.variables)


def is_spread(model: Any) -> bool:
    """Tell whether a model trains on several devices."""
    return bool(model.distribute_strategy.num_replicas_in_sync > 1)


def metrics_variables(model: Any) -> list[Any]:
    """Give the variables of a model's metrics, of each device its own: their sum would be parted in another way."""
    if not is_spread(model):
        return list(model.metrics_variables)
    return [part for variable in model.metrics_variables for part in variable.value.values]


def parts_of(model: Any, batch: tuple[Any, Any, Any], *, is_training: bool) -> Any:
    """Give each device its part of a batch of pictures, targets and weights (None where all count the same).

    Where parts are not equal, their pictures count so that all of the batch count the same. Of fewer pictures than
    devices each device gets all.
    """
    x, y, weights = batch
    strategy = model.distribute_strategy
    devices = strategy.num_replicas_in_sync
    n = len(keras.tree.flatten(x)[0])
    parts = np.array_split(np.arange(n), devices) if n >= devices else [np.arange(n)] * devices
    if is_training and n >= devices and n % devices:
        shares = np.concatenate([np.full(len(part), len(part) * devices / n, np.float32) for part in parts])
        weights = shares if weights is None else weights * shares

    def divide(values: Any) -> Any:
        return strategy.experimental_distribute_values_from_function(
            lambda context: keras.ops.convert_to_tensor(values[parts[context.replica_id_in_sync_group]])
        )

    divided = keras.tree.map_structure(divide, (x, y))
    return (*divided, None if weights is None else divide(weights))


def made_ahead(view: Any, first: int) -> Iterator[Any]:
    """Give the batches of an epoch from a step on; while one trains, the next is made."""
    with ThreadPoolExecutor(1) as maker:
        coming = maker.submit(view.__getitem__, first)
        for step in range(first, len(view)):
            batch = coming.result()
            if step + 1 < len(view):
                coming = maker.submit(view.__getitem__, step + 1)
            yield batch


def _hand_over(variables: Any, others: Any) -> None:
    for variable, other in zip(variables, others, strict=True):
        other.assign(keras.ops.convert_to_numpy(variable))

"""Computing in 16 bits while a model trains: its weights stay numbers of 32 bits, and it is as it was afterwards.

bfloat16 is about twice as fast on processors that have instructions for it, and slower for depthwise convolutions.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

from tidycnn.core.engine import keras
from tidycnn.model.graph import graph_of, layers_within

Precision: TypeAlias = Literal["float32", "bfloat16", "float16"]
PrecisionChoice: TypeAlias = Literal["float32", "bfloat16", "float16", "auto"]

_POLICIES = {"bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}


@contextlib.contextmanager
def computing_in(model: Any, precision: Precision) -> Iterator[None]:
    """Let the layers of `model` compute in `precision` inside the block, but for those of 32 bits by their own choice.

    The last layer keeps its 32 bits, so that probabilities and losses do. The numbers of float16 end so near to 0 that
    gradients would be lost: the loss is scaled for them.
    """
    if precision == "float32":
        yield
        return
    last = _last_layers(model)
    layers = [layer for layer in layers_within(model) if not isinstance(layer, keras.Model) and layer not in last]
    layers = [layer for layer in dict.fromkeys(layers) if layer.dtype_policy.name == "float32"]
    before = [layer.dtype_policy for layer in layers]
    scaling = _scaling_loss(model) if precision == "float16" else contextlib.nullcontext()
    try:
        for layer in layers:
            layer.dtype_policy = keras.dtype_policies.get(_POLICIES[precision])
        _forget_functions(model)
        with scaling:
            yield
    finally:
        for layer, policy in zip(layers, before, strict=True):
            layer.dtype_policy = policy
        _forget_functions(model)


@contextlib.contextmanager
def _scaling_loss(model: Any) -> Iterator[None]:
    """Let the optimizer scale the loss inside the block, and leave out steps whose gradients are no numbers."""
    own = model.optimizer
    if isinstance(own, keras.optimizers.LossScaleOptimizer):
        yield
        return
    with model.distribute_strategy.scope():
        model.optimizer = keras.optimizers.LossScaleOptimizer(own)
        model.optimizer.build(model.trainable_variables)
    try:
        yield
    finally:
        model.optimizer = own


def _last_layers(model: Any) -> list[Any]:
    graph = graph_of(model)
    layers = [output.step.layer for output in graph.outputs] if graph else model.layers[-1:]
    return [last for layer in layers for last in (_last_layers(layer) if isinstance(layer, keras.Model) else [layer])]


def _forget_functions(model: Any) -> None:
    """What TensorFlow has compiled for the model computes as it did then."""
    model.train_function = model.test_function = model.predict_function = None

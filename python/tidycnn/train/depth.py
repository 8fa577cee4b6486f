"""Learning rates by depth: blocks that are farther from the last layer learn at lower rates.

The rate itself stays the optimizer's: callbacks see and change that one, and each weight learns at its share of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from tidycnn.model.blocks import blocks_of
from tidycnn.train.decay import unscaled_optimizer


@contextlib.contextmanager
def rates_by_depth(learner: Any, model: Any, decay: float) -> Iterator[None]:
    """Let each block of `model` learn at `decay` times the rate of the one behind it, inside the block.

    `learner` is the compiled model that trains: `model` itself, or a part of it.
    """
    if decay == 1:
        yield
        return
    shares = {
        id(weight): decay**depth
        for depth, places in enumerate(reversed(blocks_of(model).values()))
        for place in places
        for weight in place.layer.trainable_weights
    }
    optimizer = unscaled_optimizer(learner.optimizer)
    update = optimizer.update_step

    def update_step(gradient: Any, variable: Any, learning_rate: Any) -> Any:
        weight = optimizer._trainable_variables[optimizer._get_variable_index(variable)]
        return update(gradient, variable, learning_rate * shares.get(id(weight), 1.0))

    optimizer.update_step = update_step
    try:
        yield
    finally:
        del optimizer.update_step

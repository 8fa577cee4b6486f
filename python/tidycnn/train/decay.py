"""The learning rate's decay of 2018, which Keras 3 takes and ignores: rate / (1 + decay x iterations)."""

from __future__ import annotations

import math
from typing import Any

from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, described

_ATTRIBUTE = "decay_of_2018"


def remember_decay(optimizer: Any, decay: float) -> Any:
    """Give the optimizer its decay, which a fit follows."""
    if not 0 <= decay < math.inf:
        raise InputError(f"`decay` must be a number of at least 0, not {described(decay)}.")
    if decay:
        setattr(optimizer, _ATTRIBUTE, float(decay))
    return optimizer


def decay_of(optimizer: Any) -> float:
    """Give the decay of an optimizer, 0 where it has none."""
    return float(getattr(unscaled_optimizer(optimizer), _ATTRIBUTE, 0.0))


def unscaled_optimizer(optimizer: Any) -> Any:
    """Give the optimizer in one that scales the loss, as those of 16 bits do; any other is itself."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def decay_factor(optimizer: Any, decay: float) -> float:
    """Give what the learning rate is multiplied by in the step that comes."""
    return 1 / (1 + decay * int(keras.ops.convert_to_numpy(unscaled_optimizer(optimizer).iterations)))

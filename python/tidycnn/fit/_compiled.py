"""The copy of a network that a fit trains, compiled."""

from __future__ import annotations

from typing import Any

from tidycnn.core.errors import InputError
from tidycnn.train.clone import clone_keras_model
from tidycnn.train.compilation import Compilation, compile_copy, has_schedule
from tidycnn.train.head import read_head


def compiled_copy(model: Any, *, is_reduced: bool, **choices: Any) -> tuple[Any, Compilation]:
    """Give a copy of a network, compiled as `choices` say, and what follows from its loss."""
    head = read_head(model)
    copy = clone_keras_model(model)
    compilation = compile_copy(copy, model, head, **choices)
    if is_reduced and has_schedule(copy.optimizer):
        raise InputError(
            "`reduce_lr` cannot change a learning rate that follows a schedule of its own.",
            hint="Give one of both: a schedule in the optimizer, or `reduce_lr`.",
        )
    return copy, compilation

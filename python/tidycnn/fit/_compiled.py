"""The copy of a network that a fit trains, compiled."""

from __future__ import annotations

from typing import Any

from tidycnn.train.clone import clone_keras_model
from tidycnn.train.compilation import Compilation, compile_copy
from tidycnn.train.head import read_head
from tidycnn.train.schedules import check_rate


def compiled_copy(model: Any, *, reduce_lr: Any, schedule: Any, **choices: Any) -> tuple[Any, Compilation]:
    """Give a copy of a network, compiled as `choices` say, and what follows from its loss."""
    head = read_head(model)
    copy = clone_keras_model(model)
    compilation = compile_copy(copy, model, head, **choices)
    check_rate(copy.optimizer, reduce_lr=reduce_lr, schedule=schedule)
    return copy, compilation

"""Metrics by the names of 2018: `acc` for `accuracy`, and the other way round."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tidycnn.train.compilation import compiled_metrics

_ALIASES = {"acc": "accuracy", "val_acc": "val_accuracy", "accuracy": "acc", "val_accuracy": "val_acc"}


@contextlib.contextmanager
def monitors_matched(callbacks: Sequence[Any], model: Any) -> Iterator[None]:
    """Let callbacks that watch `val_acc` watch `val_accuracy` where that is measured, and the other way round."""
    metrics = compiled_metrics(model)
    measured = {metric if isinstance(metric, str) else getattr(metric, "name", "") for metric in metrics}
    changed: list[tuple[Any, str]] = []
    for callback in callbacks:
        monitor = getattr(callback, "monitor", None)
        alias = _ALIASES.get(monitor, "") if isinstance(monitor, str) else ""
        if alias.removeprefix("val_") in measured and str(monitor).removeprefix("val_") not in measured:
            changed.append((callback, str(monitor)))
            callback.monitor = alias
    try:
        yield
    finally:
        for callback, monitor in changed:
            callback.monitor = monitor


def with_aliases(logs: Mapping[str, Any]) -> dict[str, Any]:
    """Give metrics by both of their names."""
    return {**{_ALIASES[name]: value for name, value in logs.items() if name in _ALIASES}, **logs}

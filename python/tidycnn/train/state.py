"""The state of callbacks, put down after an epoch and taken up where a training goes on.

A callback has two methods for that, as ours do: `get_state()` gives plain data, lists and arrays, and `set_state()`
takes them. Keras's own have neither: for them stands here which of their attributes decide.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias, runtime_checkable

from tidycnn.core.engine import keras

State: TypeAlias = dict[str, Any]

_ATTRIBUTES: dict[type, tuple[str, ...]] = {
    keras.callbacks.EarlyStopping: ("wait", "stopped_epoch", "best", "best_epoch", "best_weights"),
    keras.callbacks.ReduceLROnPlateau: ("wait", "best", "cooldown_counter"),
    keras.callbacks.ModelCheckpoint: ("best", "_batches_seen_since_last_saving", "_last_batch_seen"),
}


@runtime_checkable
class Stateful(Protocol):
    """A callback that can be put down and taken up."""

    def get_state(self) -> State: ...
    def set_state(self, state: Mapping[str, Any]) -> None: ...


def get_state(callback: Any) -> State:
    """Give what a callback has found out so far; nothing where it needs to know nothing."""
    if isinstance(callback, Stateful):
        return callback.get_state()
    if isinstance(callback, keras.callbacks.CSVLogger):
        return {"keys": callback.keys, "bytes": _size_of(callback)}
    return get_attributes(callback)


def set_state(callback: Any, state: Mapping[str, Any]) -> None:
    """Let a callback know what `get_state()` gave."""
    if isinstance(callback, Stateful):
        callback.set_state(state)
    elif isinstance(callback, keras.callbacks.CSVLogger):
        callback.keys = state["keys"]
        callback.append_header = state["bytes"] == 0
        # Epochs behind the checkpoint are written again.
        callback.csv_file.truncate(min(state["bytes"], _size_of(callback)))
    else:
        set_attributes(callback, state)


def keep_files(callbacks: Sequence[Any]) -> None:
    """Let callbacks go on with files that they would begin anew; to be called before the training begins."""
    for callback in callbacks:
        if isinstance(callback, keras.callbacks.CSVLogger):
            callback.append = True


def get_attributes(callback: Any) -> State:
    """Give the attributes by which a callback of Keras decides, or one that is made of it."""
    return {name: copy.copy(getattr(callback, name)) for name in _attributes_of(callback)}


def set_attributes(callback: Any, state: Mapping[str, Any]) -> None:
    """Put back what `get_attributes()` gave."""
    for name in _attributes_of(callback):
        setattr(callback, name, copy.copy(state[name]))


class TakeUp(keras.callbacks.Callback):  # type: ignore[misc]
    """Gives callbacks their states back once the training has begun, because then Keras's forget theirs.

    It must stand behind all of them.
    """

    def __init__(self, callbacks: Sequence[Any], states: Sequence[Mapping[str, Any]]) -> None:
        super().__init__()
        self._pairs = list(zip(callbacks, states, strict=True))

    def on_train_begin(self, logs: Any = None) -> None:
        for callback, state in self._pairs:
            set_state(callback, state)


def _size_of(log: Any) -> int:
    path = Path(log.filename)
    return path.stat().st_size if path.is_file() else 0


def _attributes_of(callback: Any) -> tuple[str, ...]:
    return next((_ATTRIBUTES[parent] for parent in type(callback).__mro__ if parent in _ATTRIBUTES), ())

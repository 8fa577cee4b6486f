"""Callbacks as plain data: by their class and what it was given, so that another process can make them again.

Those of Keras keep what they were given in attributes, a few under another name; ours tell it by `get_config()`.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, constant, described
from tidycnn.core.preprocessing import name_of_function

_PLACES = {"separator": "sep", "initial_value_threshold": "best"}
_KERAS, _OURS = "keras.callbacks", "tidycnn."


def describe_callbacks(callbacks: Sequence[Any]) -> list[dict[str, Any]]:
    """Give callbacks as plain data, or say which of them cannot be made again elsewhere."""
    return [{"class": _home_of(callback), "settings": _settings_of(callback)} for callback in callbacks]


def make_callbacks(described_callbacks: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Make the callbacks that `describe_callbacks()` described."""
    return [_find_class(each["class"])(**each["settings"]) for each in described_callbacks]


def refuse_function(argument: str, function: Any) -> InputError:
    """Say that a function cannot be sent to another process."""
    kind = "R" if getattr(function, "needs_main_thread", False) else "Python"
    name = (name_of_function(function) or "").rpartition(":")[2]
    return _refused(f"`{argument}` has the {kind} function `{name}`, which cannot go to a process of its own.")


def _home_of(callback: Any) -> str:
    kind = type(callback)
    if getattr(keras.callbacks, kind.__name__, None) is kind:
        return f"{_KERAS}:{kind.__name__}"
    if kind.__module__.startswith(_OURS) and hasattr(callback, "get_config"):
        return f"{kind.__module__}:{kind.__qualname__}"
    raise _refused(
        f"`callbacks` has {described(callback)}, which cannot go to a process of its own: it is no callback of Keras."
    )


def _settings_of(callback: Any) -> dict[str, Any]:
    if hasattr(callback, "get_config"):
        settings: dict[str, Any] = callback.get_config()
    else:
        settings = {name: _given(callback, name) for name in _parameters(type(callback))}
    for value in (*vars(callback).values(), *settings.values()):
        if inspect.isroutine(value) or getattr(value, "needs_main_thread", False):
            raise refuse_function("callbacks", value)
    for name, value in settings.items():
        if not isinstance(value, str | int | float | None):
            raise _refused(
                f"`callbacks` has a {type(callback).__name__} whose `{name}` is {described(value)}, which cannot go to "
                "a process of its own."
            )
    return settings


def _parameters(kind: type) -> list[str]:
    known = list(inspect.signature(kind).parameters.values())
    return [each.name for each in known if each.kind is not inspect.Parameter.VAR_KEYWORD]


def _given(callback: Any, name: str) -> Any:
    if name == "profile_batch":
        return f"{callback._start_batch},{callback._stop_batch}" if callback._stop_batch else 0
    value = getattr(callback, _PLACES.get(name, name))
    if getattr(value, "__self__", None) is callback:  # A method that no function has taken the place of.
        return None
    return value.item() if hasattr(value, "item") else value


def _find_class(home: str) -> Any:
    module, _, name = home.partition(":")
    is_known = module == _KERAS or module.startswith(_OURS)
    found = getattr(importlib.import_module(module), name, None) if is_known else None
    if not (inspect.isclass(found) and issubclass(found, keras.callbacks.Callback)):
        raise InputError(f"The job has a callback of the class {home!r}, which is none of Keras's, nor of ours.")
    return found


def _refused(message: str) -> InputError:
    return InputError(
        message, hint=f"Leave it out, or fit in this session (`fit_control(background = {constant(False)})`)."
    )

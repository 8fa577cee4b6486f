"""R's one door: runs a function of ours and answers in messages.

Concerns kept apart: how values cross is in `wire`; this module finds the function, and turns errors, warnings,
progress and interrupts into what R can raise, show and draw. R is entered on the main thread only.
"""

from __future__ import annotations

import contextlib
import inspect
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import tidycnn
from tidycnn.core.errors import InputError, TidycnnError, TidycnnWarning, described, listed, readable, speaking
from tidycnn.core.loading import check_process, load, undisturbed
from tidycnn.core.progress import Lines, Listener, Silence, listening
from tidycnn.wire.decode import decode
from tidycnn.wire.encode import encode
from tidycnn.wire.functions import LeftError, enter_r
from tidycnn.wire.interrupts import heeding, take_interrupts, was_swallowed  # noqa: F401 - R calls the second
from tidycnn.wire.kinds import Message
from tidycnn.wire.objects import Kept, describe_object

Tell = Callable[[Message], Any]

_public: dict[str, Callable[..., Any]] = {}


class RListener:
    """Lets R show remarks, and progress as it wants to: `"bars"`, `"lines"` or `"none"`."""

    def __init__(self, tell: Tell, shows: str) -> None:
        self._tell, self._draws = tell, shows == "bars"
        self._owner = threading.get_ident()
        self._lines: Listener = Lines(self._write) if shows == "lines" else Silence()
        self.unsaid: list[str] = []

    def start(self, task: int, description: str, total: int, done: int) -> None:
        if self._draws:
            self._say(event="start", task=task, text=description, number=total, done=done)
        self._lines.start(task, description, total, done)

    def update(self, task: int, done: int, note: str) -> None:
        if was_swallowed():
            raise KeyboardInterrupt
        if self._draws:
            self._say(event="update", task=task, text=note, number=done)
        self._lines.update(task, done, note)

    def finish(self, task: int) -> None:
        if self._draws:
            self._say(event="finish", task=task, text="", number=0)
        self._lines.finish(task)

    def tell(self, task: int, message: str, left: str) -> None:
        if self._draws:
            self._write(message)
        self._lines.tell(task, message, left)

    def remark(self, message: str) -> None:
        if threading.get_ident() == self._owner:
            self._say(event="remark", task=0, text=message, number=0)
        else:
            self.unsaid.append(message)

    def _write(self, line: str) -> None:
        self._say(event="line", task=0, text=line, number=0)

    def _say(self, **event: Any) -> None:
        if threading.get_ident() != self._owner:
            return
        enter_r(self._tell, event)


def answer(name: str, module: str, arguments: Mapping[str, Message], tell: Tell, shows: str) -> tuple[Message, Kept]:
    """Run a function for R.

    Parameters
    ----------
    name
        The function.
    module
        The module of ours that has it, such as `"flow.preview"`; `""` for the public functions.
    arguments
        Messages by the names that R uses; that of `...` holds further ones, with or without names.
    tell
        Shows an event in R, and says whether R goes on.
    shows
        How R shows progress: `"bars"`, `"lines"` or `"none"`.

    Returns
    -------
    A message with `value` and `warnings`, and the objects that it refers to by position.
    """
    kept = Kept()
    listener = RListener(tell, shows)
    reply: Message = {"warnings": []}
    try:
        with heeding(), speaking("r"), _warnings_kept(reply["warnings"]), listening(listener):
            check_process()
            function = _find(name, module)
            values = {_python_name(key, function): decode(message) for key, message in (arguments or {}).items()}
            further = values.pop("...", [])
            several, named = ([], further) if isinstance(further, Mapping) else (further, {})
            reply["value"] = encode(function(*several, **values, **named), kept, name)
    except KeyboardInterrupt:
        reply["value"] = {"type": "interrupt"}
    except LeftError:
        reply["value"] = {"type": "left"}
    except TidycnnError as error:
        reply["value"] = {"type": "error", "kind": error.kind, "message": error.message, "hint": error.hint}
    except (Exception, SystemExit) as error:
        reply["value"] = _bug(error)
    reply["remarks"] = listener.unsaid
    return reply, kept


def get_attribute(object: Any, name: str) -> Any:  # noqa: A002
    """Give an attribute of an object, for `$` and `[[` in R."""
    if not isinstance(name, str):
        raise InputError(f"Objects of Python have named parts, not {described(name)}.", hint="Use `$` and a name.")
    if not hasattr(object, name):
        only = getattr(object, f"{name}s", None) if name in ("input", "output") else None
        if only:  # A sequential model of Keras 3 has lost the names for one of them.
            return only[0] if len(only) == 1 else only
        raise InputError(
            f"{describe_object(object)} has no `{name}`.", hint=f"It has {listed(list_attributes(object), most=40)}."
        )
    return getattr(object, name)


def set_attribute(object: Any, name: str, value: Any) -> None:  # noqa: A002
    """Set an attribute of an object, for `$<-` in R."""
    if type(object).__module__.startswith("tidycnn.") and not hasattr(object, name):
        raise InputError(
            f"{describe_object(object)} has no `{name}`.", hint=f"It has {listed(list_attributes(object), most=40)}."
        )
    try:
        setattr(object, name, _without_points(value, None))
    except TidycnnError:
        raise
    except AttributeError:
        raise InputError(f"`{name}` of {describe_object(object)} cannot be changed.") from None


def list_attributes(object: Any) -> list[str]:  # noqa: A002
    """Name the attributes of an object that a user may want."""
    return [name for name in dir(object) if not name.startswith("_")]


def call_object(function: Callable[..., Any], arguments: list[Any], named: Mapping[str, Any]) -> Any:
    """Call a method of an object, for `object$method()` in R.

    R writes whole numbers as `32`, so a whole double becomes an int unless the default there is a float.
    """
    defaults = _defaults(function)
    positional = [_without_points(value, None) for value in arguments]
    return function(
        *positional, **{key: _without_points(value, defaults.get(key)) for key, value in (named or {}).items()}
    )


def _find(name: str, module: str) -> Callable[..., Any]:
    if module:
        found: Callable[..., Any] = getattr(load(f"tidycnn.{module}"), name)
        return found
    if name not in _public:
        _public[name] = undisturbed(lambda: getattr(tidycnn, name))
    return _public[name]


def _python_name(name: str, function: Callable[..., Any]) -> str:
    return name + "_" if name + "_" in inspect.signature(function).parameters else name


@contextlib.contextmanager
def _warnings_kept(kept: list[str]) -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("always", TidycnnWarning)
        show = warnings.showwarning

        def keep(message: Warning | str, category: type[Warning], *rest: Any, **named: Any) -> None:
            if issubclass(category, TidycnnWarning):
                kept.append(str(message))
            else:
                show(message, category, *rest, **named)

        warnings.showwarning = keep
        yield


def _bug(error: BaseException) -> Message:
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    return {
        "type": "bug",
        "message": readable(f"{type(error).__name__}: {error}"),
        "place": "" if last is None else f"{last.filename}:{last.lineno}, in {last.name}()",
        "traceback": "".join(traceback.format_exception(error)),
    }


def _defaults(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return {name: parameter.default for name, parameter in inspect.signature(function).parameters.items()}
    except (TypeError, ValueError):
        return {}


def _without_points(value: Any, default: Any) -> Any:
    if isinstance(value, list):
        return tuple(_without_points(item, default) for item in value)
    if isinstance(value, float) and value.is_integer() and not isinstance(default, float):
        return int(value)
    return value

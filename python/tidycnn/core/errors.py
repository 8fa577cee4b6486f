"""What is said when something is wrong: one form for errors and warnings, in the words of either language.

All that is said to people goes through `readable()` here or in `progress`: names of files and labels may hold what
steers a terminal.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import os
import re
import sys
import types
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any, ClassVar

_language: ContextVar[str] = ContextVar("language", default="python")
_PACKAGE = str(Path(__file__).parents[1]) + os.sep
_NAME_OF_R = re.compile(r"(?:[^\W\d_]|\.(?!\d))[\w.]*")
_CONSTANTS = {
    "python": {None: "None", True: "True", False: "False"},
    "r": {None: "NULL", True: "TRUE", False: "FALSE"},
}

# Controls of terminals, ends of lines, turns of the direction of writing, and bytes that are no text.
_UNSHOWABLE = re.compile("[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@functools.lru_cache(maxsize=1024)
def printable(name: str) -> str:
    """Spell out in a name what cannot be shown, or would steer a terminal: an escape becomes `\\x1b`."""
    return _UNSHOWABLE.sub(_spell_out, name)


def readable(message: str) -> str:
    """Do as `printable()`, but keep the lines of a message."""
    return "\n".join("\t".join(printable(part) for part in line.split("\t")) for line in message.split("\n"))


def _spell_out(found: re.Match[str]) -> str:
    code = ord(found.group())
    if 0xDC80 <= code <= 0xDCFF:  # A byte of a file name that is no text.
        code -= 0xDC00
    plain = {"\n": r"\n", "\t": r"\t", "\r": r"\r"}.get(found.group())
    return plain or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


class TidycnnError(Exception):
    """An error that the user can mend.

    Parameters
    ----------
    message
        What was expected and what was received.
    hint
        What to do about it.
    """

    kind: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        self.message = readable(message)
        self.hint = None if hint is None else readable(hint)
        super().__init__(self.message if self.hint is None else f"{self.message}\n{self.hint}")


class InputError(TidycnnError, ValueError):
    """An argument is not what the function takes."""

    kind = "input"


class InputTypeError(InputError, TypeError):
    """An argument is of a kind that the function does not take."""


class InputIndexError(InputError, IndexError):
    """There is nothing at a position."""


class FixedError(InputError, AttributeError, TypeError):
    """What can only be read was to be changed."""


class ImageFileError(TidycnnError, OSError):
    """A file cannot be read as an image."""

    kind = "image"


class DependencyError(TidycnnError, ImportError):
    """A library that is needed is missing or does not load."""

    kind = "dependency"


class StoreError(TidycnnError, OSError):
    """A folder or file of ours cannot be written, or is damaged."""

    kind = "store"


class UnsafeError(TidycnnError):
    """A file would run code when opened."""

    kind = "unsafe"


class LossError(TidycnnError):
    """The loss of a training became not-a-number or infinite."""

    kind = "loss"

    def __init__(self, epoch: int, step: int, learning_rate: float) -> None:
        super().__init__(
            f"The loss is no number any more since epoch {epoch}, step {step}.",
            hint=f"Give a smaller `learning_rate` (it is {learning_rate:.3g}), and see that the images are scaled "
            "(such as rescale = 1/255) and that the loss fits the last layer.",
        )


class TidycnnWarning(UserWarning):
    """Something that the user should know before believing a result."""


class TidycnnDeprecationWarning(TidycnnWarning, DeprecationWarning):
    """Something is taken as in earlier days, and has no effect or another name now."""


class Phrase(str):
    """Words that stand among values in a message, and are spelled without quotes."""


class Missing:
    """R's NA where one value was expected."""

    def __repr__(self) -> str:
        return "NA"


def warn(message: str, category: type[TidycnnWarning] = TidycnnWarning) -> None:
    """Say what the user should know before believing the result, and point at the user's own line."""
    frame = _frame_of_user()
    warnings.warn_explicit(
        readable(message),
        category,
        frame.f_code.co_filename,
        frame.f_lineno,
        frame.f_globals.get("__name__"),
        frame.f_globals.setdefault("__warningregistry__", {}),
    )


def _frame_of_user() -> types.FrameType:
    """Give the frame that called the package: there may be others between ours, such as Keras's."""
    frame: types.FrameType | None = sys._getframe(1)
    caller = sys._getframe(1)
    is_ours = True
    while frame is not None:
        # Python writes the code that makes a data class.
        is_written = frame.f_globals.get("__name__", "").startswith("tidycnn.")
        was_ours, is_ours = is_ours, is_written or frame.f_code.co_filename.startswith(_PACKAGE)
        if was_ours and not is_ours:
            caller = frame
        frame = frame.f_back
    return caller


@contextlib.contextmanager
def speaking(language: str) -> Iterator[None]:
    """Let messages use the constants of `language`, `"python"` or `"r"`."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def spoken_language() -> str:
    """Tell whose words messages use: `"python"` or `"r"`, which also counts positions from 1."""
    return _language.get()


def constant(value: bool | None) -> str:
    """Spell None, True or False in the user's language."""
    return _CONSTANTS[_language.get()][value]


def in_language(python: str, r: str) -> str:
    """Give the words for the user's language, where the two languages call one thing by two names."""
    return r if _language.get() == "r" else python


def spell_shape(shape: Iterable[int | None]) -> str:
    """Spell a shape: `(None, 8, 8, 3)`, in R `c(NA, 8, 8, 3)`."""
    sides = tuple(shape)
    return in_language(str(sides), f"c({', '.join('NA' if side is None else str(side) for side in sides)})")


def spell_column(frame: str, name: object) -> str:
    """Spell a column of a frame, or a named part of any other argument, in the user's language."""
    if _language.get() == "python":
        return f'{frame}["{name}"]'
    return f"{frame}${name}" if _NAME_OF_R.fullmatch(str(name)) else f'{frame}[["{name}"]]'


def listed(values: Iterable[object], *, last: str = "and", most: int = 10) -> str:
    """Spell values as `'a', 'b' and 'c'`, cutting long lists."""
    words = [_spelled(value) for value in values]
    if len(words) > most:
        words = [*words[:most], f"{len(words) - most} more"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else "nothing"


def _spelled(value: object) -> str:
    if value is None or isinstance(value, bool):
        return constant(value)
    return repr(value) if isinstance(value, str) and not isinstance(value, Phrase) else str(value)


def counted(n: int, noun: str, plural: str | None = None) -> str:
    """Spell a number with its noun: `1 image`, `12,515 images`."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def described(value: Any) -> str:
    """Say in a few words what was received."""
    if getattr(value, "shape", None) == () and hasattr(value, "item"):  # A scalar of NumPy.
        value = value.item()
    if value is None or isinstance(value, bool):
        return constant(value)
    if isinstance(value, str):
        return repr(value if len(value) <= 80 else value[:77] + "...")
    if isinstance(value, float) and spoken_language() == "r":  # Where 2 is such a number too.
        return f"{value:.15g}".replace("nan", "NaN").replace("inf", "Inf")
    if isinstance(value, int | float | Missing):
        return str(value)
    if hasattr(value, "columns") and hasattr(value, "index"):
        return f"a data frame with {counted(len(value), 'row')} and the columns {listed(value.columns)}"
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return _array_of_r(value) if spoken_language() == "r" else f"an array of shape {tuple(value.shape)}"
    if isinstance(value, list | tuple | dict | set | frozenset):
        text = _vector_of_r(value) if spoken_language() == "r" else repr(value)
        kind = in_language(type(value).__name__, _kind_in_r(value))
        return text if len(text) <= 80 else f"a {kind} of {counted(len(value), 'value')}"
    if callable(value) and hasattr(value, "__name__"):
        return f"the function {value.__name__}()"
    if isinstance(value, datetime.date | datetime.timedelta | complex):
        return str(value)
    name = type(value).__qualname__
    return f"an object of class {in_language(f'{type(value).__module__}.{name}', name)}"


def first_line(error: BaseException) -> str:
    """Give the first line of what an error says, or its name where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _array_of_r(array: Any) -> str:
    if hasattr(array, "cat"):
        return f"a factor of {counted(len(array), 'value')}"
    if len(array.shape) == 1:
        return f"a vector of {counted(len(array), 'value')}"
    return f"an array of dimensions {' x '.join(map(str, array.shape))}"


def _kind_in_r(values: Collection[Any]) -> str:
    items = values.values() if isinstance(values, Mapping) else values
    kinds = {float if type(item) is int else type(item) for item in items if not isinstance(item, Missing)}
    return "vector" if len(kinds) <= 1 and kinds <= {str, bool, float} else "list"


def _vector_of_r(values: Collection[Any]) -> str:
    names = [f"{_name_of_r(name)} = " for name in values] if isinstance(values, Mapping) else [""] * len(values)
    items = values.values() if isinstance(values, Mapping) else values
    make = "c" if _kind_in_r(values) == "vector" else "list"
    return f"{make}({', '.join(name + described(item) for name, item in zip(names, items, strict=True))})"


def _name_of_r(name: object) -> str:
    return str(name) if _NAME_OF_R.fullmatch(str(name)) else f'"{name}"'

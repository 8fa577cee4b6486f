"""Checks of arguments: kinds by annotation (`checked`, `coerce`), values by name (`check_*`).

The bridge gives what R sent to the same functions, so both languages get the same conversions and messages.
"""

from __future__ import annotations

import functools
import inspect
import os
import types
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from tidycnn.core.errors import (
    InputError,
    InputTypeError,
    constant,
    described,
    in_language,
    listed,
    spoken_language,
)
from tidycnn.core.loading import check_process

P = ParamSpec("P")
T = TypeVar("T")

# One of a kind and several, in Python and in R.
_NAMES = {
    bool: (("a truth value", "truth values"), ("TRUE or FALSE", "a logical vector")),
    int: (("a whole number", "whole numbers"), ("a whole number", "whole numbers")),
    float: (("a number", "numbers"), ("a number", "a numeric vector")),
    str: (("text", "a list of texts"), ("a string", "a character vector")),
}


class _MismatchError(Exception):
    """A value does not fit an annotation."""


def checked(function: Callable[P, T]) -> Callable[P, T]:
    """Coerce every argument of a public function to its annotation, or say which one does not fit."""
    signature = inspect.signature(function)
    hints: dict[str, Any] = {}

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        if not hints:
            hints.update(get_type_hints(function))
        if "keras" in getattr(function, "__globals__", ()):
            check_process()
        bound = signature.bind(*args, **kwargs)
        for name, value in bound.arguments.items():
            if signature.parameters[name].kind not in (
                inspect.Parameter.VAR_POSITIONAL,
                inspect.Parameter.VAR_KEYWORD,
            ):
                bound.arguments[name] = coerce(value, hints[name], name)
        return function(*bound.args, **bound.kwargs)

    return wrapper


def coerce(value: Any, annotation: Any, argument: str) -> Any:
    """Convert `value` to `annotation`, or raise an InputError that names `argument`."""
    try:
        return _convert(value, annotation)
    except _MismatchError:
        argument = argument.rstrip("_")
        if hasattr(value, "ngroups") and hasattr(value, "obj"):
            by = listed(value.keys) if isinstance(value.keys, list) else described(value.keys)
            raise InputError(
                f"`{argument}` must not be grouped, but it is grouped by {by}.",
                hint="`dplyr::ungroup()` takes them off in R; in Python give the frame that was grouped.",
            ) from None
        raise InputTypeError(f"`{argument}` must be {_expected(annotation)}, not {described(value)}.") from None


def check_choice(value: str, argument: str, choices: Iterable[str]) -> None:
    """Refuse a value that is not among `choices`."""
    known = list(choices)
    if value not in known:
        raise InputError(f"`{argument}` must be one of {listed(known, last='or', most=30)}, not {described(value)}.")


def check_count(value: int, argument: str, *, at_least: int = 1) -> None:
    """Refuse a whole number below `at_least`."""
    if value < at_least:
        raise InputError(f"`{argument}` must be a whole number of at least {at_least}, not {value}.")


def check_between(value: float, argument: str, lower: float, upper: float) -> None:
    """Refuse a number outside [lower, upper]; not-a-number lies outside."""
    if not lower <= value <= upper:
        raise InputError(f"`{argument}` must be between {lower:g} and {upper:g}, not {described(value)}.")


def check_positive(value: float, argument: str) -> None:
    """Refuse a number that is not above zero and finite."""
    if not 0 < value < float("inf"):
        raise InputError(f"`{argument}` must be a number above 0, not {described(value)}.")


def check_no_missing(values: NDArray[Any], argument: str) -> None:
    """Refuse numbers to be learned of which some are missing: one is enough to spoil all weights."""
    missing = int(np.isnan(values).sum()) if values.dtype.kind == "f" else 0
    if missing:
        raise InputError(
            f"`{argument}` must have no missing values, but has {missing:,}.", hint="Leave those rows out."
        )


def check_known(values: Iterable[str], argument: str, known: Collection[str], *, noun: str) -> None:
    """Refuse names that are not among `known`, naming them."""
    unknown = [value for value in values if value not in known]
    if unknown:
        raise InputError(f"`{argument}` names {listed(unknown)}, but the {noun} are {listed(known, most=30)}.")


def _unaliased(annotation: Any) -> Any:
    """Give what an alias made by a `type` statement stands for, as NumPy's `NDArray` is one since 2.5."""
    while (meant := getattr(get_origin(annotation) or annotation, "__value__", None)) is not None:
        annotation = meant[get_args(annotation)] if get_args(annotation) else meant
    return annotation


def _convert(value: Any, annotation: Any) -> Any:
    annotation = _unaliased(annotation)
    origin = get_origin(annotation)
    if annotation is Any or isinstance(annotation, TypeVar):
        return value
    if annotation is None or annotation is type(None):
        return _require(value is None, value)
    if origin in (Union, types.UnionType):
        return _convert_union(value, get_args(annotation))
    if origin is Literal:
        return _require(isinstance(value, str | int) and value in get_args(annotation), value)
    if annotation in _NAMES:
        return _convert_scalar(value, annotation)
    if annotation is os.PathLike or origin is os.PathLike:
        return _require(isinstance(value, os.PathLike), value)
    if origin is tuple:
        return _convert_tuple(value, get_args(annotation))
    if origin in (list, Sequence):
        return [_convert(item, get_args(annotation)[0]) for item in _items(value)]
    if origin in (dict, Mapping):
        _require(isinstance(value, Mapping), value)
        return {_convert(k, get_args(annotation)[0]): _convert(v, get_args(annotation)[1]) for k, v in value.items()}
    if origin is Callable or annotation is Callable:
        return _require(callable(value), value)
    return _require(isinstance(value, origin or annotation), value)


def _convert_union(value: Any, members: tuple[Any, ...]) -> Any:
    if value is None and type(None) in members:
        return None
    # A member that takes the value as it is goes before one that would convert it.
    if type(value) in members:
        return value
    for member in members:
        try:
            return _convert(value, member)
        except _MismatchError:
            continue
    raise _MismatchError


def _convert_scalar(value: Any, kind: type) -> Any:
    if type(value) is kind:
        return value
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        return _convert_scalar(value.item(), kind)
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return _require(isinstance(value, kind) and not isinstance(value, bool), value)


def _convert_tuple(value: Any, members: tuple[Any, ...]) -> tuple[Any, ...]:
    items = _items(value)
    if len(members) == 2 and members[1] is Ellipsis:
        return tuple(_convert(item, members[0]) for item in items)
    _require(len(items) == len(members), value)
    return tuple(_convert(item, member) for item, member in zip(items, members, strict=True))


def _items(value: Any) -> list[Any]:
    if isinstance(value, str | bytes | bool | int | float):
        return [value]
    if isinstance(value, Mapping):
        return list(value.values())
    _require(isinstance(value, Iterable) and not hasattr(value, "columns"), value)
    return list(value)


def _require(fits: bool, value: Any) -> Any:
    if not fits:
        raise _MismatchError
    return value


def _named(kind: type) -> tuple[str, str]:
    return _NAMES[kind][spoken_language() == "r"]


def _expected(annotation: Any) -> str:
    annotation = _unaliased(annotation)
    origin, members = get_origin(annotation), get_args(annotation)
    if annotation is None or annotation is type(None):
        return constant(None)
    if origin in (Union, types.UnionType):
        words = list(dict.fromkeys(_expected(member) for member in members))
        # One value is a vector in R.
        single = (
            {one for one, several in map(_named, _NAMES) if several in words} if spoken_language() == "r" else set()
        )
        return " or ".join(word for word in words if word not in single)
    if origin is Literal:
        return listed(members) if len(members) == 1 else f"one of {listed(members, last='or')}"
    if annotation in _NAMES:
        return _named(annotation)[0]
    if annotation is os.PathLike or origin is os.PathLike:
        return "a path"
    if origin is tuple and not (len(members) == 2 and members[1] is Ellipsis):
        return f"{len(members)} values ({', '.join(_expected(member) for member in members)})"
    if origin in (list, Sequence, tuple):
        if members[0] in _NAMES:
            return _named(members[0])[1]
        return f"a {in_language('list', 'vector')} of which each is {_expected(members[0])}"
    if origin in (dict, Mapping):
        return f"named values (each {_expected(members[1])})"
    if origin is Callable or annotation is Callable:
        return "a function"
    document = inspect.getdoc(origin or annotation) or ""
    known = {"DataFrame": "a data frame", "DataFrameGroupBy": "a grouped data frame", "ndarray": "an array"}
    name = getattr(origin or annotation, "__name__", str(annotation))
    first = document.split("\n", 1)[0].rstrip(".")
    return known.get(name, first[:1].lower() + first[1:] if first else name)

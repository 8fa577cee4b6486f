"""From texts of the command line to values, by the annotation of the argument that they are for.

Numbers of one list are divided by commas, and may be given one by one, numbers with names too; texts, which may hold
commas, only one by one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

NONE = "none"
OFF = "no"
# A name may hold commas and equals signs: what ends it is an equals sign before a number.
_NAMED_NUMBER = re.compile(r"(.+?)=([-+]?[\d.]+(?:e[-+]?\d+)?)(?:,|$)", re.IGNORECASE)


def choices_of(kinds: Iterable[str]) -> list[str]:
    """Give the texts that a list of kinds names; `no` is False."""
    values = [value for kind in kinds if kind.startswith("Literal[") for value in _literals(kind)]
    return [OFF if value is False else value for value in values]


def readable(kinds: Iterable[str]) -> list[str]:
    """Keep the kinds that text can express, those first that leave least open."""
    known = [kind for kind in _READERS if kind in kinds]
    return [*[kind for kind in kinds if kind.startswith("Literal[")], *known]


def read_value(texts: Sequence[str], kinds: Iterable[str]) -> Any:
    """Read texts as the first kind that they fit; raise a ValueError where there is none."""
    for kind in readable(kinds):
        try:
            return _read_literal(texts, kind) if kind.startswith("Literal[") else _READERS[kind](texts)
        except ValueError:
            continue
    raise ValueError(f"must be {spell_kinds(kinds)}, not {' '.join(texts)!r}.")


def spell_kinds(kinds: Iterable[str]) -> str:
    """Say how a value of these kinds is written."""
    kinds = list(kinds)
    words = [*choices_of(kinds), *[_WORDS[kind] for kind in readable(kinds) if kind in _WORDS]]
    return "|".join(dict.fromkeys(words))


def spell_value(value: Any) -> str:
    """Write a default as it would be given."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if isinstance(value, dict):
        return " ".join(f"{name}={each}" for name, each in value.items())
    return next((word for constant, word in ((None, NONE), (False, OFF)) if value is constant), str(value))


def _literals(kind: str) -> tuple[Any, ...]:
    found = ast.literal_eval(kind[len("Literal[") : -1])
    return found if isinstance(found, tuple) else (found,)


def _read_literal(texts: Sequence[str], kind: str) -> Any:
    text = _only(texts)
    if text == OFF and False in _literals(kind):
        return False
    if text not in _literals(kind):
        raise ValueError
    return text


def _only(texts: Sequence[str]) -> str:
    if len(texts) != 1:
        raise ValueError
    return texts[0]


def _read_none(texts: Sequence[str]) -> None:
    if _only(texts) != NONE:
        raise ValueError


def _numbers(kind: type, count: int | None = None) -> Callable[[Sequence[str]], Any]:
    def read(texts: Sequence[str]) -> tuple[Any, ...]:
        values = tuple(kind(part) for text in texts for part in text.split(","))
        if count is not None and len(values) != count:
            raise ValueError
        return values

    return read


def _named(kind: type) -> Callable[[Sequence[str]], Any]:
    def read(texts: Sequence[str]) -> dict[str, Any]:
        pairs = [pair for text in texts for pair in (_named_numbers(text) if kind is float else [_named_text(text)])]
        if len({name for name, _ in pairs}) < len(pairs):
            raise ValueError
        return {name: kind(value) for name, value in pairs}

    return read


def _named_text(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    if not (name and value):
        raise ValueError
    return name, value


def _named_numbers(text: str) -> list[tuple[str, str]]:
    found = list(_NAMED_NUMBER.finditer(text))
    if "".join(each[0] for each in found) != text:
        raise ValueError
    return [(each[1], each[2]) for each in found]


_READERS: dict[str, Callable[[Sequence[str]], Any]] = {
    "None": _read_none,
    "int": lambda texts: int(_only(texts)),
    "float": lambda texts: float(_only(texts)),
    "tuple[int, int]": _numbers(int, 2),
    "tuple[float, float]": _numbers(float, 2),
    "tuple[float, ...]": _numbers(float),
    "Sequence[int]": _numbers(int),
    "Sequence[float]": _numbers(float),
    "Mapping[str, float]": _named(float),
    "Mapping[Label, float]": _named(float),
    "Mapping[str, str]": _named(str),
    "str": _only,
    "Sequence[str]": list,
    "Sequence[Label]": list,
}
_WORDS = {
    "None": NONE,
    "int": "INTEGER",
    "float": "NUMBER",
    "tuple[int, int]": "INTEGER,INTEGER",
    "tuple[float, float]": "NUMBER,NUMBER",
    "tuple[float, ...]": "NUMBER,...",
    "Sequence[int]": "INTEGER,...",
    "Sequence[float]": "NUMBER,...",
    "Mapping[str, float]": "NAME=NUMBER,...",
    "Mapping[Label, float]": "NAME=NUMBER,...",
    "Mapping[str, str]": "NAME=TEXT",
    "str": "TEXT",
    "Sequence[str]": "TEXT",
    "Sequence[Label]": "TEXT",
}

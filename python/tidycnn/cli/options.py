"""Options made of the arguments of public functions: the same names, kinds, defaults and help.

An option that was not given is not passed on, so that what a function does without it is said in one place.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import click
from click.core import ParameterSource

from tidycnn.cli.signatures import UNTOLD, Argument, read_arguments
from tidycnn.cli.values import OFF, choices_of, read_value, readable, spell_kinds, spell_value

Command: TypeAlias = Callable[..., Any]
Reader: TypeAlias = Callable[[str], Any]

_SCALARS: dict[str, Any] = {"int": int, "float": float, "str": str}
# Kinds of texts, which may hold commas and are given one by one.
_REPEATED = ("Sequence[str]", "Sequence[Label]", "Mapping[str", "Mapping[Label")
# What the command line gives by itself.
_OWN = ("progress",)


class SectionCommand(click.Command):
    """A command whose help lists options under the heading of what they are for."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for option in self.get_params(ctx):
            record = option.get_help_record(ctx) if isinstance(option, click.Option) else None
            if record is not None:
                sections.setdefault(getattr(option, "section", "Options"), []).append(record)
        for section in sorted(sections, key="Options".__ne__):
            with formatter.section(section):
                formatter.write_dl(sections[section])


class PublicOption(click.Option):
    """An option that stands for an argument of a public function."""

    def __init__(self, *names: Any, section: str = "Options", **settings: Any) -> None:
        super().__init__(*names, **settings)
        self.section = section


def public_options(
    argument: str,
    functions: Sequence[str],
    *,
    section: str,
    without: Iterable[str] = (),
    defaults: Mapping[str, Any] | None = None,
    readers: Mapping[str, tuple[str, Reader]] | None = None,
    names: Mapping[str, Sequence[str]] | None = None,
    notes: Mapping[str, str] | None = None,
) -> Callable[[Command], Command]:
    """Give a command what text can say of the arguments of public functions.

    Parameters
    ----------
    argument
        The argument of the command that gets the values which were given, by name.
    functions
        Public functions; what only some of them take says in its help which do.
    section
        The heading in the help.
    without
        Arguments that the command finds out by itself.
    defaults
        What the command takes where an option is not given, if it is not what the function takes.
    readers
        Arguments that are read in a way of their own, with how they are written.
    names
        Options that are not called as the argument is.
    notes
        What the help says in place of the default.
    """
    options = []
    for known, takers in _arguments(functions, [*without, *_OWN]):
        own = (defaults or {}).get(known.name, known.default)
        settings = _settings(known, own, (readers or {}).get(known.name))
        asides = [] if len(takers) == len(functions) else [f"for {', '.join(takers)}"]
        asides += _asides(known, own, settings, (notes or {}).get(known.name))
        help_text = " ".join([*known.help.split(), *([f"[{'; '.join(asides)}]"] if asides else [])])
        flags = (names or {}).get(known.name) or [_flag(known)]
        options.append(click.option(*flags, known.name, cls=PublicOption, section=section, help=help_text, **settings))
    return lambda command: with_options(_collecting(command, argument, functions, [*without, *_OWN]), *options)


def is_given(name: str) -> bool:
    """Tell whether an option of the command that runs was given."""
    return click.get_current_context().get_parameter_source(name) is ParameterSource.COMMANDLINE


def with_options(command: Command, *options: Command) -> Command:
    """Add options so that the help lists them in the order given."""
    for option in reversed(options):
        command = option(command)
    return command


def _arguments(functions: Sequence[str], without: Sequence[str]) -> list[tuple[Argument, list[str]]]:
    """Give what text can express of the arguments of functions, each once, with the functions that take it."""
    found: dict[str, tuple[Argument, list[str]]] = {}
    for function in functions:
        for name, argument in read_arguments(function).items():
            if name not in without and ("bool" in argument.kinds or set(readable(argument.kinds)) - {"None"}):
                found.setdefault(name, (argument, []))[1].append(function)
    return list(found.values())


def _collecting(command: Command, argument: str, functions: Sequence[str], without: Sequence[str]) -> Command:
    names = [known.name for known, _ in _arguments(functions, without)]

    @functools.wraps(command)
    def wrapper(**options: Any) -> Any:
        values = {name: options.pop(name) for name in names}
        return command(**options, **{argument: {name: values[name] for name in names if is_given(name)}})

    return wrapper


def _flag(argument: Argument) -> str:
    flag = argument.name.replace("_", "-")
    return f"--{flag}/--no-{flag}" if argument.default is True else f"--{flag}"


def _settings(argument: Argument, default: Any, reader: tuple[str, Reader] | None) -> dict[str, Any]:
    """Choose how click reads an argument: by itself where one word of one kind is wanted."""
    kinds = [kind for kind in argument.kinds if kind != "None" or default not in (None, UNTOLD)]
    if reader is not None:
        metavar, read = reader
        return {"metavar": metavar, "callback": lambda context, option, text: None if text is None else read(text)}
    if kinds == ["bool"]:
        return {"is_flag": True, "default": default}
    known = readable(kinds)
    if len(known) == 1 and known[0] in _SCALARS:
        return {"type": _SCALARS[known[0]], "metavar": spell_kinds(known)}
    if len(known) == 1 and known[0].startswith("Literal["):
        return {"type": click.Choice(choices_of(known)), "callback": _reading(known)}
    return {"multiple": True, "metavar": spell_kinds(kinds), "callback": _reading(kinds)}


def _reading(kinds: Sequence[str]) -> Callable[..., Any]:
    def read(context: click.Context, option: click.Option, texts: str | Sequence[str] | None) -> Any:
        if not texts:
            return None
        try:
            return read_value([texts] if isinstance(texts, str) else texts, kinds)
        except ValueError as error:
            raise click.UsageError(f"{option.opts[0]} {error}", context) from None

    return read


def _asides(argument: Argument, default: Any, settings: Mapping[str, Any], note: str | None) -> list[str]:
    """Say how it is given, and what holds where it is not."""
    asides = []
    if settings.get("multiple") and any(kind.startswith(_REPEATED) for kind in argument.kinds):
        asides.append("again for each")
    if OFF in choices_of(argument.kinds):
        asides.append(f"{OFF}: False")
    if note is None and default not in (None, UNTOLD) and "is_flag" not in settings:
        note = f"default: {spell_value(default)}"
    return asides if note is None else [*asides, note]

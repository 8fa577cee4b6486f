"""Where the table of a command goes: `--output`, `--format`, `--quiet`."""

from __future__ import annotations

import functools
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tidycnn.cli.messages import say
from tidycnn.cli.options import Command, with_options
from tidycnn.core.errors import InputError, StoreError, TidycnnError, printable, readable

if TYPE_CHECKING:
    import pandas as pd

FORMATS = {"table": "to_string", "csv": "to_csv", "json": "to_json"}
_SUFFIXES = {"": "csv", ".csv": "csv", ".txt": "csv", ".json": "json"}


class Outcome(NamedTuple):
    """What a command has done: its table, what is said at last, and the exit status."""

    table: pd.DataFrame
    said: str | None = None
    status: int = 0


def table_output(command: Command) -> Command:
    """Write the table of a command, and say where all is: `--output`, `--format`, `--quiet`."""

    @functools.wraps(command)
    def wrapper(*, output: str | None, form: str | None, quiet: bool, **options: Any) -> int:
        from tidycnn.core.progress import Silence, listening

        form = choose_format(output, form)
        with listening(Silence()) if quiet else nullcontext():
            found = command(progress=not quiet, **options)
        outcome = found if isinstance(found, Outcome) else Outcome(found)
        with rescuing(f"{Path(output or 'table').stem}.csv", lambda path: write_table(outcome.table, path, "csv")):
            write_table(outcome.table, output, form)
        written = [f"The table is written to {output!r}."] if output else []
        for message in [*written, *([outcome.said] if outcome.said else [])]:
            if outcome.status or not quiet:
                say(message)
        return outcome.status

    return with_options(
        wrapper,
        click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write the result to this file."),
        click.option(
            "--format",
            "form",
            type=click.Choice(list(FORMATS)),
            help="How the result is written. By default as the suffix of --output says; without --output as a table "
            "on a terminal, and as CSV into a file or pipe.",
        ),
        click.option("-q", "--quiet", is_flag=True, help="Show neither progress nor remarks."),
    )


def choose_format(output: str | None, form: str | None) -> str:
    """Give the format of a table, and refuse a file that could not be written before there is anything to write."""
    from tidycnn.core.targets import check_file

    if output is None:
        return form or ("table" if sys.stdout.isatty() else "csv")
    check_file(output, "--output")
    suffix = Path(output).suffix.lower()
    if form is None and suffix not in _SUFFIXES:
        raise click.UsageError(f"--output must end in .csv or .json where --format is not given, not {suffix!r}.")
    return form or _SUFFIXES[suffix]


def write_table(frame: pd.DataFrame, output: str | None, form: str) -> None:
    """Write a frame to a file (whole or not at all) or to the standard output stream."""
    from tidycnn.core.store import atomic_file

    json_options = {"orient": "records", "indent": 2, "double_precision": 15}
    options: dict[str, Any] = json_options if form == "json" else {"index": False}
    try:
        text = getattr(_shown(frame) if form == "table" else frame, FORMATS[form])(**options).rstrip("\n") + "\n"
    except UnicodeEncodeError as error:
        raise InputError(
            f"The table has {error.object!a}, which JSON cannot hold: it is no Unicode text.", hint="Use --format csv."
        ) from None
    # A name of a file that is no Unicode text is written as the bytes that it is.
    content = text.encode("utf-8", "surrogateescape")
    if output is not None and Path(output).exists() and not Path(output).is_file():  # Such as /dev/null.
        Path(output).write_bytes(content)
        return
    if output is not None:
        with atomic_file(Path(output).resolve()) as temporary:
            temporary.write_bytes(content)
        return
    if sys.stdout.isatty():
        text = readable(text)
    try:
        click.echo(text, nl=False)
    except UnicodeEncodeError:
        click.echo(content, nl=False)


def _shown(frame: pd.DataFrame) -> pd.DataFrame:
    """Spell out in a table for people what would steer their terminal."""
    import pandas as pd

    def spelled(value: Any) -> Any:
        return printable(value) if isinstance(value, str) else value

    columns = dict(enumerate(frame.iloc[:, i] for i in range(frame.shape[1])))
    is_text = {i: column.dtype.kind not in "biufcmM" for i, column in columns.items()}
    shown = {i: column.astype(object).map(spelled) if is_text[i] else column for i, column in columns.items()}
    return pd.DataFrame(shown).set_axis([spelled(name) for name in frame.columns], axis=1)


@contextmanager
def rescuing(target: str, write: Callable[[str], Any]) -> Iterator[None]:
    """Write elsewhere what could not be written inside the block, so that the work is not lost."""
    try:
        yield
    except TidycnnError as error:
        place = str(Path(tempfile.mkdtemp(prefix="tidycnn-")) / Path(target).name)
        try:
            write(place)
        except (TidycnnError, OSError):
            raise error from None
        raise StoreError(f"{error.message} All is saved in {place!r} instead.", hint=error.hint) from error

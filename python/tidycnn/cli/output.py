"""Where the table of a command goes: `--output`, `--format`, `--quiet`."""

from __future__ import annotations

import functools
import io
import json
import math
import numbers
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tidycnn.cli.messages import encoded, say, write_out
from tidycnn.cli.options import Command, with_options
from tidycnn.core.errors import InputError, StoreError, TidycnnError, printable, readable

if TYPE_CHECKING:
    import pandas as pd

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
            type=click.Choice(FORMATS),
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
    text = _WRITERS[form](frame)
    if output is None:
        write_out(readable(text) if sys.stdout.isatty() else text)
        return
    from tidycnn.core.store import atomic_file, reason_of

    content = encoded(text)
    if Path(output).exists() and not Path(output).is_file():  # Such as /dev/null.
        try:
            Path(output).write_bytes(content)
        except OSError as error:
            raise StoreError(f"{output!r} could not be written: {reason_of(error)}.") from error
        return
    with atomic_file(Path(output).resolve()) as temporary:
        temporary.write_bytes(content)


class _Rows(io.StringIO):
    """Takes the rows of a CSV file, which end as those of Windows so that a bare carriage return is quoted."""

    def write(self, row: str) -> int:
        return super().write(row.removesuffix("\r\n") + "\n")


def _as_csv(frame: pd.DataFrame) -> str:
    rows, frame = _Rows(), frame.copy(deep=False)
    for i, dtype in enumerate(frame.dtypes):
        if dtype.name in ("float16", "float32"):  # Which NumPy 2 spells in another notation than Python.
            frame.isetitem(i, [float(str(value)) for value in frame.iloc[:, i].array])
    frame.to_csv(rows, index=False, lineterminator="\r\n")
    return rows.getvalue()


def _as_json(frame: pd.DataFrame) -> str:
    columns = {
        _plain(str(name)): [_plain(value) for value in frame.iloc[:, i].array] for i, name in enumerate(frame.columns)
    }
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    """Give a value as JSON has it, a number with the digits that it has in a CSV file; None is what is missing."""
    import pandas as pd

    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise InputError(
                f"The table has {value!a}, which JSON cannot hold: it is no Unicode text.", hint="Use --format csv."
            ) from None
        return value
    if pd.isna(value):
        return None
    value = float(str(value)) if isinstance(value, numbers.Real) and not isinstance(value, numbers.Integral) else value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    plain = value.item() if hasattr(value, "item") else value
    return plain if isinstance(plain, bool | int) else str(plain)


def _as_table(frame: pd.DataFrame) -> str:
    return _shown(frame).to_string(index=False).rstrip("\n") + "\n"


def _shown(frame: pd.DataFrame) -> pd.DataFrame:
    """Spell out in a table for people what would steer their terminal."""
    import pandas as pd

    def spelled(value: Any) -> Any:
        return printable(value) if isinstance(value, str) else value

    columns = dict(enumerate(frame.iloc[:, i] for i in range(frame.shape[1])))
    is_text = {i: column.dtype.kind not in "biufcmM" for i, column in columns.items()}
    shown = {i: column.astype(object).map(spelled) if is_text[i] else column for i, column in columns.items()}
    return pd.DataFrame(shown).set_axis([spelled(name) for name in frame.columns], axis=1)


_WRITERS: dict[str, Callable[[Any], str]] = {"table": _as_table, "csv": _as_csv, "json": _as_json}
FORMATS = tuple(_WRITERS)


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

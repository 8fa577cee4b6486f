"""What the command line says, and the exit status of a signal."""

from __future__ import annotations

import contextlib
import errno

import click

from tidycnn.core.errors import StoreError, readable
from tidycnn.core.signals import Signals

NO_ROOM = "The output could not be written: the disk is full."


def signal_status(signals: Signals) -> int:
    """Give the exit status of a process that a signal ended, 0 where none did."""
    return 0 if signals.number is None else 128 + signals.number


def encoded(text: str) -> bytes:
    """Give text as bytes; a name of a file that is no Unicode text is the bytes that it is."""
    return text.encode("utf-8", "surrogateescape")


def write_out(text: str) -> None:
    """Write to the standard output stream, and say where its disk is full."""
    try:
        try:
            click.echo(text, nl=False)
        except UnicodeEncodeError:
            click.echo(encoded(text), nl=False)
    except OSError as error:
        if error.errno != errno.ENOSPC:  # Nobody reads it any more, or the terminal is gone.
            raise
        raise StoreError(NO_ROOM) from error


def say(message: str) -> None:
    """Write a message to the standard error stream, if there is anybody to read it."""
    with contextlib.suppress(OSError):
        click.echo(readable(message), err=True)

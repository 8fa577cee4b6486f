"""What the command line says, and the exit status of a signal."""

from __future__ import annotations

import contextlib

import click

from tidycnn.core.errors import readable
from tidycnn.core.signals import Signals


def signal_status(signals: Signals) -> int:
    """Give the exit status of a process that a signal ended, 0 where none did."""
    return 0 if signals.number is None else 128 + signals.number


def say(message: str) -> None:
    """Write a message to the standard error stream, if there is anybody to read it."""
    with contextlib.suppress(OSError):
        click.echo(readable(message), err=True)

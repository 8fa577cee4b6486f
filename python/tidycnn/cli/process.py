"""From what happens to a message and an exit status.

0 done, 1 an error of the input (or nobody reads the output), 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from tidycnn.core.errors import TidycnnError, TidycnnWarning

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with its exit status."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit status: errors that the user can mend are one message, no traceback."""
    from tidycnn.cli.commands import commands

    with _plain_warnings():
        try:
            status = commands.main(arguments, prog_name="tidycnn", standalone_mode=False)
        except click.ClickException as error:
            error.show()
            return error.exit_code
        except TidycnnError as error:
            click.echo(f"Error: {error}", err=True)
            return 1
        except (KeyboardInterrupt, click.Abort):
            click.echo("Interrupted.", err=True)
            return INTERRUPTED
    return status if isinstance(status, int) else 0


@contextmanager
def noting_interruption() -> Iterator[threading.Event]:
    """Note that Ctrl-C was pressed, also where the interruption itself was handled further down."""
    pressed = threading.Event()

    def note(number: int, frame: Any) -> None:
        pressed.set()
        signal.default_int_handler(number, frame)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _plain_warnings() -> Iterator[None]:
    """Show our warnings as one message, without the line of code that raised them."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", TidycnnWarning)
        show = warnings.showwarning

        def plain(message: Warning | str, category: type[Warning], *where: Any, **options: Any) -> None:
            if issubclass(category, TidycnnWarning):
                click.echo(f"Warning: {message}", err=True)
            else:
                show(message, category, *where, **options)

        warnings.showwarning = plain
        yield

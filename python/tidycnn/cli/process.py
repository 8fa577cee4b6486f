"""From what happens to a message and an exit status.

0 done, 1 an error of the input (or nobody reads the output), 2 wrong usage, 128 and its number where a signal ended it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import click

from tidycnn.cli.messages import NO_ROOM, say, signal_status
from tidycnn.core.errors import TidycnnError, TidycnnWarning, readable
from tidycnn.core.signals import heeding_signals, spell_end


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with its exit status."""
    status = run(arguments)
    try:
        sys.stdout.flush()
    except OSError:  # Python would fail with it at its end.
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115
    sys.exit(status)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit status: errors that the user can mend are one message, no traceback."""
    with _plain_warnings(), heeding_signals() as signals:
        try:
            from tidycnn.cli.commands import commands

            status = commands.main(arguments, prog_name="tidycnn", standalone_mode=False)
        except click.ClickException as error:
            message = readable(error.format_message())
            error.format_message = lambda: message  # type: ignore[method-assign]
            error.show()
            return error.exit_code
        except TidycnnError as error:
            say(f"Error: {error}")
            return 1
        except (KeyboardInterrupt, click.Abort):
            how = spell_end(signals.number)
            say(f"{how[0].upper()}{how[1:]}.")
            return signal_status(signals) or 128 + signal.SIGINT
        except OSError as error:
            if signals.number is not None:
                return signal_status(signals)  # The terminal is gone.
            if error.errno != errno.ENOSPC:
                raise
            say(f"Error: {NO_ROOM}")
            return 1
    return status if isinstance(status, int) else 0


@contextlib.contextmanager
def _plain_warnings() -> Iterator[None]:
    """Show our warnings as one message, without the line of code that raised them."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", TidycnnWarning)
        show = warnings.showwarning

        def plain(message: Warning | str, category: type[Warning], *where: Any, **options: Any) -> None:
            if issubclass(category, TidycnnWarning):
                say(f"Warning: {message}")
            else:
                show(message, category, *where, **options)

        warnings.showwarning = plain
        yield

"""The process that works at a job: runs the fit that it was sent, and says how it ended."""

from __future__ import annotations

import sys
import traceback
import warnings
from pathlib import Path
from typing import Any

from tidycnn.core.errors import TidycnnError, TidycnnWarning, readable, speaking
from tidycnn.core.memory import peak_memory
from tidycnn.core.signals import heeding_signals, spell_end
from tidycnn.fit._job import HISTORY, Job
from tidycnn.fit._sending import read_further, read_sent
from tidycnn.fit._tuning_job import run_sent_stages
from tidycnn.fit.run import fit_ready
from tidycnn.train.ending import spell_error


def work(folder: str, lock: str = "none", language: str = "python") -> int:
    """Work at the job in a folder, and give the exit status.

    Parameters
    ----------
    folder
        The folder of the fit.
    lock
        The number of the open file that has its lock, where it was handed on.
    language
        Whose words messages use.
    """
    job = Job(Path(folder).resolve())
    warnings.simplefilter("always", TidycnnWarning)
    warnings.showwarning = _write_warning
    with heeding_signals() as signals, speaking(language):
        try:
            ready, handed = read_sent(job), int(lock) if lock.isdecimal() else None
            further = read_further(job)
            if further is None:
                fit_ready(ready, ready.model, job.folder, lock=handed)
            else:
                run_sent_stages(job, ready, further, handed)
            return 0
        except KeyboardInterrupt:
            begun = "went on" if job.read(HISTORY).get("rows") else "had learned anything"
            ended = f"It was {spell_end(signals.number)} before it {begun}."
            job.end("stopped", ended, memory=peak_memory())
        except TidycnnError as error:
            job.end("error", error.message, hint=error.hint, memory=peak_memory())
            traceback.print_exc()
        except Exception as error:
            job.end("error", spell_error(error), memory=peak_memory())
            traceback.print_exc()
    return 1


def _write_warning(message: Warning | str, category: type[Warning], *where: Any, **options: Any) -> None:
    """Write our warnings as one message, without the line of code that raised them."""
    ours = issubclass(category, TidycnnWarning)
    text = f"Warning: {message}" if ours else warnings.formatwarning(message, category, *where[:2]).rstrip()
    sys.stderr.write(readable(text) + "\n")

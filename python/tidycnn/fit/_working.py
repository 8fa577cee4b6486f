"""The process that works at a job: runs the fit that it was sent, and says how it ended."""

from __future__ import annotations

import sys
import traceback
import warnings
from pathlib import Path
from typing import Any

from tidycnn.core.errors import TidycnnError, TidycnnWarning, readable, speaking
from tidycnn.core.memory import peak_memory
from tidycnn.core.signals import Signals, heeding_signals, spell_end
from tidycnn.core.workers import workers_limited
from tidycnn.fit._job import RESULT, Job
from tidycnn.fit._sending import read_sent
from tidycnn.fit._telling import TellJob
from tidycnn.fit.kept import keeping
from tidycnn.fit.run import run_fit
from tidycnn.train.callbacks import StopWithModel
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
            return _fit(job, int(lock) if lock.isdecimal() else None, signals)
        except KeyboardInterrupt:
            ended = f"It was {spell_end(signals.number)} before it had learned anything."
            job.end("stopped", ended, memory=peak_memory())
        except TidycnnError as error:
            job.end("error", error.message, hint=error.hint, memory=peak_memory())
            traceback.print_exc()
        except Exception as error:
            job.end("error", spell_error(error), memory=peak_memory())
            traceback.print_exc()
    return 1


def _fit(job: Job, lock: int | None, signals: Signals) -> int:
    sent = read_sent(job)
    plan, model, flows = sent.plan, sent.model, sent.flows
    with (
        workers_limited(sent.control.workers),
        keeping(job.folder, plan, model, flows, save_every=sent.control.save_every, lock=lock) as kept,
    ):
        telling = TellJob(job, plan, kept.rows)
        callbacks = [*sent.callbacks, StopWithModel(model)]
        classifier = kept.classifier or run_fit(plan, model, flows, callbacks=callbacks, kept=kept, observers=[telling])
        ended = classifier.stages[-1]["ended"]
        if ended is None and classifier.folder is None:
            classifier.save(job.place / RESULT, overwrite=True)
            job.end("error", "Its classifier could not be written where it should be.", memory=peak_memory())
        elif ended is None:
            job.end("finished", memory=peak_memory())
        else:
            classifier.save(job.place / RESULT, overwrite=True)
            asked = telling.is_stopped or signals.number is not None
            said = "It was stopped, as was asked." if telling.is_stopped else ended
            job.end("stopped" if asked else "error", said, memory=peak_memory())
    return 0


def _write_warning(message: Warning | str, category: type[Warning], *where: Any, **options: Any) -> None:
    """Write our warnings as one message, without the line of code that raised them."""
    ours = issubclass(category, TidycnnWarning)
    text = f"Warning: {message}" if ours else warnings.formatwarning(message, category, *where[:2]).rstrip()
    sys.stderr.write(readable(text) + "\n")

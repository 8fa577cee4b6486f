"""Fits in a process of their own: how far they are, and what is done with them.

A job is a folder; all that is known of it stands there, so that any session, or the command line, can ask for it.
`python -m tidycnn.fit.jobs FOLDER` is the process that works at it.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd

from tidycnn.core.checks import checked
from tidycnn.core.errors import InputError, first_line
from tidycnn.core.frames import HISTORY_COLUMNS, NA_REAL, columns_of
from tidycnn.core.histories import empty_history
from tidycnn.core.locks import take_lock
from tidycnn.core.progress import Task, remark, track
from tidycnn.core.types import PathLike, TrainedClassifier
from tidycnn.fit._job import END, HISTORY, RESULT, STATE, STOP, Job, job_at
from tidycnn.fit._starting import begin_again, known_folders, launch, tell_started

_PAUSE = 0.2
_TIMES, _WHOLES, _NUMBERS = ("eta", "started"), ("stage", "epoch", "epochs"), ("loss", "val_loss", "memory")


@checked
def job_status(job: Job | PathLike) -> pd.DataFrame:
    """Tell how far a job is, and how it ended.

    Parameters
    ----------
    job
        A job, as `fit_classifier()` gives with `fit_control(background = True)`, or its folder.

    Returns
    -------
    One row: `job` (its name), `status`, `stage`, `epoch` (the one it is in) of `epochs`, `loss` (of that epoch so far),
    `val_loss` (of the last epoch that was complete), `eta` (when it is likely to end, in UTC), `memory` (the most that
    it has held, in megabytes), `started` (in UTC), `path` (its folder) and `message`. The `status` is `running`,
    `finished`, `stopped` (as was asked), `killed` or `error`, and `message` says more of it.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from tidycnn import cnn, fit_classifier, fit_control, make_blood_cells
    >>> images = make_blood_cells(mkdtemp(), n=8, size=32, seed=1)
    >>> model = cnn((32, 32, 3), 4, filters=4, units=None, seed=1)
    >>> control = fit_control(background=True)
    >>> job = fit_classifier(model, images, epochs=1, folder=mkdtemp(), control=control, seed=1)
    >>> job_status(job_wait(job, progress=False))["status"].item()
    'finished'
    >>> job_result(job).levels
    ['EOSINOPHIL', 'LYMPHOCYTE', 'MONOCYTE', 'NEUTROPHIL']
    """
    return _frame_of([job_at(job).look()])


@checked
def job_history(job: Job | PathLike) -> pd.DataFrame:
    """Give the history of a job, as far as it is.

    Parameters
    ----------
    job
        A job, or its folder.

    Returns
    -------
    A history: one row for each epoch that was complete, its data and its metric. `autoplot()` draws it.
    """
    rows = job_at(job).read(HISTORY).get("rows", [])
    return pd.DataFrame(rows, columns=list(HISTORY_COLUMNS)) if rows else empty_history()


@checked
def job_wait(job: Job | PathLike, *, progress: bool = True) -> Job:
    """Wait until a job ends.

    Ctrl-C ends the waiting, and leaves the job running.

    Parameters
    ----------
    job
        A job, or its folder.
    progress
        Whether to show how far it is.

    Returns
    -------
    The job. `job_status()` tells how it ended, `job_result()` gives its classifier.
    """
    found = job_at(job)
    row = found.look()
    state = found.read(STATE)
    total = max(1, state.get("total", (row["epochs"] or 1) * state.get("steps", 1)))
    try:
        with track("Waiting", total, shown=progress) as task:
            done = 0
            while row["status"] == "running":
                time.sleep(_PAUSE)
                row = found.look()
                done = _advance(task, found, row, done)
    except KeyboardInterrupt:
        remark(f"The job {row['job']!r} goes on: only the waiting has ended. `job_stop()` would stop it.")
        raise
    if progress:
        remark(f"The job {row['job']!r}: {row['status']}. {row['message']}".rstrip())
    return found


@checked
def job_stop(job: Job | PathLike) -> Job:
    """Stop a job behind its next step.

    What it has learned is kept: `job_result()` gives the classifier as it stands then, and `job_resume()` goes on.

    Parameters
    ----------
    job
        A job, or its folder.

    Returns
    -------
    The job, once it has ended. Ctrl-C ends the waiting only.
    """
    found = job_at(job)
    if found.look()["status"] != "running":
        remark(f"The job {found.folder.name!r} does not run.")
        return found
    (found.place / STOP).touch(mode=0o600)
    return job_wait(found, progress=False)


@checked
def job_resume(job: Job | PathLike) -> Job:
    """Let a job go on that was stopped or killed, or had an error.

    It goes on from its last checkpoint, to the same end as if nothing had ended it.

    Parameters
    ----------
    job
        A job, or its folder.

    Returns
    -------
    The job.
    """
    found = job_at(job)
    status = found.look()["status"]
    if status == "finished":
        raise InputError(
            f"`job` {found.folder.name!r} has finished.",
            hint="`job_result()` gives its classifier; the call that began it goes on from there with more `epochs`.",
        )
    lock = take_lock(found.lock)
    if lock is None:
        raise InputError(f"`job` {found.folder.name!r} runs already.", hint="`job_wait()` waits until it ends.")
    try:
        begin_again(found)
        launch(found, lock)
    finally:
        os.close(lock)
    tell_started(found)
    return found


@checked
def job_result(job: Job | PathLike) -> TrainedClassifier:
    """Give the classifier of a job.

    Parameters
    ----------
    job
        A job that has finished, or that was ended early and has kept what it had learned; or its folder.

    Returns
    -------
    The classifier, read from the folder of the job.
    """
    from tidycnn.fit.folder import load_classifier

    found = job_at(job)
    row = found.look()
    is_finished = row["status"] == "finished"
    # One that has gone on since then may have left an older classifier.
    if row["status"] == "running" or not (is_finished or found.read(END).get("is_kept")):
        hints = {
            "running": "`job_wait()` waits until it ends, `job_stop()` ends it now and keeps what it has learned.",
            "killed": "`job_resume()` goes on from its last checkpoint.",
        }
        raise InputError(
            f"`job` {row['job']!r} has no classifier ({row['status']}). {row['message']}".rstrip(),
            hint=hints.get(row["status"], "`job_resume()` tries again, once the cause is gone."),
        )
    classifier: TrainedClassifier = load_classifier(found.folder if is_finished else found.place / RESULT)
    return classifier


@checked
def list_jobs(folder: PathLike | None = None) -> pd.DataFrame:
    """List jobs, and how far they are.

    Parameters
    ----------
    folder
        A folder of folders of jobs; where not given, all jobs that you have started on this machine.

    Returns
    -------
    One row for each job, as `job_status()` gives, by the time at which they were started. One that cannot be read has
    the status `error`.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> len(list_jobs(mkdtemp()))
    0
    """
    if folder is None:
        places = known_folders()
    else:
        path = Path(folder).expanduser().resolve()
        if not path.is_dir():
            raise InputError(f"`folder` must be a folder, but there is none at {str(folder)!r}.")
        places = [path, *sorted(path.iterdir())]
    rows = [_row_of(job) for job in map(Job, places) if job.is_there]
    return _frame_of(sorted(rows, key=lambda row: str(row["started"])))


def _row_of(job: Job) -> dict[str, Any]:
    """Say how a job is; of one that cannot be read, why."""
    try:
        return job.look()
    except OSError as error:
        known = {"job": job.folder.name, "status": "error", "path": job.folder.as_posix(), "message": first_line(error)}
        return dict.fromkeys(columns_of("jobs")) | known


def _advance(task: Task, job: Job, row: dict[str, Any], done: int) -> int:
    state = job.read(STATE)
    now: int = state.get("before", 0) + max(0, (row["epoch"] - 1) * state.get("steps", 1) + state.get("step", 0))
    stage = [f"stage {row['stage']}/{state['stages']}"] if "stages" in state else []
    values = [f"{name} {row[name]:.4g}" for name in ("loss", "val_loss") if row[name] is not None]
    task.advance(max(0, now - done), note=" ".join([*stage, f"epoch {row['epoch']}/{row['epochs']}", *values]))
    return max(now, done)


def _frame_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=columns_of("jobs")).astype(object)
    for name in _TIMES:
        frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
    for name in _WHOLES:
        frame[name] = frame[name].astype("Int64")
    for name in _NUMBERS:
        frame[name] = [NA_REAL if value is None else float(value) for value in frame[name]]
    return frame


if __name__ == "__main__":
    from tidycnn.fit._working import work

    sys.exit(work(*sys.argv[1:]))

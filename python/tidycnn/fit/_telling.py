"""How a fit in the folder of a job says how far it is and how it ended, and hears that it is to stop."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tidycnn.core.engine import keras
from tidycnn.core.errors import StoreError, warn
from tidycnn.core.memory import peak_memory
from tidycnn.core.signals import EndedError, waits
from tidycnn.fit._job import HISTORY, RESULT, STATE, STOP, Job, Status
from tidycnn.fit._starting import begin_again
from tidycnn.fit.kept import KeptFit
from tidycnn.train.callbacks import Logs, RecordHistory, as_number
from tidycnn.train.ending import spell_ending
from tidycnn.train.plan import Plan

_INTERVAL = 1.0


class TellJob(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes where a training stands into the folder of its job, and ends it behind a step where that is asked."""

    def __init__(self, job: Job, plan: Plan, rows: list[dict[str, Any]]) -> None:
        super().__init__()
        self._job, self._plan = job, plan
        self._record = RecordHistory(plan.stage)
        self._record.set_state({"epochs": 0, "rows": rows})
        self._state = job.read(STATE) | {"epochs": plan.epochs, "steps": plan.steps, "process": os.getpid()}
        self._state |= {"stage": plan.stage}
        self._told_at = self._begun_at = 0.0
        self._begun_behind: int | None = None

    @property
    def is_stopped(self) -> bool:
        """Whether it was asked to stop."""
        return (self._job.place / STOP).exists()

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._state |= {"epoch": epoch + 1, "step": 0}

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        self.heed()
        self._state |= {"step": batch + 1, "loss": as_number((logs or {}).get("loss", float("nan")))}
        if time.monotonic() - self._told_at >= _INTERVAL:
            self._tell()

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        self.heed()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self._record.on_epoch_end(epoch, logs)
        self._state |= _losses(logs or {})
        with contextlib.suppress(OSError):  # Whoever looks on would see less; the fit itself goes on.
            self._job.say(HISTORY, {"rows": self._record.get_state()["rows"]})
        self._tell()

    def tell_end(self, classifier: Any, signal_number: int | None = None) -> None:
        """Say how the fit ended; what one that ended early has learned is kept beside that."""
        _say_end(self._job, classifier, *self.ending(classifier, signal_number))

    def ending(self, classifier: Any, signal_number: int | None) -> tuple[Status, str]:
        """Give how the fit ended, and what is to be said of it."""
        ended: str | None = classifier.stages[-1]["ended"]
        if ended is None:
            is_written = classifier.folder is not None
            return ("finished", "") if is_written else ("error", "Its classifier could not be written.")
        if self.is_stopped:
            return "stopped", "It was stopped, as was asked."
        return "error" if signal_number is None else "stopped", ended

    def heed(self) -> None:
        """End the fit where that was asked for."""
        # A real signal would end a process in which nobody of ours handles it.
        if self.is_stopped and not waits(signal.SIGTERM):
            raise EndedError(signal.SIGTERM)

    def _tell(self) -> None:
        self._told_at = time.monotonic()
        with contextlib.suppress(OSError):
            self._job.say(STATE, self._state | {"eta": self._end(), "memory": peak_memory()})

    def _end(self) -> str | None:
        """Say when the last step is likely to be done; the first one of this process, which takes longer, left out."""
        done = (self._state["epoch"] - 1) * self._plan.steps + self._state["step"]
        if self._begun_behind is None:
            self._begun_at, self._begun_behind = self._told_at, done
        if done <= self._begun_behind:
            return None
        left = self._plan.epochs * self._plan.steps - done
        seconds = left * (self._told_at - self._begun_at) / (done - self._begun_behind)
        end = dt.datetime.now(dt.timezone.utc) + dt.timedelta(seconds=seconds)
        return end.isoformat(timespec="seconds")


class TellStage(TellJob):
    """Tells of one of the stages of a job, of which all end together.

    `before` is how many steps the stages before it have, and `left` how many seconds those behind it are likely to
    take, None where that is not known.
    """

    def __init__(
        self, job: Job, plan: Plan, rows: list[dict[str, Any]], *, before: int = 0, left: float | None = 0.0
    ) -> None:
        super().__init__(job, plan, rows)
        self._left = left
        self.signal_number: int | None = None
        epoch = rows[-1]["epoch"] if rows and rows[-1]["stage"] == plan.stage else 0
        self._state |= {"before": before, "epoch": epoch, "step": 0}
        with contextlib.suppress(OSError):
            job.say(STATE, self._state | {"eta": None})

    def tell_end(self, classifier: Any, signal_number: int | None = None) -> None:
        """Know what ended the stage; `TellStages` says it, once all that was learned is joined."""
        self.signal_number = signal_number

    def _end(self) -> str | None:
        end = super()._end()
        if end is None or self._left is None:
            return None
        later = dt.datetime.fromisoformat(end) + dt.timedelta(seconds=self._left)
        return later.isoformat(timespec="seconds")


class TellStages:
    """Tells of stages that follow each other as of one job; `expected` are the seconds that each is likely to take.

    `is_again` is said of a job that has ended, and goes on.
    """

    def __init__(self, job: Job, expected: Sequence[float] = (), *, is_again: bool = False) -> None:
        self._job, self._expected, self._is_again = job, expected, is_again
        self._rows: list[dict[str, Any]] = []
        self._steps = 0
        self._latest: TellStage | None = None

    def of_stage(self, plan: Plan, rows: list[dict[str, Any]]) -> list[TellJob]:
        """Give who tells of a stage, of which there is so much of a history already."""
        if self._is_again:  # Only now that nothing is refused any more.
            begin_again(self._job)
            self._is_again = False
        left = sum(self._expected[plan.stage :]) if self._expected else None
        self._latest = TellStage(self._job, plan, [*self._rows, *rows], before=self._steps, left=left)
        return [self._latest]

    def stage_done(self, plan: Plan, joined: Any) -> None:
        """Know the history so far, and go on behind the steps of a stage."""
        self._rows = joined.history.to_dict("records")
        self._steps += plan.epochs * plan.steps
        with contextlib.suppress(OSError):
            self._job.say(HISTORY, {"rows": self._rows})

    def end(self, joined: Any, error: BaseException | None = None) -> None:
        """Say how the stages ended, with what was learned until then."""
        if error is not None:
            status: Status = "stopped" if isinstance(error, KeyboardInterrupt) else "error"
            _say_end(self._job, joined, status, spell_ending(error))
        elif self._latest is not None:
            _say_end(self._job, joined, *self._latest.ending(joined, self._latest.signal_number))


def _say_end(job: Job, classifier: Any, status: Status, said: str) -> None:
    """Say how a job ended; what one that ended early has learned is kept beside that."""
    try:
        if status != "finished":
            # The user's own knows no folder that the next fit replaces.
            dataclasses.replace(classifier).save(job.place / RESULT, overwrite=True)
        job.end(status, said, memory=peak_memory(), is_kept=status != "finished")
    except StoreError as error:
        warn(error.message)


def telling_of(kept: KeptFit, plan: Plan, *, is_sent: bool) -> list[TellJob]:
    """Give who tells of a fit in the folder of a job; nobody where it is none.

    One that was sent may have been asked to stop already.
    """
    job = Job(kept.folder or Path())
    if kept.folder is None or not job.is_there:
        return []
    if not is_sent:
        begin_again(job)
    return [TellJob(job, plan, kept.rows)]


def _losses(logs: Mapping[str, Any]) -> dict[str, float]:
    return {name: as_number(logs[name]) for name in ("loss", "val_loss") if name in logs}

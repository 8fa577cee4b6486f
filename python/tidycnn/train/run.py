"""The one runner of trainings: takes a plan and what it reads, gives plain results.

Both floors train here. What is made of the results is theirs: a classifier, a history, a folder, a score.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd

from tidycnn.core.progress import track
from tidycnn.core.signals import Signals, heeding_signals
from tidycnn.core.store import telling_unwritten
from tidycnn.train.callbacks import FollowEpochs, HeedSignals, ShowProgress
from tidycnn.train.checkpoints import Checkpoint, Checkpoints, KeepCheckpoints, TakeUpMetrics, take_up
from tidycnn.train.ending import Watch, run_watched
from tidycnn.train.loops import recovering, remark_main_thread, run_epochs
from tidycnn.train.mirrored import spread
from tidycnn.train.plan import Plan, class_weight_by_position
from tidycnn.train.precision import computing_in
from tidycnn.train.schedules import following_rate
from tidycnn.train.state import TakeUp

_FREE = "Free some space; a training that is kept in a folder goes on from where it stands."


class Source(Protocol):
    """What a training reads."""

    @property
    def is_validated(self) -> bool: ...
    @property
    def on_main_thread(self) -> bool: ...
    def run(self, model: Any, *, callbacks: Sequence[Any], **options: Any) -> None: ...


@dataclass(frozen=True)
class Batches:
    """The views of batches that train and that validate; `on_main_thread` where a function of R makes them."""

    train: Any
    validation: Any
    on_main_thread: bool = False

    @property
    def is_validated(self) -> bool:
        """Whether there is anything to validate on."""
        return self.validation is not None

    def run(self, model: Any, *, callbacks: Sequence[Any], **options: Any) -> None:
        """Train on them; the view of the training images goes along with the epochs."""
        if self.on_main_thread:
            remark_main_thread()
        followed = [FollowEpochs(self.train), *callbacks]
        run_epochs(
            model, self.train, self.validation, callbacks=followed, on_main_thread=self.on_main_thread, **options
        )


@dataclass(frozen=True)
class Trained:
    """What a training gave.

    Parameters
    ----------
    history
        The history frame.
    stage, best_epoch, kept_epoch
        The stage, its epoch with the lowest loss, and the one whose weights the model has (None where none was
        complete).
    seconds
        How long it took.
    ended
        What ended it early.
    has_best
        Whether the model has the weights of its best epoch rather than those that stood last.
    """

    history: pd.DataFrame
    stage: int
    best_epoch: int | None
    kept_epoch: int | None
    seconds: float
    ended: BaseException | None
    has_best: bool


def run_plan(
    plan: Plan,
    model: Any,
    source: Source,
    *,
    callbacks: Sequence[Any] = (),
    initial_epoch: int = 0,
    stage: int = 1,
    progress: bool = True,
    checkpoints: Checkpoints | None = None,
    observers: Sequence[Any] = (),
) -> Trained:
    """Train a compiled model as the plan says. The model is changed; where it ends early, it keeps what it learned.

    With checkpoints it goes on from the newest, and writes more of them. Observers are callbacks that only look: what
    they know is not put down.
    """
    found = checkpoints.latest() if checkpoints else None
    started = time.monotonic() - (found.seconds if found else 0)
    watch = Watch.over(plan, is_validated=source.is_validated, stage=stage)
    with heeding_signals() as signals, signals.held():
        begin, step = (found.epoch, found.step) if found else (initial_epoch, 0)
        with (
            track(
                "Fitting",
                plan.steps * max(plan.epochs - initial_epoch, 1),
                done=(begin - initial_epoch) * plan.steps + step,
                shown=progress,
            ) as task,
            spread(model, plan.strategy) as learner,
            following_rate(learner, plan.schedule, callbacks, steps=plan.steps) as following,
            computing_in(learner, plan.precision),
        ):
            knowing = [*following, *watch.callbacks]
            keeping = _keeping(checkpoints, knowing, plan, started, signals)
            heeding = HeedSignals(signals, plan.steps if checkpoints else None)
            after = [*observers, ShowProgress(task, plan.epochs), *keeping, heeding]
            if found:
                after += _taking_up(found, learner, knowing, plan)
            options: Mapping[str, Any] = {
                "epochs": begin if found and found.has_ended else plan.epochs,
                "initial_epoch": begin,
                "initial_step": step,
                "class_weight": class_weight_by_position(plan.class_weight, plan.levels),
            }

            def run() -> None:
                with signals.waiting(), recovering(learner), telling_unwritten("A file of the training", hint=_FREE):
                    source.run(learner, callbacks=[*knowing, *after], **options)

            ended = run_watched(run, watch)
            kept_epoch, has_best = watch.restore_kept(callbacks if ended is None else ())
        return Trained(
            history=watch.record.history(),
            stage=stage,
            best_epoch=watch.best.best_epoch,
            kept_epoch=kept_epoch,
            seconds=time.monotonic() - started,
            ended=ended,
            has_best=has_best,
        )


def _keeping(
    checkpoints: Checkpoints | None, knowing: Sequence[Any], plan: Plan, started: float, signals: Signals
) -> list[KeepCheckpoints]:
    if checkpoints is None:
        return []
    known: dict[str, Any] = {"steps": plan.steps, "seconds": lambda: time.monotonic() - started, "signals": signals}
    return [KeepCheckpoints(checkpoints, knowing, **known)]


def _taking_up(found: Checkpoint, model: Any, knowing: Sequence[Any], plan: Plan) -> list[Any]:
    states = take_up(found, model, knowing, epochs=plan.epochs)
    return [TakeUpMetrics(found.metrics), TakeUp(knowing, states)]

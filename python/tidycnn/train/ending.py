"""How a training ends, and what is kept then."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tidycnn.core.engine import keras
from tidycnn.core.errors import LossError, TidycnnError
from tidycnn.core.signals import spell_end
from tidycnn.core.store import reason_of
from tidycnn.train.callbacks import KeepBest, RecordHistory, StopAt, reduce_on_plateau
from tidycnn.train.plan import Plan

# Those of TensorFlow may be pages long.
_MESSAGE_MAX = 500


@dataclass(frozen=True)
class Watch:
    """The callbacks of a training that decide what is kept."""

    record: RecordHistory
    best: KeepBest
    stop: StopAt
    callbacks: list[Any]

    @classmethod
    def over(cls, plan: Plan, *, is_validated: bool, stage: int = 1) -> Watch:
        """Make them for a plan."""
        monitor = "val_loss" if is_validated else "loss"
        record, best = RecordHistory(stage), KeepBest(monitor, plan.patience)
        stop = StopAt(plan.stop_at or {}, is_validated=is_validated)
        reduce = [reduce_on_plateau(monitor, plan.reduce_lr)] if plan.reduce_lr else []
        # What reduces the rate comes before what writes it down.
        return cls(record, best, stop, [*reduce, record, best, stop])

    def restore_kept(self, others: Sequence[Any]) -> tuple[int | None, bool]:
        """Give the model the weights that are kept; tell of which epoch they are, and whether they are the best.

        `others` are callbacks of the user that saw the end of the fit: one of Keras's may have gone back by itself.
        """
        reached = self.stop.reached_epoch
        if reached is None and self.best.restore():
            return self.best.best_epoch, True
        restored = [int(other.best_epoch) + 1 for other in others if _has_restored(other)]
        return restored[-1] if restored else reached or self.record.epochs or None, False


def run_watched(run: Callable[[], None], watch: Watch) -> BaseException | None:
    """Run the epochs; give what ended them early where that leaves something to keep.

    Whoever stops a training wants what it has learned so far. An error wants it only once an epoch is complete: one in
    the first epoch is mostly a mistake in what was asked for, and a model that has seen a few batches would hide it.
    """
    try:
        run()
    except KeyboardInterrupt as asked:
        return asked
    except Exception as error:
        learned = watch.best.keeps_weights if isinstance(error, LossError) else watch.record.epochs
        if not learned:
            raise
        return error
    return None


def spell_ending(ended: BaseException) -> str:
    """Say what ended a training early."""
    if isinstance(ended, KeyboardInterrupt):
        return f"The fit was {spell_end(getattr(ended, 'number', None))}."
    if isinstance(ended, LossError):
        return f"{ended.message} {ended.hint}"
    return f"The fit was ended by an error: {spell_error(ended)}"


def spell_error(error: BaseException) -> str:
    """Spell an error as one sentence: its class and message, and where it came from if it is none of ours."""
    message = " ".join((error.message if isinstance(error, TidycnnError) else str(error)).split()) or "no message"
    message = message if len(message) <= _MESSAGE_MAX else f"{message[:_MESSAGE_MAX]} ..."
    if isinstance(error, TidycnnError):
        return f"{type(error).__name__}: {message.rstrip('.')}."
    if isinstance(error, OSError) and (reason := reason_of(error)) not in message.lower():
        message = f"{reason} ({message})"
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {message} ({frame.filename}:{frame.lineno}, in {frame.name}())."


def _has_restored(callback: Any) -> bool:
    return isinstance(callback, keras.callbacks.EarlyStopping) and callback.best_weights is not None

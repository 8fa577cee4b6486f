"""Runs many fits, each kept in a folder of its own: one after the other in this process, or by a crew.

Concerns kept apart: who asks says which fits there are and makes frames of what became of them; here they are run.
"""

from __future__ import annotations

import dataclasses
import gc
import signal
import tempfile
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidycnn.core.errors import Phrase, counted, listed, warn
from tidycnn.core.machine import processor_count
from tidycnn.core.progress import Task, spell_seconds, track
from tidycnn.core.signals import Signals, heeding_signals
from tidycnn.fit._asked import Asked
from tidycnn.fit._crew import Crew, Heard
from tidycnn.fit._outcome import WAITING, Outcome, run_asked

_PAUSE = 0.2
_TRIES = 2


@dataclass(frozen=True)
class Fit:
    """A fit that is asked for: the name of its folder, what `fit_classifier()` is asked, and what messages call it."""

    key: str
    arguments: Mapping[str, Any]
    title: str


def run_fits(fits: Sequence[Fit], folder: Path, *, workers: int, threads: int | None, progress: bool) -> list[Outcome]:
    """Run fits and give what became of them, in their order; what was said on the way is said of each.

    `threads` is how many a fit has, which decides its bits: None for those of this process. Where the fits have
    another number, processes run them, of which there may be only one.
    """
    asked = [dataclasses.replace(fit, arguments={**fit.arguments, "folder": folder / fit.key}) for fit in fits]
    outcomes = dict.fromkeys(range(len(fits)), WAITING)
    is_here = workers == 1 and threads in (None, processor_count())
    with heeding_signals() as signals, signals.held(), track("Fits", len(fits), shown=progress) as task:
        running = (
            _run_here(asked, signals, progress)
            if is_here
            else _run_by_crew(asked, signals, task, workers=workers, threads=threads or processor_count())
        )
        for i, outcome in running:
            outcomes[i] = outcome
            task.advance(note="")
            task.tell(f"{fits[i].title}: {spell_outcome(outcome)}")
    _say_again(fits, outcomes)
    return list(outcomes.values())


def spell_outcome(outcome: Outcome) -> str:
    """Say in a line what became of a fit."""
    if outcome.epochs is None:
        return f"{outcome.status}. {outcome.error}"
    values = {name: getattr(outcome, name) for name in ("val_loss", "val_accuracy")}
    parts = [
        f"{outcome.status} after {counted(outcome.epochs, 'epoch')}",
        *(f"{name} {value:.3f}" for name, value in values.items() if value is not None),
        spell_seconds(outcome.seconds or 0),
    ]
    return ", ".join(parts)


def _run_here(fits: Sequence[Fit], signals: Signals, progress: bool) -> Iterator[tuple[int, Outcome]]:
    for i, fit in enumerate(fits):
        if signals.number is not None:
            return
        yield i, run_asked(fit.arguments, progress=progress)
        gc.collect()  # A network is a circle of objects, and a large one.


def _run_by_crew(
    fits: Sequence[Fit], signals: Signals, task: Task, *, workers: int, threads: int
) -> Iterator[tuple[int, Outcome]]:
    with (
        tempfile.TemporaryDirectory(prefix="tidycnn-", ignore_cleanup_errors=True) as place,
        Crew(workers, Path(place), threads=threads) as crew,
    ):
        asked = Asked(Path(place))
        # All of them, before one runs: what cannot be given to another process is told at once.
        packed = [{name: asked.pack(value, name) for name, value in fit.arguments.items()} for fit in fits]
        waiting, tries = deque(range(len(fits))), Counter[int]()
        is_stopped = False
        while waiting or crew.running:
            if signals.number is not None and not is_stopped:
                is_stopped = True
                waiting.clear()
                for number in crew.running:
                    crew.stop(number)
            while waiting and crew.free():
                number = waiting.popleft()
                tries[number] += 1
                crew.start(number, packed[number])
            for heard in crew.hear(_PAUSE):
                if not heard.is_gone:
                    task.advance(0, note=f"{fits[heard.number].title}: {heard.note}")
                elif heard.outcome is None and heard.status < 0 and tries[heard.number] < _TRIES and not is_stopped:
                    waiting.appendleft(heard.number)
                else:
                    yield heard.number, heard.outcome or _death(heard, crew, is_stopped)


def _death(heard: Heard, crew: Crew, is_stopped: bool) -> Outcome:
    """Say what became of a fit whose process has died."""
    if is_stopped:
        return Outcome(status="ended", error="The fit was ended before it had begun.")
    if heard.status >= 0:
        return Outcome(status="failed", error=f"The process of the fit failed: {crew.last_lines()}")
    name = signal.Signals(-heard.status).name
    killed = ", by somebody or by a system that lacks memory" if name == "SIGKILL" else ""
    return Outcome(status="failed", error=f"The process of the fit was ended by {name}{killed}.")


def _say_again(fits: Sequence[Fit], outcomes: Mapping[int, Outcome]) -> None:
    """Say what was said on the way: what is said of several fits, once."""
    said: dict[str, list[Phrase]] = {}
    for i, outcome in outcomes.items():
        for message in dict.fromkeys(outcome.warnings):
            said.setdefault(message, []).append(Phrase(fits[i].title))
    for message, titles in said.items():
        warn(f"{listed(titles, most=3)}: {message}" if len(titles) < len(fits) else message)

"""One fit of many: what it is asked, and what became of it, as plain data."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from tidycnn.core.errors import TidycnnWarning
from tidycnn.fit.run import fit_classifier
from tidycnn.model.builders import Network
from tidycnn.train.ending import spell_error

Status: TypeAlias = Literal["finished", "ended", "failed", "waiting"]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a fit.

    Parameters
    ----------
    status
        `finished`; `ended` early, with epochs from which it goes on; `failed` before one was complete; `waiting`.
    epochs, best_epoch, val_loss, val_accuracy, seconds, parameters
        What its classifier says.
    error
        What ended it.
    warnings
        What was said on the way.
    """

    status: Status
    epochs: int | None = None
    best_epoch: int | None = None
    val_loss: float | None = None
    val_accuracy: float | None = None
    seconds: float | None = None
    parameters: int | None = None
    error: str | None = None
    warnings: list[str] = dataclasses.field(default_factory=list)


WAITING = Outcome(status="waiting")
_TOLD = ("epochs", "best_epoch", "val_loss", "val_accuracy", "seconds", "parameters")


def run_asked(arguments: Mapping[str, Any], *, progress: bool) -> Outcome:
    """Run a fit, and tell what became of it; an error ends it alone."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always", TidycnnWarning)
        outcome = _run(dict(arguments), progress)
    said = []
    for each in heard:
        if issubclass(each.category, TidycnnWarning):
            said.append(str(each.message))
        else:
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
    return dataclasses.replace(outcome, warnings=said)


def _run(arguments: dict[str, Any], progress: bool) -> Outcome:
    try:
        if isinstance(arguments["model"], Network):
            arguments["model"] = arguments["model"].build()
        classifier: Any = fit_classifier(**arguments, progress=progress)
        said = classifier.describe()
    except Exception as error:
        return Outcome(status="failed", error=spell_error(error))
    ended = said["ended"][-1] if said["ended"] else None
    status: Status = "finished" if ended is None else "ended"
    return Outcome(status=status, error=ended, **{name: said[name] for name in _TOLD})

"""How the learning rate goes through a training: a factor that follows from the epoch and the step alone.

Between steps the optimizer has the rate itself: callbacks that reduce it see and change that one, and a training that
goes on from a checkpoint has nothing to remember. The decay of 2018 (`decay`) is kept in the same way.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from tidycnn.core.checks import check_between, check_choice, check_known, check_positive, coerce
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, listed, spell_column
from tidycnn.train.compilation import has_schedule
from tidycnn.train.decay import decay_factor, decay_of

Schedule: TypeAlias = (
    Literal["cosine", "one_cycle", "exponential", "step"] | Mapping[str, str | float | Sequence[float]]
)

# What each knows beside its name; None follows from the number of epochs.
_SETTINGS: dict[str, dict[str, Any]] = {
    "cosine": {"epochs": None, "warmup": 0.0, "cycles": 1.0, "final": 0.0},
    "one_cycle": {"epochs": None, "warmup": None, "first": 0.04, "final": 4e-6},
    "exponential": {"warmup": 0.0, "factor": 0.95, "every": 1.0},
    "step": {"warmup": 0.0, "at": None, "factor": [0.1]},
}
# Of the epochs: where the rate falls in He and others (2016), and how long it rises in Smith's cycle.
_FALLS, _RISE = (0.5, 0.75), 0.3


def schedule_settings(schedule: Schedule | None, *, epochs: int) -> dict[str, Any] | None:
    """Give a schedule as plain data, with all that it follows from."""
    if schedule is None:
        return None
    given = {"name": schedule} if isinstance(schedule, str) else dict(schedule)
    if "name" not in given:
        raise InputError("`schedule` must have a `name`.", hint=f"Names are {listed(_SETTINGS)}.")
    name = coerce(given.pop("name"), str, spell_column("schedule", "name"))
    check_choice(name, spell_column("schedule", "name"), _SETTINGS)
    known = _SETTINGS[name]
    check_known(given, "schedule", known, noun=f"settings of {name!r}")
    settings = {**known, **given}
    if "epochs" in known:
        asked = epochs if settings["epochs"] is None else settings["epochs"]
        settings["epochs"] = coerce(asked, float, spell_column("schedule", "epochs"))
    if name == "one_cycle" and settings["warmup"] is None:
        settings["warmup"] = _RISE * settings["epochs"]
    if name == "step" and settings["at"] is None:
        settings["at"] = [share * epochs for share in _FALLS]
    return {"name": name, **_checked(settings, epochs=epochs)}


def check_rate(optimizer: Any, *, reduce_lr: Any, schedule: Any) -> None:
    """Refuse several that would change one learning rate."""
    if reduce_lr is not None and schedule is not None:
        raise InputError("`schedule` and `reduce_lr` cannot both change the learning rate.", hint="Give one of both.")
    asked = "reduce_lr" if schedule is None else "schedule"
    if (reduce_lr is not None or schedule is not None) and has_schedule(optimizer):
        raise InputError(
            f"`{asked}` cannot change a learning rate that follows a schedule of its own.",
            hint=f"Give one of both: a schedule in the optimizer, or `{asked}`.",
        )
    if schedule is not None and decay_of(optimizer):
        raise InputError(
            "`schedule` and the `decay` of the optimizer cannot both change the learning rate.",
            hint="Give one of both.",
        )


def rate_factor(schedule: Mapping[str, Any], epoch: int, step: int, steps: int) -> float:
    """Give what the learning rate is multiplied by in a step of an epoch, both from 0, of `steps` batches each."""
    time = epoch + step / steps
    if schedule["name"] != "one_cycle" and time < schedule["warmup"]:
        return min(1.0, (time + 1 / steps) / float(schedule["warmup"]))
    return _FACTORS[schedule["name"]](schedule, time)


def _cosine(schedule: Mapping[str, Any], time: float) -> float:
    done = (time - schedule["warmup"]) / (schedule["epochs"] - schedule["warmup"])
    if done >= 1:
        return float(schedule["final"])
    return _falling(schedule["cycles"] * done % 1, 1.0, schedule["final"])


def _one_cycle(schedule: Mapping[str, Any], time: float) -> float:
    rise, epochs = schedule["warmup"], schedule["epochs"]
    if time < rise:
        return _falling(time / rise, schedule["first"], 1.0)
    return _falling(min(1.0, (time - rise) / (epochs - rise)), 1.0, schedule["final"])


def _exponential(schedule: Mapping[str, Any], time: float) -> float:
    return float(schedule["factor"] ** ((time - schedule["warmup"]) / schedule["every"]))


def _step(schedule: Mapping[str, Any], time: float) -> float:
    behind = sum(time >= at for at in schedule["at"])
    factors = schedule["factor"]
    return float(factors[0] ** behind if len(factors) == 1 else [1.0, *factors][behind])


def _falling(share: float, first: float, last: float) -> float:
    """Go from the first to the last along half a cosine wave."""
    return last + (first - last) * (1 + math.cos(math.pi * share)) / 2


_FACTORS: dict[str, Callable[[Mapping[str, Any], float], float]] = {
    "cosine": _cosine,
    "one_cycle": _one_cycle,
    "exponential": _exponential,
    "step": _step,
}


def _checked(settings: Mapping[str, Any], *, epochs: float) -> dict[str, Any]:
    """Give the settings as numbers, or say which of them makes no sense."""
    numbers: dict[str, Any] = {}
    for name, value in settings.items():
        is_several = name == "at" or (name == "factor" and isinstance(value, list | tuple))
        kind: Any = Sequence[float] if is_several else float
        numbers[name] = coerce(value, kind, spell_column("schedule", name))
    for name in numbers.keys() & {"epochs", "cycles", "every"}:
        check_positive(numbers[name], spell_column("schedule", name))
    for name in numbers.keys() & {"first", "final"}:
        check_between(numbers[name], spell_column("schedule", name), 0, 1)
    check_between(numbers["warmup"], spell_column("schedule", "warmup"), 0, math.inf)
    epochs = numbers.get("epochs", epochs)
    if numbers["warmup"] >= epochs:
        raise InputError(
            f"`schedule` warms up for {numbers['warmup']:g} epochs, but has {epochs:g} in all.",
            hint="Give it more `epochs`, or a shorter `warmup`.",
        )
    return {**numbers, **_checked_factors(numbers)}


def _checked_factors(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """Check the factors of a schedule that has them: one, or one for each epoch behind which the rate falls."""
    if "factor" not in numbers:
        return {}
    factors = numbers["factor"] if isinstance(numbers["factor"], list) else [numbers["factor"]]
    for factor in factors:
        check_positive(factor, spell_column("schedule", "factor"))
    if "at" not in numbers:
        if len(factors) != 1:
            raise InputError(f"`schedule` must have one `factor`, not {len(factors)}.")
        return {"factor": factors[0]}
    at = numbers["at"]
    if not at or not all(0 < each < math.inf for each in at) or at != sorted(set(at)):
        raise InputError(f"`{spell_column('schedule', 'at')}` must be rising numbers of epochs, not {listed(at)}.")
    if len(factors) not in (1, len(at)):
        raise InputError(
            f"`schedule` has {len(factors)} values of `factor` for {len(at)} of `at`.",
            hint="Give one, which the rate is multiplied by each time, or the share of the first rate from each on.",
        )
    return {"factor": factors}


class FollowRate(keras.callbacks.Callback):  # type: ignore[misc]
    """Lets each step learn at the learning rate times a factor of the epoch and the step: `latest` is it."""

    def __init__(self, factor: Callable[[Any, int, int], float]) -> None:
        super().__init__()
        self._factor = factor
        self._epoch = 0
        self._rate: float | None = None
        self.latest: float | None = None

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        optimizer = self.model.optimizer
        self._rate = _rate_of(optimizer)
        self.latest = self._rate * self._factor(optimizer, self._epoch, batch)
        optimizer.learning_rate.assign(self.latest)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.restore()

    def restore(self) -> None:
        """Give the optimizer its rate back, also where a step was broken off."""
        if self._rate is not None:
            self.model.optimizer.learning_rate.assign(self._rate)
            self._rate = None


class RecordRate(keras.callbacks.Callback):  # type: ignore[misc]
    """Notes the rate of an epoch's last step among its metrics."""

    def __init__(self, followed: FollowRate) -> None:
        super().__init__()
        self._followed = followed

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if logs is not None:
            logs["learning_rate"] = self._followed.latest


@contextlib.contextmanager
def following_rate(
    model: Any, schedule: Mapping[str, Any] | None, callbacks: Sequence[Any], *, steps: int
) -> Iterator[list[Any]]:
    """Give the callbacks of the user among those that follow a schedule, or the decay of the optimizer.

    Behind the block the optimizer has its rate again.
    """
    decay = decay_of(model.optimizer)
    if schedule is None and not decay:
        yield [*callbacks]
        return
    callback = FollowRate(
        (lambda optimizer, epoch, step: decay_factor(optimizer, decay))
        if schedule is None
        else (lambda optimizer, epoch, step: rate_factor(schedule, epoch, step, steps))
    )
    # Those of the user see the rate of the step, and one that reduces the rate notes its own in the place of it.
    before, behind = ([] if schedule is None else [RecordRate(callback)] for _ in range(2))
    try:
        yield [callback, *before, *callbacks, *behind]
    finally:
        callback.restore()


def _rate_of(optimizer: Any) -> float:
    return float(keras.ops.convert_to_numpy(optimizer.learning_rate))

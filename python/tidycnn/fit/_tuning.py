"""The stages of a fine-tuning: each is a fit as any other, kept as any other, of the model that the one before gave."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from tidycnn.core.checks import check_count, check_known, check_positive
from tidycnn.core.errors import InputError, constant, described, warn
from tidycnn.core.html import ShownInNotebooks
from tidycnn.core.progress import remark
from tidycnn.core.seeds import stream
from tidycnn.core.settings import Settings
from tidycnn.core.threads import threads_limited
from tidycnn.core.types import Label, PathLike
from tidycnn.fit._checks import warn_before
from tidycnn.fit._foretold import Foretold, foretell, spell_foretold
from tidycnn.fit._place import kept_place
from tidycnn.fit._prepared import prepare_flows
from tidycnn.fit._rows import FitImages
from tidycnn.fit._sending import ReadyFit
from tidycnn.fit._telling import TellStages
from tidycnn.fit.classifier import Classifier
from tidycnn.fit.control import FitControl
from tidycnn.fit.kept import epochs_done, is_begun, keep_classifier, kept_precision
from tidycnn.fit.run import fit_ready
from tidycnn.fit.stored import KEPT_STAGES
from tidycnn.flow.generator import ImageDataGenerator
from tidycnn.model.headed import learn_from
from tidycnn.train.clone import clone_keras_model
from tidycnn.train.compilation import compile_copy, find_optimizer
from tidycnn.train.ending import spell_ending
from tidycnn.train.head import read_head
from tidycnn.train.plan import Plan, count_steps
from tidycnn.train.timing import choose_precision

# Where nothing is said: a head learns from nothing, a base forgets what it knows at such a rate.
_HEAD_RATE, _BASE_RATE = 1e-3, 1e-5


@dataclass(frozen=True, kw_only=True)
class TuneStage(ShownInNotebooks, Settings):
    """A stage of a fine-tuning, as `tune_stage()` gives."""

    unfreeze: int | str | None = None
    optimizer: str | Mapping[str, Any] = "rmsprop"
    learning_rate: float | None = None
    epochs: int = 6
    patience: int | None = None
    rate_decay: float = 1.0

    def __post_init__(self) -> None:
        self._coerce()
        check_count(self.epochs, "epochs")
        if self.patience is not None:
            check_count(self.patience, "patience")
        if self.learning_rate is not None:
            check_positive(self.learning_rate, "learning_rate")
        if not 0 < self.rate_decay <= 1:
            raise InputError(f"`rate_decay` must be above 0 and at most 1, not {described(self.rate_decay)}.")
        self.make_optimizer()

    @property
    def rate(self) -> float:
        """The learning rate."""
        if self.learning_rate is not None:
            return self.learning_rate
        return _HEAD_RATE if self.unfreeze is None else _BASE_RATE

    @property
    def title(self) -> str:
        """What learns, in words."""
        known = {None: "the head", "all": "all layers", 1: "the last block"}
        if self.unfreeze in known:
            return known[self.unfreeze]
        return f"the last {self.unfreeze} blocks" if isinstance(self.unfreeze, int) else f"from {self.unfreeze!r} on"

    def make_optimizer(self) -> Any:
        """Make the optimizer, or refuse settings that it does not have."""
        given = {"name": self.optimizer} if isinstance(self.optimizer, str) else dict(self.optimizer)
        if not isinstance(given.get("name"), str):
            raise InputError("`optimizer` must have a `name`, such as 'sgd'.")
        made = find_optimizer(given.pop("name"))
        config = made.get_config()
        known = [name for name in config if name not in ("name", "learning_rate")]
        check_known(given, "optimizer", known, noun="settings of that optimizer")
        return type(made).from_config({**config, **given})

    def __repr__(self) -> str:
        lines = [f"  {name:<13} {value}" for name, value in self.to_dict().items() if value is not None]
        return "\n".join(["<TuneStage>", *lines])


@dataclass(frozen=True)
class StagesAsked:
    """What all stages are asked."""

    chosen: FitImages
    generator: ImageDataGenerator
    control: FitControl
    pictures: Mapping[str, Any]
    measured: Mapping[str, Any]
    steps: float | None
    class_weight: Literal["balanced"] | Mapping[Label, float] | None
    augment_passes: int | None

    def prepare(
        self,
        model: Any,
        stages: Sequence[TuneStage],
        number: int,
        place: Path | None,
        seed: int,
        *,
        like: ReadyFit | None = None,
    ) -> ReadyFit:
        """Make one of the stages of a model ready to run, with flows and precision of another where that is given."""
        stage = stages[number - 1]
        copy = clone_keras_model(model)
        learn_from(copy, stage.unfreeze)
        coded = self.chosen.class_mode
        rule = {"optimizer": stage.make_optimizer(), "learning_rate": stage.rate, "class_mode": coded}
        compilation = compile_copy(copy, copy, read_head(copy), **rule, **self.measured)
        known: dict[str, Any] = {"before": None, "generator": self.generator, "control": self.control, "seed": seed}
        flows = like.flows if like else prepare_flows(copy, compilation, self.chosen, **known, **self.pictures)
        precision = like.plan.precision if like else kept_precision(place, self.control.precision)
        plan = Plan(
            epochs=stage.epochs,
            steps=count_steps(self.steps, len(flows.train)),
            seed=seed,
            levels=self.chosen.levels,
            generator=flows.train.generator.to_dict(),
            flow=flows.train.options.to_dict(),
            patience=stage.patience,
            class_weight=flows.class_weights(self.class_weight, self.chosen),
            precision=choose_precision(precision, copy, flows.train),
            strategy=self.control.strategy,
            stage=number,
            epochs_before=tuple(each.epochs for each in stages[: number - 1]),
            augment_passes=self.augment_passes,
            rate_decay=stage.rate_decay,
            **vars(compilation),
        )
        return ReadyFit(plan, copy, flows, [], self.control)


@dataclass(frozen=True)
class StagesPlace:
    """Where stages keep themselves, if anywhere, and the seed that they go out from.

    `lock` is the open file that has the lock of the folder.
    """

    seed: int
    folder: Path | None = None
    lock: int | None = None

    def of(self, number: int) -> Path | None:
        """Give the folder of a stage within that of all."""
        return self.folder / "fits" / f"stage-{number}" if self.folder else None

    def seeds(self) -> Iterator[int]:
        """Give the seeds of the stages."""
        return itertools.chain([self.seed], stream("stages", self.seed).seeds())


def begin_stages(
    model: Any,
    stages: Sequence[TuneStage],
    asked: StagesAsked,
    place: StagesPlace,
    *,
    progress: bool = True,
) -> tuple[ReadyFit, list[Foretold | None]]:
    """Make the first stage ready, warn of what is probably a mistake, and tell how long all of them take.

    What the folder keeps of any stage that was begun otherwise is refused. Nothing is measured where nobody wants to
    know.
    """
    if is_begun(place.of(len(stages) + 1)):
        raise InputError(
            f"`folder` {str(place.folder)!r} has more stages than the {len(stages)} that are asked for.",
            hint=f"Ask for all of them, name another folder, or begin anew (`overwrite = {constant(True)}`).",
        )
    ready = asked.prepare(model, stages, 1, place.of(1), place.seed)
    warn_before(ready.plan, model, ready.model, ready.flows)
    is_told = progress or asked.control.background
    foretold: list[Foretold | None] = []
    for number, (stage, seed) in enumerate(zip(stages, place.seeds(), strict=False), start=1):
        folder = place.of(number)
        is_there = is_begun(folder)
        if not (is_told or is_there):
            continue
        like = None if is_there else ready
        each = ready if number == 1 else asked.prepare(model, stages, number, folder, seed, like=like)
        done = epochs_done(folder, each.plan, each.model, each.flows)
        if done == stage.epochs:
            foretold.append(Foretold(0.0, 0.0, 0))
        elif is_told:
            with threads_limited(asked.control.threads):
                foretold.append(foretell(each.plan, each.model, each.flows, done=done))
    if progress:
        titles = [f"Stage {number} of {len(stages)} ({stage.title})" for number, stage in enumerate(stages, start=1)]
        remark(spell_foretold(list(zip(titles, foretold, strict=True))))
    return ready, foretold


def run_stages(
    ready: ReadyFit,
    stages: Sequence[TuneStage],
    asked: StagesAsked,
    place: StagesPlace,
    *,
    progress: bool = True,
    tell: TellStages | None = None,
) -> Classifier:
    """Run the stages, of which the first is ready; where one ends early, what was learned until then is given."""
    joined: Classifier | None = None
    model = ready.model
    for number, seed in zip(range(1, len(stages) + 1), place.seeds(), strict=False):
        try:
            if number > 1:
                ready = asked.prepare(model, stages, number, place.of(number), seed)
            fitted = fit_ready(ready, ready.model, place.of(number), progress=progress, tell=tell)
        except (KeyboardInterrupt, Exception) as error:
            if joined is None:
                raise
            way_on = "" if place.folder is None else " The same call goes on from there."
            warn(f"{spell_ending(error)} The classifier is that of stage {number - 1}.{way_on}")
            if tell is not None:
                tell.end(joined, error)
            return joined
        assert isinstance(fitted, Classifier)  # Stages in the background have been sent together.
        joined = _joined(joined, fitted)
        if tell is not None:
            tell.stage_done(ready.plan, joined)
        if joined.stages[-1]["ended"] is not None:
            break
        model = fitted.model
    assert joined is not None
    if joined.stages[-1]["ended"] is None and place.folder is not None:
        keep_classifier(joined, place.folder)
    if tell is not None:
        tell.end(joined)
    return joined


def _joined(before: Classifier | None, classifier: Classifier) -> Classifier:
    """Give the classifier of a stage with what is known of the stages before it."""
    if before is None:
        return dataclasses.replace(classifier, folder=None)
    return dataclasses.replace(
        classifier,
        history=pd.concat([before.history, classifier.history], ignore_index=True),
        stages=[*before.stages, *classifier.stages],
        seconds=(before.seconds or 0.0) + (classifier.seconds or 0.0),
        folder=None,
    )


@contextlib.contextmanager
def kept_stages(
    folder: PathLike | None,
    control: FitControl,
    seed: int,
    *,
    overwrite: bool = False,
    lock: int | None = None,
) -> Iterator[StagesPlace]:
    """Give the place of stages; `lock` is that of the folder where another process has handed it on."""
    if folder is None:
        yield StagesPlace(seed)
        return
    with kept_place(folder, control, seed, overwrite=overwrite, kind=KEPT_STAGES, lock=lock) as place:
        yield StagesPlace(place.seed, place.path, place.lock)

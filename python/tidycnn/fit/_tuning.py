"""The stages of a fine-tuning: each is a fit as any other, kept as any other, of the model that the one before gave."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from tidycnn.core.checks import check_count, check_known, check_positive
from tidycnn.core.errors import InputError, described, warn
from tidycnn.core.html import ShownInNotebooks
from tidycnn.core.progress import remark
from tidycnn.core.seeds import draw_seed, stream
from tidycnn.core.settings import Settings
from tidycnn.core.threads import threads_limited
from tidycnn.core.types import Label, PathLike
from tidycnn.fit._checks import warn_before
from tidycnn.fit._foretold import Foretold, foretell, spell_foretold
from tidycnn.fit._job import Job
from tidycnn.fit._place import kept_place
from tidycnn.fit._prepared import prepare_flows
from tidycnn.fit._rows import FitImages
from tidycnn.fit._sending import ReadyFit
from tidycnn.fit.classifier import Classifier
from tidycnn.fit.control import FitControl
from tidycnn.fit.kept import check_keeping, epochs_done, kept_precision, kept_seed
from tidycnn.fit.run import fit_ready
from tidycnn.fit.stored import CLASSIFIER, KEPT_STAGES
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
        self, model: Any, stage: TuneStage, number: int, place: Path | None, seed: int, *, like: ReadyFit | None = None
    ) -> ReadyFit:
        """Make a stage of a model ready to run, with the flows and the precision of another where that is given."""
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
            augment_passes=self.augment_passes,
            rate_decay=stage.rate_decay,
            **vars(compilation),
        )
        return ReadyFit(plan, copy, flows, [], self.control)


def run_stages(
    model: Any,
    stages: Sequence[TuneStage],
    asked: StagesAsked,
    place_of: Callable[[int], Path | None],
    *,
    seed: int,
    overwrite: bool,
    progress: bool,
) -> Classifier | Job:
    """Run the stages one after the other; where one ends early, what was learned until then is given.

    `place_of` tells the folder of each.
    """
    joined: Classifier | None = None
    seeds = stream("stages", seed).seeds()
    ready = asked.prepare(model, stages[0], 1, place_of(1), seed)
    warn_before(ready.plan, model, ready.model, ready.flows)
    begins = overwrite and len(stages) == 1
    if progress:
        foretold = foretell_stages(ready, model, stages, asked, lambda number: None if begins else place_of(number))
        titles = [f"Stage {number} of {len(stages)} ({stage.title})" for number, stage in enumerate(stages, start=1)]
        remark(spell_foretold(list(zip(titles, foretold, strict=True))))
    for number, stage in enumerate(stages, start=1):
        place = place_of(number)
        try:
            if number > 1:
                ready = asked.prepare(model, stage, number, place, next(seeds))
            fitted = fit_ready(ready, ready.model, place, overwrite=begins, progress=progress)
        except (KeyboardInterrupt, Exception) as error:
            if joined is None:
                raise
            way_on = "" if place is None else " The same call goes on from there."
            warn(f"{spell_ending(error)} The classifier is that of stage {number - 1}.{way_on}")
            return joined
        if isinstance(fitted, Job):
            return fitted
        joined = _joined(joined, fitted)
        if joined.stages[-1]["ended"] is not None:
            return joined
        model = fitted.model
    if joined is None:
        raise InputError("`stages` must have at least one stage.")
    if len(stages) > 1 and (last := place_of(1)) is not None:
        joined.save(last.parent.parent / CLASSIFIER.noun, overwrite=True)
    return joined


def foretell_stages(
    ready: ReadyFit,
    model: Any,
    stages: Sequence[TuneStage],
    asked: StagesAsked,
    place_of: Callable[[int], Path | None],
) -> list[Foretold]:
    """Tell how long each of the stages will take, of which the first is ready; what is done in its folder left out."""
    found = []
    for number, stage in enumerate(stages, start=1):
        done = epochs_done(place_of(number), stage.epochs)
        if done == stage.epochs:
            found.append(Foretold(0.0, 0.0, 0))
            continue
        each = ready if number == 1 else asked.prepare(model, stage, number, None, ready.plan.seed, like=ready)
        with threads_limited(asked.control.threads):
            found.append(foretell(each.plan, each.model, each.flows, done=done))
    return found


def _joined(before: Classifier | None, classifier: Classifier) -> Classifier:
    """Give the classifier of a stage with what is known of the stages before it."""
    if before is None:
        return classifier
    return dataclasses.replace(
        classifier,
        history=pd.concat([before.history, classifier.history], ignore_index=True),
        stages=[*before.stages, *classifier.stages],
        seconds=(before.seconds or 0.0) + (classifier.seconds or 0.0),
        folder=None,
    )


@contextlib.contextmanager
def kept_stages(
    folder: PathLike | None, n: int, control: FitControl, seed: int | None, *, overwrite: bool
) -> Iterator[tuple[int, Callable[[int], Path | None]]]:
    """Give the seed of the stages, and the folder of each; one alone lies in `folder` as any other fit."""
    if folder is None:
        yield draw_seed(seed), lambda _: None
    elif n == 1:
        check_keeping(folder, overwrite=overwrite)
        own = Path(folder).expanduser()
        yield draw_seed(seed if overwrite else kept_seed(folder, seed)), lambda _: own
    else:
        with kept_place(folder, control, seed, overwrite=overwrite, kind=KEPT_STAGES) as place:
            yield place.seed, lambda number: place.fits / f"stage-{number}"

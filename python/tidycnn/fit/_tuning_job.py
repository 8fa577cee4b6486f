"""Stages as one job: sent to a process of its own, and run there as they would be here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tidycnn.core.frames import as_text
from tidycnn.fit._foretold import Foretold
from tidycnn.fit._job import Job
from tidycnn.fit._rows import FitImages
from tidycnn.fit._sending import ReadyFit, write_sent
from tidycnn.fit._starting import begin, launch, tell_started
from tidycnn.fit._telling import TellStages
from tidycnn.fit._tuning import StagesAsked, StagesPlace, TuneStage, kept_stages, run_stages
from tidycnn.fit.kept import keeping
from tidycnn.flow.generator import RESCALED


def send_stages(
    ready: ReadyFit,
    stages: Sequence[TuneStage],
    asked: StagesAsked,
    place: StagesPlace,
    foretold: Sequence[Foretold | None],
) -> Job:
    """Start a process of its own for stages, of which the first is ready; it takes the lock of their folder over."""
    assert place.folder is not None
    assert place.lock is not None
    with keeping(place.of(1), ready.plan, ready.model, ready.flows, save_every=asked.control.save_every):
        pass  # A first stage that went out from other weights is refused here, and not in the other process.
    job = Job(place.folder.resolve())
    chosen, weights = asked.chosen, asked.class_weight
    further = {
        "stages": [stage.to_dict() for stage in stages],
        "pictures": dict(asked.pictures),
        "measured": dict(asked.measured),
        "steps": asked.steps,
        "class_weight": {as_text(k): v for k, v in weights.items()} if isinstance(weights, Mapping) else weights,
        "augment_passes": asked.augment_passes,
        "levels": chosen.levels,
        "given": [flow is not None for flow in (chosen.train_flow, chosen.validation_flow)],
        "seed": int(place.seed),
        "expected": [each.seconds for each in foretold if each] if all(foretold) else [],
    }
    write_sent(job, ready, further)
    steps = ready.plan.steps
    total = sum(stage.epochs * steps for stage in stages)
    begin(job, epochs=stages[0].epochs, steps=steps, rows=[], stages=len(stages), total=total)
    launch(job, place.lock)
    tell_started(job)
    return job


def run_sent_stages(job: Job, ready: ReadyFit, further: Mapping[str, Any], lock: int | None) -> None:
    """Run the stages that were sent, the model and the flows of whose first were read."""
    stages = [TuneStage.from_dict(each) for each in further["stages"]]
    flows, (has_train, has_validation) = ready.flows, further["given"]
    chosen = FitImages(
        flows.images,
        further["levels"],
        flows.train if has_train else None,
        flows.validation if has_validation else None,
    )
    size = further["pictures"]["target_size"]
    asked = StagesAsked(
        chosen,
        RESCALED if has_train else flows.train.generator,
        ready.control,
        {**further["pictures"], "target_size": None if size is None else tuple(size)},
        further["measured"],
        further["steps"],
        further["class_weight"],
        further["augment_passes"],
    )
    with kept_stages(job.folder, ready.control, further["seed"], lock=lock) as place:
        first = asked.prepare(ready.model, stages, 1, place.of(1), place.seed)
        run_stages(first, stages, asked, place, tell=TellStages(job, further["expected"]))


def telling_at(place: StagesPlace) -> TellStages | None:
    """Give who tells of stages that go on here in the folder of a job; nobody where it is none."""
    job = Job(place.folder or Path())
    if place.folder is None or not job.is_there:
        return None
    return TellStages(job, is_again=True)

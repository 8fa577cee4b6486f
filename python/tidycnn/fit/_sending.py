"""A fit sent to a process of its own, as files: its plan, its model, its flows and its callbacks, as data.

What cannot be written is refused by name: functions, arrays in memory, classes that are not Keras's or ours.
"""

from __future__ import annotations

import dataclasses
import functools
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tidycnn.core.errors import InputError, UnsafeError, constant
from tidycnn.core.folders import StoredFolder, read_folder, write_folder
from tidycnn.core.frames import IMAGE_COLUMNS
from tidycnn.core.preprocessing import is_storable
from tidycnn.core.types import is_flow
from tidycnn.fit._flows import FitFlows
from tidycnn.fit._job import END, JOB, Job
from tidycnn.fit._kept_images import kept_images, with_index, with_whole_paths
from tidycnn.fit._plain_callbacks import describe_callbacks, make_callbacks, refuse_function
from tidycnn.fit._starting import begin, launch, tell_started
from tidycnn.fit.control import FitControl
from tidycnn.fit.kept import KeptFit
from tidycnn.fit.stored import MODEL_FILE, WHITENING_FILE, read_model, read_whitening, write_model_for_processes
from tidycnn.flow.generator import ImageDataGenerator
from tidycnn.flow.making import flow_of
from tidycnn.flow.options import FlowOptions
from tidycnn.train.decay import decay_of, remember_decay
from tidycnn.train.plan import Plan


@dataclass(frozen=True)
class ReadyFit:
    """A fit that is ready to run, in this process or in another."""

    plan: Plan
    model: Any
    flows: FitFlows
    callbacks: Sequence[Any]
    control: FitControl


def check_sendable(callbacks: Sequence[Any], generator: ImageDataGenerator | None, **images: Any) -> None:
    """Refuse what cannot go to another process, before any image is read."""
    describe_callbacks(callbacks)
    if generator is not None:
        _check_generator(generator, "generator")
    for argument, flow in images.items():
        if is_flow(flow):
            _check_generator(flow.generator, argument)
            if flow.given_arrays():
                raise InputError(
                    f"`{argument}` is a flow with arrays in memory, which cannot go to a process of its own.",
                    hint="Give a frame of files, or a flow over files whose labels and no weights are learned; or fit "
                    f"in this session (`fit_control(background = {constant(False)})`).",
                )


def write_sent(job: Job, sent: ReadyFit, further: Mapping[str, Any] | None = None) -> None:
    """Write a fit into the folder of its job, in the place of what was there, and what is asked further of the job."""
    train, validation, everything = sent.flows.train, sent.flows.validation, sent.flows.images
    table, index = kept_images(everything, "all")
    facts = {
        "plan": sent.plan.to_dict(),
        "control": sent.control.to_dict(),
        "callbacks": describe_callbacks(sent.callbacks),
        "decay": decay_of(sent.model.optimizer),
        "train": _facts_of(train),
        "validation": None if validation is None else _facts_of(validation),
        "index": index,
        "folder": os.getcwd(),  # noqa: PTH109
        "further": further,
    }
    tables = {"images": table, "train": _table_of(train)}
    if validation is not None:
        tables["validation"] = _table_of(validation)
    files: dict[str, Callable[[Path], object]] = {MODEL_FILE: functools.partial(_write_model, sent.model)}
    whitening = train.preprocessing.whitening
    if whitening is not None:
        files[WHITENING_FILE] = lambda path: np.save(path, whitening, allow_pickle=False)
    write_folder(job.place, JOB, facts, tables=tables, files=files, overwrite=True)


def start_job(sent: ReadyFit, kept: KeptFit) -> Job:
    """Start a process of its own for a fit, which takes the lock of its folder over; one that has ended needs none."""
    job = Job(Path(kept.folder or ".").resolve())
    has_ended = kept.classifier is not None
    if not (has_ended and job.read(END).get("status") == "finished"):
        write_sent(job, sent)
        begin(job, epochs=sent.plan.epochs, steps=sent.plan.steps, rows=kept.rows)
    if has_ended:
        job.end("finished")
    elif kept.lock is not None:
        launch(job, kept.lock)
        tell_started(job)
    return job


def read_sent(job: Job) -> ReadyFit:
    """Read a fit, and go to the working folder of the process that sent it."""
    stored = read_folder(job.place, JOB)
    with stored.believing():
        plan, control = Plan.from_dict(stored.facts["plan"]), FitControl.from_dict(stored.facts["control"])
        described, decay, folder = (stored.facts[name] for name in ("callbacks", "decay", "folder"))
    _go_to(folder)
    model = read_model(stored.file(MODEL_FILE), safe=True)
    remember_decay(model.optimizer, decay)
    whitening = read_whitening(stored)
    images = with_index(stored.table("images"), stored.facts["index"])
    flows = FitFlows(_read_flow(stored, "train", whitening), _read_flow(stored, "validation", whitening), images)
    return ReadyFit(plan, model, flows, make_callbacks(described), dataclasses.replace(control, background=False))


def read_further(job: Job) -> dict[str, Any] | None:
    """Read what is asked further of a job than one fit; None where that is nothing."""
    further: dict[str, Any] | None = read_folder(job.place, JOB).facts.get("further")
    return further


def _go_to(folder: str) -> None:
    """Work where the session that sent the fit does, so that paths mean the same."""
    try:
        os.chdir(folder)
    except OSError as error:
        raise InputError(
            f"The folder {folder!r}, in which the session that began the job worked, cannot be entered: {error}.",
            hint="Make it again, or begin again by the call that began it, with the same folder.",
        ) from error


def _check_generator(generator: Any, argument: str) -> None:
    if not is_storable(generator.preprocessing_function):
        raise refuse_function(argument, generator.preprocessing_function)


def _facts_of(flow: Any) -> dict[str, Any]:
    # A generator that was made from another for a subset has not learned what that one has since.
    generator = flow.generator.to_dict() | {"statistics": flow.teacher.to_dict()["statistics"]}
    return {"generator": generator, "options": flow.options.to_dict(), "levels": list(flow.levels)}


def _table_of(flow: Any) -> pd.DataFrame:
    images = flow.images[[name for name in IMAGE_COLUMNS if name in flow.images.columns]]
    return with_whole_paths(images.reset_index(drop=True))


def _write_model(model: Any, path: Path) -> None:
    # Keras warns of an optimizer that has fewer variables in the file than where it is read.
    model.optimizer.build(model.trainable_variables)
    try:
        write_model_for_processes(model, path)
    except UnsafeError as error:
        raise InputError(
            f"`model` cannot go to a process of its own. {error.message}",
            hint="Fit in this session, or take layers, losses and metrics of Keras.",
        ) from error


def _read_flow(stored: StoredFolder, name: str, whitening: Any) -> Any:
    facts = stored.facts[name]
    if facts is None:
        return None
    with stored.believing():
        generator = ImageDataGenerator.from_dict(facts["generator"], whitening)
        options = FlowOptions.from_dict(facts["options"])
    return flow_of(stored.table(name), generator, options, levels=facts["levels"])

"""Trainings that run by themselves: `tidycnn train --detach` and `tidycnn job`."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

import tidycnn
from tidycnn.cli.options import Command, SectionCommand, is_given
from tidycnn.cli.output import Outcome, table_output

if TYPE_CHECKING:
    import pandas as pd

    from tidycnn.cli.source import Source
    from tidycnn.cli.training import Training


def detached(source: Source, save: str, *, overwrite: bool, training: Training, progress: bool) -> Outcome:
    """Let a training run by itself in the folder in which its classifier is to lie."""
    if "folder" in training.fitting or is_given("save_images"):
        raise click.UsageError(
            "--detach keeps the training in the folder of --save: leave --folder, --save-images out."
        )
    images = source.read(progress=progress)
    network = training.build_model(len(images["label"].cat.categories))
    settings: dict[str, Any] = training.settings(network, images)
    job: Any = tidycnn.fit_classifier(network, folder=save, overwrite=overwrite, progress=progress, **settings)
    said = f"The training runs by itself. How far it is: tidycnn job status {shlex.quote(save)}"
    return Outcome(tidycnn.job_status(job), said=said)


@click.group("job")
def jobs() -> None:
    """Look after trainings that run by themselves.

    `tidycnn train --detach` starts one, in the folder that it is called by here.
    """


def job_command(name: str) -> Callable[[Command], Command]:
    """Make a command about the job in a folder."""

    def make(command: Command) -> Command:
        taking = click.argument("folder", type=click.Path(exists=True, file_okay=False))(table_output(command))
        made: Command = jobs.command(name, cls=SectionCommand)(taking)
        return made

    return make


@job_command("status")
def tell_status(*, folder: str, progress: bool) -> pd.DataFrame:
    """Tell how far a training is, and how it ended."""
    return tidycnn.job_status(folder)


@job_command("history")
def tell_history(*, folder: str, progress: bool) -> pd.DataFrame:
    """Write the loss and the metrics of each epoch so far."""
    return tidycnn.job_history(folder)


@job_command("wait")
def wait(*, folder: str, progress: bool) -> Outcome:
    """Wait until a training ends; Ctrl-C ends the waiting only.

    Gives the exit status 1 where the training has not finished.
    """
    status = tidycnn.job_status(tidycnn.job_wait(folder, progress=progress))
    return Outcome(status, status=int(status["status"].item() != "finished"))


@job_command("stop")
def stop(*, folder: str, progress: bool) -> pd.DataFrame:
    """Stop a training behind its next step, and keep what it has learned."""
    return tidycnn.job_status(tidycnn.job_stop(folder))


@job_command("resume")
def resume(*, folder: str, progress: bool) -> pd.DataFrame:
    """Let a training go on that was stopped or killed, to the same end as if it had not been."""
    return tidycnn.job_status(tidycnn.job_resume(folder))


@jobs.command("list", cls=SectionCommand)
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False))
@table_output
def list_all(*, folder: str | None, progress: bool) -> pd.DataFrame:
    """List the trainings below a folder, or all that were started on this machine."""
    return tidycnn.list_jobs(folder)

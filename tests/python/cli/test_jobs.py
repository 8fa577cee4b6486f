"""Trainings that run by themselves, from the command line."""

from __future__ import annotations

import csv
import os
from io import StringIO

import pytest

from tidycnn.cli.process import run

TINY = ["--model", "cnn", "--target-size", "32", "--epochs", "1", "--seed", "1", "--detach"]


@pytest.fixture
def command(capsys):
    """Give a function that runs a command line and returns its exit status, its table and what it said."""

    def execute(*arguments):
        status = run([str(argument) for argument in arguments])
        written = capsys.readouterr()
        return status, list(csv.DictReader(StringIO(written.out))), written.err

    return execute


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="has no such processes")
def test_a_training_runs_by_itself_and_is_a_classifier_at_last(command, picture_folder, tmp_path):
    cells = tmp_path / "my cells"
    status, table, said = command("train", picture_folder, "--save", cells, *TINY)
    assert (status, table[0]["status"], table[0]["path"]) == (0, "running", str(cells))
    assert f"tidycnn job status '{cells}'" in said
    status, table, said = command("job", "wait", cells)
    assert (status, table[0]["status"], table[0]["epoch"]) == (0, "finished", "1")
    assert [row["status"] for row in command("job", "list")[1]] == ["finished"]
    assert {row["metric"] for row in command("job", "history", cells)[1]} == {"loss", "accuracy"}
    assert command("job", "stop", cells)[0] == 0
    status, _, said = command("job", "resume", cells)
    assert (status, "has finished" in said) == (1, True)
    assert len(command("predict", cells, picture_folder)[1]) == 10


@pytest.mark.parametrize("options", [["--folder", "run"], ["--save-images", "none"]], ids=lambda options: options[0])
def test_the_folder_of_a_training_that_runs_by_itself_is_that_of_its_classifier(
    command, picture_folder, tmp_path, options
):
    status, _, said = command("train", picture_folder, "--save", tmp_path / "cells", *TINY, *options)
    assert (status, "leave --folder, --save-images out" in said) == (2, True)


def test_what_is_no_job_is_told(command, tmp_path):
    status, _, said = command("job", "status", tmp_path)
    assert (status, "holds none" in said) == (1, True)

"""Processes that run fits: each fit is told of, ends when it is asked to, and never outlives who asked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tidycnn.core.errors import DependencyError
from tidycnn.fit import _fits
from tidycnn.fit._asked import Asked
from tidycnn.fit._crew import Crew, Heard
from tidycnn.fit._outcome import Outcome

RUNNING_CREW = Path(__file__).with_name("running_crew.py")


@pytest.fixture
def place(tmp_path):
    """Give the folder of what is asked."""
    path = tmp_path / "place"
    path.mkdir()
    return path


@pytest.fixture
def ask(images, make_model, place):
    """Give a function that packs what a fit is asked."""

    def pack(**options):
        asked = {"model": make_model(), "images": images, "epochs": 1, "seed": 1, **options}
        folder = Asked(place)
        return {name: folder.pack(value, name) for name, value in asked.items()}

    return pack


def last_of(crew, number):
    """Hear the crew until a fit is gone."""
    while True:
        for heard in crew.hear(1):
            if heard.number == number and heard.is_gone:
                return heard


@pytest.mark.slow
def test_a_process_that_does_not_fork_runs_one_fit_after_the_other(place, ask):
    with Crew(1, place, threads=1, forks=False) as crew:
        for number in range(2):
            crew.start(number, ask(learning_rate=0.1 + number))
            assert crew.free() == 0
            assert last_of(crew, number).outcome.status == "finished"
        assert len(crew._processes) == 1


@pytest.mark.slow
def test_a_fit_that_is_stopped_keeps_what_it_has_learned(place, ask, tmp_path):
    with Crew(1, place, threads=1) as crew:
        crew.start(0, ask(epochs=100_000, folder=str(tmp_path / "kept")))
        while not any(heard.note for heard in crew.hear(1)):
            pass
        crew.stop(0)
        outcome = last_of(crew, 0).outcome
    assert (outcome.status, outcome.error) == ("ended", "The fit was ended by SIGTERM.")
    assert list((tmp_path / "kept" / "checkpoints").iterdir())


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("way", ["forks", "stays"])
def test_fits_end_with_the_process_that_asked_for_them(place, ask, way):
    (place / "arguments.json").write_text(json.dumps(ask(epochs=100_000)), encoding="utf-8")
    with subprocess.Popen([sys.executable, str(RUNNING_CREW), str(place), way], stdout=subprocess.PIPE) as asking:
        assert asking.stdout is not None
        processes = [int(each) for each in asking.stdout.readline().split()]
        asking.kill()
    assert len(processes) == (2 if way == "forks" else 1)
    while any(map(is_alive, processes)):
        time.sleep(0.05)


def is_alive(process):
    try:
        os.kill(process, 0)
        status = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except (ProcessLookupError, FileNotFoundError):
        return False
    return status.rsplit(")", 1)[1].split()[0] != "Z"


def test_processes_that_do_not_start_say_why(place, monkeypatch):
    monkeypatch.setenv("PYTHONHOME", "/nonexistent")
    with Crew(1, place, threads=1) as crew:
        crew.start(0, {})
        with pytest.raises(DependencyError, match=r"do not start: (.|\n)*encodings"):
            last_of(crew, 0)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (-signal.SIGKILL, "ended by SIGKILL, by somebody or by a system that lacks memory"),
        (-signal.SIGSEGV, "ended by SIGSEGV."),
        (1, "failed: last words"),
    ],
)
def test_a_process_that_died_is_told_in_words(place, status, said):
    (place / "log.txt").write_text("last words\n", encoding="utf-8")
    outcome = _fits._death(Heard(0, True, status=status), Crew(1, place, threads=1), is_stopped=False)
    assert outcome.status == "failed"
    assert said in outcome.error


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (
            Outcome(status="finished", epochs=2, val_loss=0.5, val_accuracy=0.75, seconds=1.5),
            "finished after 2 epochs, val_loss 0.500, val_accuracy 0.750, 1.5 s",
        ),
        (Outcome(status="ended", epochs=1, seconds=2.0), "ended after 1 epoch, 2.0 s"),
        (Outcome(status="failed", error="No such file."), "failed. No such file."),
    ],
)
def test_what_became_of_a_fit_is_said_in_a_line(outcome, said):
    assert _fits.spell_outcome(outcome) == said

"""What a fit says into the folder of its job."""

from __future__ import annotations

import datetime as dt
import errno
import signal
import threading
from typing import Any

import pandas as pd
import pytest

from tidycnn import fit_classifier, fit_control, job_history, job_result, job_status, load_classifier
from tidycnn.core.errors import InputError, StoreError, TidycnnWarning
from tidycnn.fit import _sending, _telling
from tidycnn.fit._job import END, RESULT, STATE, STOP, Job
from tidycnn.fit._sending import read_sent
from tidycnn.fit._starting import begin_again
from tidycnn.fit.run import fit_ready


@pytest.fixture
def sent(monkeypatch, tmp_path, images, make_model) -> Job:
    """Give a job of two epochs for which no process was started."""
    monkeypatch.setattr(_sending, "launch", lambda job, lock: None)
    monkeypatch.chdir(tmp_path)
    options: dict[str, Any] = {"epochs": 2, "batch_size": 4, "seed": 1, "progress": False}
    job = fit_classifier(make_model(), images, folder=tmp_path / "run", control=fit_control(background=True), **options)
    assert isinstance(job, Job)
    return job


def work(job: Job) -> Any:
    ready = read_sent(job)
    return fit_ready(ready, ready.model, job.folder, progress=False)


def test_epochs_losses_and_the_end_are_told(sent):
    assert job_history(sent).empty
    classifier = work(sent)
    pd.testing.assert_frame_equal(job_history(sent), classifier.history)
    row = job_status(sent).iloc[0]
    assert (row["status"], row["epoch"], row["epochs"]) == ("finished", 2, 2)
    last = classifier.history[classifier.history["metric"] == "loss"].set_index(["epoch", "data"])["value"]
    assert (row["loss"], row["val_loss"]) == (last[2, "train"], last[2, "validation"])


def test_when_it_is_likely_to_end_follows_from_the_steps_so_far(sent, monkeypatch):
    ready = read_sent(sent)
    telling = _telling.TellJob(sent, ready.plan, [])
    clock = iter([100.0, 100.0, 110.0, 110.0])
    monkeypatch.setattr(_telling.time, "monotonic", lambda: next(clock))
    telling.on_epoch_begin(0)
    telling.on_train_batch_end(0, {"loss": 1.0})
    assert sent.read("state.json")["eta"] is None  # The first step takes longer than others.
    telling.on_train_batch_end(1, {"loss": 1.0})
    left = 2 * ready.plan.steps - 2
    end = dt.datetime.fromisoformat(sent.read("state.json")["eta"])
    expected = dt.datetime.now(dt.timezone.utc) + dt.timedelta(seconds=10 * left)
    assert abs((end - expected).total_seconds()) < 20


@pytest.mark.filterwarnings("ignore::tidycnn.core.errors.TidycnnWarning")
def test_a_fit_on_another_thread_is_stopped_without_a_signal(sent, monkeypatch):
    signals = []
    monkeypatch.setattr(_telling.TellJob, "is_stopped", True)
    monkeypatch.setattr(signal, "raise_signal", signals.append)
    thread = threading.Thread(target=work, args=[sent])
    thread.start()
    thread.join()
    row = job_status(sent).iloc[0]
    assert (row["status"], row["message"], signals) == ("stopped", "It was stopped, as was asked.", [])


@pytest.mark.filterwarnings("ignore::tidycnn.core.errors.TidycnnWarning")
def test_a_classifier_of_an_earlier_end_is_not_that_of_the_last(sent, monkeypatch):
    on_begin = _telling.TellJob.on_epoch_begin

    def stop(self, epoch, logs=None):
        on_begin(self, epoch, logs)
        (sent.place / STOP).touch()

    monkeypatch.setattr(_telling.TellJob, "on_epoch_begin", stop)
    work(sent)
    assert job_status(sent)["status"].item() == "stopped"
    assert job_result(sent).levels == ["cat", "dog"]
    begin_again(sent)
    assert job_status(sent)["message"].item().startswith("It ended without a word")
    assert {"step", "loss", "eta", "memory"}.isdisjoint(sent.read(STATE))
    assert sent.read(STATE)["epochs"] == 2
    sent.end("killed", "It was killed by SIGKILL.")
    assert (sent.place / RESULT).is_dir()
    with pytest.raises(InputError, match=r"has no classifier [(]killed[)]"):
        job_result(sent)


def test_a_fit_goes_on_where_nothing_can_be_told(sent, monkeypatch):
    def full(self, name, facts):
        raise StoreError("The disk is full.") from OSError(errno.ENOSPC, "")

    monkeypatch.setattr(Job, "say", full)
    with pytest.warns(TidycnnWarning, match="The disk is full"):
        work(sent)
    assert sent.read(END) == {}
    assert load_classifier(sent.folder).history["epoch"].max() == 2

"""A fit in a process of its own: it ends as one of this session, whatever becomes of either."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

from tidycnn import (
    fit_classifier,
    fit_control,
    image_data_generator,
    job_history,
    job_result,
    job_resume,
    job_status,
    job_stop,
    job_wait,
    list_jobs,
    load_classifier,
    make_blood_cells,
    split_images,
)
from tidycnn.core.errors import InputError
from tidycnn.fit._job import Job

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="has no such signals")]

GENERATOR = image_data_generator(rescale=1 / 255, rotation_range=20, horizontal_flip=True)
PATIENCE_SECONDS = 120
LONG = 3000  # Of which nobody waits for the end, should a test leave it running.


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    drawn = make_blood_cells(tmp_path_factory.mktemp("cells"), n=32, size=24, seed=1, progress=False)
    return split_images(drawn, {"train": 0.75, "validation": 0.25}, seed=1)


@pytest.fixture(scope="module")
def model() -> Any:
    keras.utils.set_random_seed(1)
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((24, 24, 3)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dropout(0.4),
            layers.Dense(4, activation="softmax"),
        ]
    )


def fit(model: Any, images: Any, folder: Path | None = None, *, background: bool = True, **options: Any) -> Any:
    chosen: dict[str, Any] = {
        "generator": GENERATOR,
        "epochs": LONG,
        "batch_size": 6,
        "optimizer": "rmsprop",
        "learning_rate": 0.003,
        "reduce_lr": 2,
        "seed": 3,
        "progress": False,
    }
    control = fit_control(save_every=2, background=background)
    return fit_classifier(model, images, folder=folder, control=control, **{**chosen, **options})


def status_of(job: Any) -> str:
    return str(job_status(job)["status"].item())


def wait_for_epoch(job: Job, epoch: int) -> None:
    """Wait until that many epochs of a job are complete."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not (job_history(job)["epoch"] >= epoch).any():
        assert time.monotonic() < end, job.log.read_text()
        assert status_of(job) == "running", job_status(job)["message"].item()
        time.sleep(0.05)


def assert_same(one: Any, other: Any) -> None:
    pd.testing.assert_frame_equal(one.history, other.history)
    for here, there in zip(one.model.get_weights(), other.model.get_weights(), strict=True):
        np.testing.assert_array_equal(here, there)
    for here, there in zip(one.model.optimizer.variables, other.model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(here, there)


def test_a_job_that_is_killed_goes_on_to_the_end_of_a_fit_of_the_session(model, images, tmp_path):
    epochs = 12
    job = fit(model, images, tmp_path / "run", epochs=epochs)
    with pytest.raises(InputError, match="runs in another process"):
        fit(model, images, tmp_path / "run", background=False)
    with pytest.raises(InputError, match="runs already"):
        job_resume(job)
    with pytest.raises(InputError, match=r"has no classifier [(]running[)]"):
        job_result(job)
    wait_for_epoch(job, 2)
    os.kill(job.read("state.json")["process"], signal.SIGKILL)
    row = job_status(job_wait(job)).iloc[0]
    assert row["status"] == "killed"
    assert "killed by SIGKILL, holding" in row["message"]
    assert row["epoch"] < epochs
    with pytest.raises(InputError, match=r"has no classifier [(]killed[)]"):
        job_result(job)
    assert status_of(job_wait(job_resume(tmp_path / "run"))) == "finished"
    expected = fit(model, images, background=False, epochs=epochs)
    assert_same(job_result(job), expected)
    assert_same(load_classifier(tmp_path / "run"), expected)
    assert_same(fit(model, images, tmp_path / "run", background=False, epochs=epochs), expected)
    pd.testing.assert_frame_equal(job_history(job), expected.history)
    assert status_of(fit(model, images, tmp_path / "run", epochs=epochs)) == "finished"


def test_a_job_whose_processes_are_all_killed_is_told_from_one_that_runs(model, images, tmp_path):
    job = fit(model, images, tmp_path / "run")
    wait_for_epoch(job, 1)
    os.killpg(os.getpgid(job.read("state.json")["process"]), signal.SIGKILL)
    row = job_status(job_wait(job)).iloc[0]
    assert row["status"] == "killed"
    assert "without a word" in row["message"]


def test_a_job_tells_how_far_it_is_and_keeps_what_it_learned_when_it_is_stopped(model, images, tmp_path, heard):
    job = fit(model, images, tmp_path / "run")
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700
    assert any(str(tmp_path / "run") in said for said in heard.remarks)
    wait_for_epoch(job, 2)
    time.sleep(1.2)
    row = job_status(tmp_path / "run").iloc[0]
    assert (row["status"], row["epochs"]) == ("running", LONG)
    assert row["eta"] > row["started"]
    assert row[["loss", "val_loss", "memory"]].astype(float).gt(0).all()
    assert "running, epoch" in repr(job)
    threading.Timer(1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        job_wait(job)
    assert "goes on: only the waiting has ended" in heard.remarks[-1]
    assert status_of(job) == "running"
    assert status_of(job_stop(job)) == "stopped"
    learned = job_result(job)
    assert learned.history["epoch"].max() >= 2
    assert "stopped" in repr(job)
    with pytest.raises(InputError, match="a fit that has not ended"):
        load_classifier(tmp_path / "run")


STARTS = """
import pandas as pd
import sys
import time
import keras
from tidycnn import fit_classifier, fit_control
model = keras.models.load_model(sys.argv[1])
images = pd.read_pickle(sys.argv[2])
fit_classifier(model, images, epochs=6, folder=sys.argv[3], control=fit_control(background=True), seed=3)
print("started", flush=True)
time.sleep(600)
"""


def test_a_job_lives_on_when_the_process_that_started_it_is_killed(model, images, tmp_path):
    model.save(tmp_path / "model.keras")
    images.to_pickle(tmp_path / "images.pickle")
    places = [str(tmp_path / name) for name in ("model.keras", "images.pickle", "run")]
    command = [sys.executable, "-c", STARTS, *places]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout.readline() == b"started\n"
        os.killpg(process.pid, signal.SIGKILL)
    job = Job(tmp_path / "run")
    wait_for_epoch(job, 1)
    os.kill(job.read("state.json")["process"], signal.SIGHUP)
    assert status_of(job_wait(job)) == "finished"
    assert job_result(job).history["epoch"].max() == 6


def test_errors_are_told_with_their_hint_and_its_log_with_its_traceback(model, images, tmp_path):
    (tmp_path / "logs").mkdir()
    logger = keras.callbacks.CSVLogger(str(tmp_path / "logs" / "log.csv"))
    strange = fit(model, images, tmp_path / "strange", callbacks=logger)
    shutil.rmtree(tmp_path / "logs")
    lost = tmp_path / "lost"
    shutil.copytree(Path(images["path"].iloc[0]).parents[1], lost)
    moved = [str(lost / Path(path).parent.name / Path(path).name) for path in images["path"]]
    ours = fit(model, images.assign(path=moved), tmp_path / "ours")
    shutil.rmtree(lost)
    row = job_status(job_wait(strange)).iloc[0]
    assert row["status"] == "error"
    assert "FileNotFoundError" in row["message"]
    assert "Traceback" in strange.log.read_text()
    row = job_status(job_wait(ours)).iloc[0]
    assert row["status"] == "error"
    assert str(lost) in row["message"]
    with pytest.raises(InputError, match=r"has no classifier [(]error[)]"):
        job_result(ours)
    assert list_jobs(tmp_path)["job"].tolist() == ["strange", "ours"]
    assert list_jobs()["path"].tolist() == [str(tmp_path / "strange"), str(tmp_path / "ours")]


def test_bad_input_is_an_error_at_the_call_and_no_folder_is_made(model, images, tmp_path):
    with pytest.raises(InputError, match="`patience` must be"):
        fit(model, images, tmp_path / "run", patience=0)
    with pytest.raises(InputError, match="labels"):
        fit(model, images[images["label"] != "MONOCYTE"].assign(label=lambda x: x["label"].astype(str)))
    assert not (tmp_path / "run").exists()
    assert list_jobs().empty


def test_what_holds_no_job_is_named(tmp_path):
    with pytest.raises(InputError, match="`job` must be a job or its folder"):
        job_status(tmp_path)


def test_a_job_that_cannot_be_read_ends_no_list(tmp_path):
    for name, state in {"whole": '{"epochs": 3, "started": "2026-01-01T00:00:00+00:00"}', "damaged": "{"}.items():
        (tmp_path / name / "job").mkdir(parents=True)
        (tmp_path / name / "job" / "job.json").touch()
        (tmp_path / name / "job" / "state.json").write_text(state)
    jobs = list_jobs(tmp_path).set_index("job")
    assert jobs["status"].to_dict() == {"whole": "killed", "damaged": "error"}
    assert "state.json' is damaged" in jobs.loc["damaged", "message"]


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="nothing is closed to root")
def test_a_folder_that_is_closed_holds_no_job(tmp_path):
    (tmp_path / "closed").mkdir(mode=0o000)
    assert list_jobs(tmp_path).empty


def test_a_job_that_was_stopped_and_goes_on_in_the_session_has_finished(model, images, tmp_path, heard):
    job = fit(model, images, tmp_path / "run", epochs=LONG)
    assert status_of(job_stop(job)) == "stopped"  # Before it has begun.
    assert job_history(job).empty
    assert job_result(job).levels == list(images["label"].cat.categories)
    expected = fit(model, images, tmp_path / "run", epochs=2, background=False)
    row = job_status(job).iloc[0]
    assert (row["status"], row["epoch"], row["epochs"]) == ("finished", 2, 2)
    assert_same(job_result(job), expected)
    pd.testing.assert_frame_equal(job_history(job), expected.history)

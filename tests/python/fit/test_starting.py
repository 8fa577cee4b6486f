"""Where jobs lie, and which are known."""

from pathlib import Path

import pytest

from tidycnn.fit._job import Job
from tidycnn.fit._starting import known_folders, place_for, tell_started


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("TIDYCNN_JOBS", str(tmp_path / "jobs"))
    return tmp_path / "jobs"


class Model:
    name = "blood cells/deep"


def test_a_job_without_a_folder_is_called_by_the_time_and_its_model(home):
    place = Path(place_for(None, Model()))
    assert place.parent == home
    assert place.name.endswith("-blood_cells_deep")
    place.mkdir(parents=True)
    assert place_for(None, Model()) != place
    assert place_for("mine", Model()) == "mine"


def test_jobs_elsewhere_are_remembered_once(home, tmp_path):
    for _ in range(2):
        tell_started(Job(tmp_path / "elsewhere"))
    (home / "one").mkdir()
    tell_started(Job(home / "one"))
    assert known_folders() == [home / "one", tmp_path / "elsewhere"]

"""What a killed process leaves is found, put back and cleared away; what a living one works on is left alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tidycnn.core import _workshop
from tidycnn.core.errors import StoreError
from tidycnn.core.store import atomic_file, atomic_folder, put_back

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs locks of files")


@pytest.fixture(params=["exchange", "renames"])
def way(request, monkeypatch):
    """Replace folders in one step, or in two as on file systems that cannot exchange."""
    if request.param == "renames":
        monkeypatch.setattr(_workshop, "_exchanged", lambda one, other: False)


@pytest.fixture
def target(tmp_path):
    return tmp_path / "target"


def write(target, text):
    with atomic_folder(target) as temporary:
        (temporary / "a").write_text(text)


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def leave(target, *, old=None, number=0):
    """Leave a workshop as a killed process does: with a half-made folder, the lock free, and what was moved away."""
    workshop = _workshop.workshops(target)[number]
    assert workshop.open()
    workshop.new.mkdir()
    (workshop.new / "half").touch()
    if old is not None:
        (workshop.folder / "old").mkdir()
        (workshop.folder / "old" / "a").write_text(old)
    os.close(workshop._lock)


@pytest.mark.parametrize("way", ["exchange", "renames"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_at_whatever_step_a_process_is_killed_the_old_or_the_new_is_there_whole(tmp_path, way, when):
    script = Path(__file__).with_name("dying.py")
    ran = subprocess.run([sys.executable, script, tmp_path, way, when], capture_output=True, text=True, check=True)
    found = json.loads(ran.stdout)
    assert {state for state, *_ in found} == {"old", "new"}
    assert all([next_one, beside] == ["newest", ["target"]] for _, next_one, beside in found)


def test_a_folder_is_replaced_whole_either_way(target, way):
    write(target, "old")
    (target / "b").touch()
    write(target, "new")
    assert names_in(target) == ["a"]
    assert (target / "a").read_text() == "new"
    assert names_in(target.parent) == ["target"]


@pytest.mark.parametrize("number", [0, 3])
def test_what_was_moved_away_is_put_back(target, number):
    leave(target, old="old", number=number)
    put_back(target)
    assert (target / "a").read_text() == "old"
    assert names_in(target.parent) == ["target"]


def test_what_was_moved_away_is_put_back_before_the_next_write_which_may_fail(target):
    leave(target, old="old")
    with pytest.raises(ZeroDivisionError), atomic_folder(target):
        raise ZeroDivisionError
    assert (target / "a").read_text() == "old"


def test_what_was_moved_away_does_not_come_back_over_a_newer_one(target):
    leave(target, old="old")
    target.mkdir()
    write(target, "new")
    assert (target / "a").read_text() == "new"
    assert names_in(target.parent) == ["target"]


def test_what_belongs_to_another_name_is_left_where_it_is(target):
    leave(target, old="old")
    before = names_in(target.parent)
    write(target.with_name("target-0"), "other")
    put_back(target.with_name("targe"))
    assert names_in(target.parent) == [*before, "target-0"]


@pytest.mark.parametrize("write", [atomic_file, atomic_folder])
def test_the_next_write_clears_away_what_killed_ones_left(target, write):
    for number in (0, 1, 5):
        leave(target, number=number)
    with write(target):
        pass
    assert names_in(target.parent) == ["target"]


def test_what_a_living_process_works_on_is_left_alone(target, way):
    with atomic_folder(target) as temporary:
        (temporary / "a").write_text("first")
        write(target, "second")
        put_back(target)
        assert (target / "a").read_text() == "second"
    assert (target / "a").read_text() == "first"
    assert names_in(target.parent) == ["target"]


def test_many_writers_leave_one_whole_folder(target, way):
    def write_often(letter):
        for _ in range(20):
            with atomic_folder(target) as temporary:
                for name in ("a", "b"):
                    (temporary / name).write_text(letter)

    writers = [threading.Thread(target=write_often, args=[letter]) for letter in "xyz"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert (target / "a").read_text() == (target / "b").read_text() in ("x", "y", "z")
    assert names_in(target.parent) == ["target"]


def test_more_writers_than_there_are_places_are_told(target, monkeypatch):
    monkeypatch.setattr(_workshop, "_PLACES", 1)
    with atomic_folder(target), pytest.raises(StoreError, match="other processes are writing it"):
        write(target, "second")
    assert names_in(target.parent) == ["target"]


def test_where_files_cannot_be_locked_folders_are_replaced_and_put_back_all_the_same(target, monkeypatch):
    leave(target, old="old")
    monkeypatch.setattr(_workshop, "fcntl", None)
    put_back(target)
    assert (target / "a").read_text() == "old"
    write(target, "new")
    assert (target / "a").read_text() == "new"


def test_a_failing_second_rename_puts_the_old_one_back(target, monkeypatch):
    write(target, "old")
    rename = Path.rename

    def fail(self, other):
        if self.parent.name == "new":
            raise OSError(28, "No space left on device")
        return rename(self, other)

    monkeypatch.setattr(_workshop, "_exchanged", lambda one, other: False)
    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(StoreError, match="the disk is full"):
        write(target, "new")
    assert (target / "a").read_text() == "old"
    assert names_in(target.parent) == ["target"]


def test_a_link_of_another_user_where_we_work_is_not_followed(target, tmp_path):
    (tmp_path / "precious" / "new").mkdir(parents=True)
    _workshop.workshops(target)[0].folder.symlink_to(tmp_path / "precious")
    write(target, "new")
    assert (target / "a").read_text() == "new"
    assert names_in(tmp_path / "precious") == ["new"]

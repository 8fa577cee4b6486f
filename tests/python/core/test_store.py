import errno
import os
import stat
import threading
from pathlib import Path

import pytest

from tidycnn.core import store
from tidycnn.core.errors import StoreError
from tidycnn.core.store import atomic_file, atomic_folder, cache_folder, hash_bytes


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_takes_its_place_when_the_block_ends(tmp_path):
    target = tmp_path / "new" / "table.csv"
    with atomic_file(target) as temporary:
        temporary.write_text("whole")
        assert not target.exists()
    assert target.read_text() == "whole"
    assert names_in(target.parent) == ["table.csv"]


def test_the_disk_holds_a_file_and_its_name_unless_that_is_not_asked_for(tmp_path, monkeypatch):
    flushed = []
    monkeypatch.setattr(store, "_flush", lambda path: flushed.append(path.name))
    with atomic_file(tmp_path / "in a hurry", flushed=False):
        pass
    with atomic_file(tmp_path / "kept"):
        pass
    assert flushed == ["kept", tmp_path.name]


def test_the_disk_holds_all_of_a_folder_and_its_name(tmp_path, monkeypatch):
    flushed = []
    monkeypatch.setattr(store, "_flush", lambda path: flushed.append(path.name))
    with atomic_folder(tmp_path / "target") as temporary:
        (temporary / "deep").mkdir()
        (temporary / "deep" / "file").touch()
    assert flushed == ["deep", "file", "target", tmp_path.name]


def test_a_file_keeps_its_old_content_when_the_block_fails(tmp_path):
    target = tmp_path / "table.csv"
    target.write_text("old")
    with pytest.raises(ZeroDivisionError), atomic_file(target) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert target.read_text() == "old"
    assert names_in(tmp_path) == ["table.csv"]


def test_a_new_file_has_the_rights_that_any_file_gets(tmp_path):
    (tmp_path / "plain").touch()
    with atomic_file(tmp_path / "ours") as temporary:
        temporary.write_text("")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_folder_replaces_the_old_one_whole(tmp_path):
    target = tmp_path / "classifier"
    target.mkdir()
    (target / "old.txt").touch()
    with atomic_folder(target) as temporary:
        (temporary / "new.txt").touch()
    assert names_in(target) == ["new.txt"]
    assert names_in(tmp_path) == ["classifier"]


def test_a_folder_keeps_its_old_content_when_the_block_is_interrupted(tmp_path):
    target = tmp_path / "classifier"
    target.mkdir()
    (target / "old.txt").touch()
    with pytest.raises(KeyboardInterrupt), atomic_folder(target) as temporary:
        (temporary / "half.txt").touch()
        raise KeyboardInterrupt
    assert names_in(target) == ["old.txt"]
    assert names_in(tmp_path) == ["classifier"]


def test_a_new_folder_can_be_read_by_those_who_may_read_any(tmp_path):
    (tmp_path / "plain").mkdir()
    with atomic_folder(tmp_path / "ours"):
        pass
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("plain", "ours")]
    assert modes[0] == modes[1]


@pytest.mark.parametrize("write", [atomic_file, atomic_folder])
@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EROFS, "the disk is read-only"),
        (errno.EACCES, "writing is not permitted there"),
    ],
)
def test_what_cannot_be_written_is_said_in_words(tmp_path, write, number, reason):
    with pytest.raises(StoreError, match=reason) as caught, write(tmp_path / "target"):
        raise OSError(number, os.strerror(number))
    assert "target" in caught.value.message
    assert names_in(tmp_path) == []


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(StoreError, match="a file stands where a folder is needed"),
        atomic_file(tmp_path / "file" / "x"),
    ):
        pass


def test_a_folder_in_the_place_of_a_file_is_named(tmp_path):
    (tmp_path / "folder").mkdir()
    with (
        pytest.raises(StoreError, match="a folder stands where a file is needed"),
        atomic_file(tmp_path / "folder"),
    ):
        pass
    assert names_in(tmp_path) == ["folder"]


def test_a_file_is_never_replaced_by_a_folder(tmp_path):
    (tmp_path / "file").write_text("precious")
    with (
        pytest.raises(StoreError, match="a file stands where a folder is needed"),
        atomic_folder(tmp_path / "file"),
    ):
        pass
    assert (tmp_path / "file").read_text() == "precious"


@pytest.mark.parametrize("place", [".", ".."])
def test_the_folder_that_one_works_in_is_not_replaced(tmp_path, monkeypatch, place):
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    with pytest.raises(StoreError, match="it is the working folder, or holds it"), atomic_folder(place):
        pass
    assert names_in(tmp_path) == ["a"]


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_to_a_file_stays_and_what_it_leads_to_is_replaced(tmp_path, exists):
    (tmp_path / "other").mkdir()
    if exists:
        (tmp_path / "other" / "table.csv").write_text("old")
    (tmp_path / "link").symlink_to(Path("other", "table.csv"))
    with atomic_file(tmp_path / "link") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "other" / "table.csv").read_text() == "new"
    assert [names_in(tmp_path), names_in(tmp_path / "other")] == [["link", "other"], ["table.csv"]]


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_to_a_folder_stays_and_what_it_leads_to_is_replaced(tmp_path, exists):
    (tmp_path / "other").mkdir()
    if exists:
        (tmp_path / "other" / "classifier").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "other" / "classifier")
    with atomic_folder(tmp_path / "link") as temporary:
        (temporary / "new.txt").touch()
    assert (tmp_path / "link").is_symlink()
    assert names_in(tmp_path / "other" / "classifier") == ["new.txt"]
    assert [names_in(tmp_path), names_in(tmp_path / "other")] == [["link", "other"], ["classifier"]]


def test_a_pipe_is_written_to_and_stays(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    heard = []
    reader = threading.Thread(target=lambda: heard.append((tmp_path / "pipe").read_text()))
    reader.start()
    with atomic_file(tmp_path / "pipe") as temporary:
        temporary.write_text("whole")
    reader.join()
    assert heard == ["whole"]
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


@pytest.mark.parametrize("rights", [0o600, 0o640])
def test_what_is_replaced_keeps_its_rights(tmp_path, rights):
    (tmp_path / "file").touch(rights)
    (tmp_path / "folder").mkdir(rights | 0o100)
    for write, name in ((atomic_file, "file"), (atomic_folder, "folder")):
        with write(tmp_path / name):
            pass
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("file", "folder")]
    assert modes == [rights, rights | 0o100]


@pytest.mark.parametrize("name", ["😀" * 60, ".hidden", "a b\n", "caf\udce9"])
@pytest.mark.parametrize("write", [atomic_file, atomic_folder])
def test_any_name_that_the_system_knows_can_be_written(tmp_path, write, name):
    with write(tmp_path / name):
        pass
    assert names_in(tmp_path) == [name]


def test_other_errors_of_the_system_pass_as_they_are(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_file(tmp_path / "target"):
        raise FileNotFoundError(errno.ENOENT, "gone")


def test_two_writers_leave_one_whole_file(tmp_path):
    target = tmp_path / "table.csv"

    def write(letter):
        for _ in range(20):
            with atomic_file(target) as temporary:
                temporary.write_text(letter * 1000)

    writers = [threading.Thread(target=write, args=[letter]) for letter in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert target.read_text() in ("a" * 1000, "b" * 1000)
    assert names_in(tmp_path) == ["table.csv"]


def test_names_of_contents_are_told_apart_and_repeat():
    assert hash_bytes(b"a") == hash_bytes(b"a") != hash_bytes(b"b")
    assert len(hash_bytes(b"")) == 32


def test_the_cache_is_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("TIDYCNN_CACHE", str(tmp_path / "my cache"))
    assert cache_folder() == tmp_path / "my cache"
    assert cache_folder().is_dir()


def test_without_a_word_the_cache_is_the_users(tmp_path, monkeypatch):
    monkeypatch.delenv("TIDYCNN_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert tmp_path in cache_folder().parents

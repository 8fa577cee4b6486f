"""What could not be written is refused before there is anything to write."""

import contextlib
import errno
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tidycnn.core.errors import InputError, StoreError
from tidycnn.core.targets import check_file, check_folder, check_inside

NOBODY = 65534


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@contextlib.contextmanager
def as_nobody():
    """Be somebody whom permissions bind: they do not bind root."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.fixture
def public_folder():
    """Give a folder that everybody may enter, which those of pytest are not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    folder.chmod(0o777)
    shutil.rmtree(folder)


@pytest.fixture
def closed_folder(public_folder):
    """Give a folder into which nothing can be written, as long as its file `there.csv` can be."""
    if os.name != "posix":
        pytest.skip("permissions are those of POSIX")
    (public_folder / "there.csv").touch(mode=0o666)
    (public_folder / "there.csv").chmod(0o666)
    public_folder.chmod(0o555)
    with as_nobody():
        yield public_folder
    public_folder.chmod(0o777)


@pytest.mark.parametrize("check", [check_file, check_folder, check_inside])
@pytest.mark.parametrize("name", ["new", "a/b/new"])
def test_what_can_be_written_passes_and_leaves_nothing_behind(tmp_path, check, name):
    check(tmp_path / name, "output")
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("check", [check_file, check_folder, check_inside])
@pytest.mark.parametrize("name", ["new", "a/b/new"])
def test_a_folder_that_is_closed_is_refused_under_the_name_of_the_argument(closed_folder, check, name):
    with pytest.raises(StoreError, match=r"`output` .*new' could not be written: writing is not permitted there"):
        check(closed_folder / name, "output")


def test_a_file_that_is_written_in_place_needs_no_permission_for_its_folder(closed_folder):
    check_file(closed_folder / "there.csv", "log", in_place=True)
    with pytest.raises(StoreError, match="not permitted"):
        check_file(closed_folder / "there.csv", "log")


def test_a_file_that_is_written_in_place_needs_permission_itself(public_folder):
    (public_folder / "log.csv").touch()
    (public_folder / "log.csv").chmod(0o444)
    with as_nobody():
        check_file(public_folder / "log.csv", "log")
        with pytest.raises(StoreError, match=r"`log` .* not permitted"):
            check_file(public_folder / "log.csv", "log", in_place=True)


def test_a_file_that_is_tried_in_place_keeps_its_content(tmp_path):
    (tmp_path / "log.csv").write_text("epoch\n")
    check_file(tmp_path / "log.csv", "log", in_place=True)
    assert (tmp_path / "log.csv").read_text() == "epoch\n"


def test_a_folder_is_no_file_and_a_file_no_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"`output` must be a file, but .* is a folder"):
        check_file(tmp_path, "output")
    for check in (check_folder, check_inside):
        with pytest.raises(InputError, match=r"`save` must be a folder, but .* is a file"):
            check(tmp_path / "file", "save")


@pytest.mark.parametrize("check", [check_file, check_folder, check_inside])
def test_a_file_on_the_way_is_named(tmp_path, check):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="a file stands where a folder is needed"):
        check(tmp_path / "file" / "new", "output")


@pytest.mark.parametrize("check", [check_file, check_folder, check_inside])
def test_a_name_that_is_too_long_is_refused(tmp_path, check):
    with pytest.raises(StoreError, match="the name is too long"):
        check(tmp_path / ("a" * 300), "output")


@pytest.mark.parametrize("check", [check_file, check_folder, check_inside])
@pytest.mark.parametrize(("number", "reason"), [(errno.ENOSPC, "disk is full"), (errno.EDQUOT, "quota is used up")])
def test_a_full_disk_is_found_by_writing(tmp_path, monkeypatch, check, number, reason):
    def full(descriptor):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match=reason):
        check(tmp_path / "new", "output")
    assert names_in(tmp_path) == []


def test_a_file_may_need_a_folder_that_exists(tmp_path):
    with pytest.raises(InputError, match="`log` must be in a folder that exists"):
        check_file(tmp_path / "none" / "log.csv", "log", makes_folder=False)


def test_a_disk_cannot_be_replaced(monkeypatch, tmp_path):
    monkeypatch.setattr(os.path, "ismount", lambda path: True)
    with pytest.raises(StoreError, match=r"that folder cannot be replaced(.|\n)*Name a folder inside it"):
        check_folder(tmp_path, "save")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs a folder of somebody else")
def test_a_folder_of_somebody_else_among_those_of_all_cannot_be_replaced(public_folder):
    (public_folder / "theirs").mkdir(mode=0o777)
    public_folder.chmod(0o1777)
    with as_nobody(), pytest.raises(StoreError, match="that folder cannot be replaced"):
        check_folder(public_folder / "theirs", "save")


def test_the_names_in_the_folder_that_is_replaced_are_given(tmp_path):
    (tmp_path / "cells").mkdir()
    (tmp_path / "cells" / "model.keras").touch()
    assert check_folder(tmp_path / "cells", "save") == {"model.keras"}
    assert check_folder(tmp_path / "new", "save") == set()


@pytest.mark.skipif(os.name != "posix", reason="there are no such files")
def test_a_device_is_written_as_it_is():
    check_file(os.devnull, "output")
    check_file(os.devnull, "output", in_place=True)

"""A lock keeps other processes away, and ends with the process that has it."""

import errno
import os
import subprocess
import sys

import pytest

from tidycnn.core import locks
from tidycnn.core.errors import InputError, StoreError
from tidycnn.core.locks import alone_in, has_lock, is_locked, take_lock

HOLDS = """
import sys, time
from pathlib import Path
from tidycnn.core.locks import alone_in
with alone_in(Path(sys.argv[1]), "a fit that runs"):
    print("alone", flush=True)
    time.sleep(60)
"""


def test_another_process_has_it_until_it_is_killed(tmp_path):
    with subprocess.Popen([sys.executable, "-c", HOLDS, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"alone\n"
        with (
            pytest.raises(InputError, match=r"`folder` .* has a fit that runs in another process"),
            alone_in(tmp_path, "a fit that runs"),
        ):
            pass
        process.kill()
        process.wait()
        with alone_in(tmp_path, "a fit that runs") as lock:
            assert has_lock(lock, tmp_path / "lock")


def test_it_can_be_had_again(tmp_path):
    for _ in range(2):
        with alone_in(tmp_path, "a fit that runs") as lock:
            assert has_lock(lock, tmp_path / "lock")


HANDED_ON = """
import sys, time
from pathlib import Path
from tidycnn.core.locks import has_lock
print(has_lock(int(sys.argv[2]), Path(sys.argv[1])), flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(os.name != "posix", reason="hands on no open files")
def test_whoever_it_was_handed_on_to_has_it(tmp_path):
    place = tmp_path / "lock"
    lock = take_lock(place)
    command = [sys.executable, "-c", HANDED_ON, str(place), str(lock)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, pass_fds=[lock]) as process:
        assert process.stdout.readline() == b"True\n"
        os.close(lock)
        assert take_lock(place) is None
        assert is_locked(place)
        process.kill()
        process.wait()
    assert not is_locked(place)


def test_another_file_is_not_the_lock(tmp_path):
    (tmp_path / "other").touch()
    with (tmp_path / "other").open() as other:
        assert not has_lock(other.fileno(), tmp_path / "lock")


@pytest.mark.skipif(os.name != "posix", reason="has other locks")
def test_those_who_only_look_do_not_shut_each_other_out(tmp_path):
    place = tmp_path / "lock"
    place.touch()
    with place.open() as looking:
        locks.fcntl.flock(looking, locks.fcntl.LOCK_SH)
        assert not is_locked(place)
        assert take_lock(place, tries=1) is None


@pytest.mark.skipif(os.name != "posix", reason="has other locks")
@pytest.mark.parametrize("ask", [take_lock, is_locked])
def test_a_file_system_without_locks_is_named_and_no_file_stays_open(tmp_path, monkeypatch, ask):
    def refuse(handle, operation):
        handles.append(handle)
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    handles = []
    (tmp_path / "lock").touch()
    monkeypatch.setattr(locks.fcntl, "flock", refuse)
    with pytest.raises(StoreError, match="has no locks") as caught:
        ask(tmp_path / "lock")
    assert "local disk" in caught.value.hint
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(handles[0])

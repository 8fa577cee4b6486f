"""A lock keeps other processes away, and ends with the process that has it."""

import subprocess
import sys

from tidycnn.core.locks import locking

HOLDS = """
import sys, time
from pathlib import Path
from tidycnn.core.locks import locking
with locking(Path(sys.argv[1])) as is_alone:
    print(is_alone, flush=True)
    time.sleep(60)
"""


def test_another_process_has_it_until_it_is_killed(tmp_path):
    with subprocess.Popen([sys.executable, "-c", HOLDS, str(tmp_path / "lock")], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"True\n"
        with locking(tmp_path / "lock") as is_alone:
            assert not is_alone
        process.kill()
        process.wait()
        with locking(tmp_path / "lock") as is_alone:
            assert is_alone


def test_it_can_be_had_again(tmp_path):
    for _ in range(2):
        with locking(tmp_path / "lock") as is_alone:
            assert is_alone

"""What ended the process of a job is told in words."""

from __future__ import annotations

import re
import signal
import subprocess

import pytest

from tidycnn.fit import _supervisor
from tidycnn.fit._job import END, LOG, Job


@pytest.fixture
def job(tmp_path):
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / LOG).write_text("".join(f"line {i}\n" for i in range(9)))
    return Job(tmp_path)


@pytest.mark.parametrize(
    ("process", "expected"),
    [
        ((-signal.SIGKILL, True), ("killed", r"The system killed it for want of memory, holding 3[.]2 GB")),
        ((-signal.SIGKILL, False), ("killed", r"It was killed by SIGKILL, holding 3[.]2 GB")),
        ((-signal.SIGTERM, True), ("killed", r"It was killed by SIGTERM")),
        ((-signal.SIGSEGV, False), ("error", r"It crashed by SIGSEGV.*line 4 / line 5 / line 6 / line 7 / line 8$")),
        ((3, False), ("error", r"It ended with the status 3.*line 8$")),
    ],
)
def test_each_end_has_its_words(job, monkeypatch, process, expected):
    monkeypatch.setattr(_supervisor, "peak_memory_of_children", lambda: 3277)
    _supervisor._tell(job, *process)
    end = job.read(END)
    assert (end["status"], end["memory"]) == (expected[0], 3277)
    assert re.search(expected[1], end["message"])


def test_a_kill_that_is_counted_before_the_process_is_gone_is_for_memory(monkeypatch):
    class Process:
        waits = 0

        def wait(self, timeout):
            self.waits += 1
            if self.waits == 1:
                raise subprocess.TimeoutExpired("fit", timeout)

    counts = iter([4, 5, 5])
    monkeypatch.setattr(_supervisor, "count_memory_kills", lambda: next(counts))
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)
    assert _supervisor._wait(Process())

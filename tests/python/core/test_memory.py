"""Memory is told in megabytes, and what the system ended for want of it is counted."""

import pytest

from tidycnn.core import memory


def test_a_process_has_held_what_it_took():
    before = memory.peak_memory()
    if before is None:
        pytest.skip("this system does not tell")
    taken = b"x" * (2**20 * (before + 100))
    assert memory.peak_memory() >= len(taken) // 2**20


def test_kills_of_machine_and_container_are_counted(monkeypatch):
    texts = {"/proc/vmstat": "nr_free 1\noom_kill 3\n", "/sys/fs/cgroup/memory.events": "oom 9\noom_kill 2\n"}
    monkeypatch.setattr(memory, "_read", lambda path: texts.get(path, ""))
    assert memory.count_memory_kills() == 5


def test_amounts_are_spelled():
    assert [memory.spell_memory(megabytes) for megabytes in (640, 3277)] == ["640 MB", "3.2 GB"]

"""What memory processes have held, and whether the system ended some for want of it.

By the standard library alone: asked by a process that must stay small beside one that does not.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

_MEGABYTE = 2**20
# What counts the processes that were ended for want of memory: of the machine, and of the container.
_COUNTERS = ("/proc/vmstat", "/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control")


def peak_memory() -> int | None:
    """Give the most memory that this process has held, in megabytes; None where the system does not tell."""
    found = re.search(r"^VmHWM:\s+(\d+) kB", _read("/proc/self/status"), re.MULTILINE)
    return int(found[1]) * 1024 // _MEGABYTE if found else _peak_of("RUSAGE_SELF")


def peak_memory_of_children() -> int | None:
    """Give the most memory that one of the children of this process that have ended has held, in megabytes."""
    return _peak_of("RUSAGE_CHILDREN")


def count_memory_kills() -> int:
    """Count the processes that the system has ended for want of memory, here and in this container."""
    found = (re.search(r"^oom_kill (\d+)", _read(path), re.MULTILINE) for path in _COUNTERS)
    return sum(int(each[1]) for each in found if each)


def spell_memory(megabytes: float) -> str:
    """Spell an amount of memory: `640 MB`, `3.2 GB`."""
    return f"{megabytes:.0f} MB" if megabytes < 1000 else f"{megabytes / 1024:.1f} GB"


def _peak_of(whose: str) -> int | None:
    try:
        import resource
    except ImportError:  # Windows.
        return None
    peak = resource.getrusage(getattr(resource, whose)).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) // _MEGABYTE


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""

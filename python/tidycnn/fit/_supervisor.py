"""Runs a job in a process of its own and stays small beside it, to tell what ended it where it cannot tell itself."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from tidycnn.core.errors import readable, speaking
from tidycnn.core.memory import count_memory_kills, peak_memory_of_children, spell_memory
from tidycnn.fit._job import END, Job

_LINES = 5
# How often it is looked whether the system has ended processes for want of memory.
_INTERVAL = 2.0


def supervise(folder: str, lock: str, language: str) -> int:
    """Run a job to its end, and say what ended it."""
    job = Job(Path(folder))
    _leave_terminal()
    with speaking(language):
        command = [sys.executable, "-m", "tidycnn.fit.jobs", folder, lock]
        process = subprocess.Popen(command, pass_fds=[int(lock)] if lock.isdecimal() else [])
        is_for_memory = _wait(process)
        if not job.read(END):
            _tell(job, process.returncode, is_for_memory)
    return process.returncode


def _wait(process: subprocess.Popen[bytes]) -> bool:
    """Wait until a process ends, and tell whether the system ended one for want of memory then."""
    signal.signal(signal.SIGTERM, lambda number, frame: process.terminate())
    # The last count but one: the system counts before the process is gone.
    before = latest = count_memory_kills()
    while True:
        try:
            process.wait(_INTERVAL)
        except subprocess.TimeoutExpired:
            before, latest = latest, count_memory_kills()
            continue
        return count_memory_kills() > before


def _tell(job: Job, status: int, is_for_memory: bool) -> None:
    memory = peak_memory_of_children()
    held = "" if memory is None else f", holding {spell_memory(memory)}"
    way_on = "`job_resume()` goes on from its last checkpoint."
    killed = getattr(signal, "SIGKILL", None)
    if status < 0 and -status == killed and is_for_memory:
        message = f"The system killed it for want of memory{held}."
        job.end("killed", message, hint=f"Give a smaller `batch_size`, or free memory: {way_on}", memory=memory)
    elif status < 0 and signal.Signals(-status) in (killed, signal.SIGTERM):
        job.end("killed", f"It was killed by {signal.Signals(-status).name}{held}.", hint=way_on, memory=memory)
    else:
        how = f"crashed by {signal.Signals(-status).name}" if status < 0 else f"ended with the status {status}"
        job.end("error", f"It {how}{held}. Its log ends: {_last_lines(job)}", memory=memory)


def _last_lines(job: Job) -> str:
    lines = [line for line in job.log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return readable(" / ".join(line.strip() for line in lines[-_LINES:]) or "nothing")


def _leave_terminal() -> None:
    """Heed no signal of a terminal; what is started from here inherits it."""
    for name in ("SIGHUP", "SIGINT"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(supervise(*sys.argv[1:]))

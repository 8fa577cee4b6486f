"""Processes that run fits, as many at once as there are workers.

The interface is that of any crew, also of one on other machines: `free`, `start`, `hear`, `stop`, `close`. What the
processes do stands in `_worker`. The threads that each fit has decide its bits, so they are set, and whoever starts a
crew writes them down.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tidycnn.core.errors import DependencyError, spoken_language
from tidycnn.fit._outcome import Outcome
from tidycnn.fit._processes import engine_environment
from tidycnn.fit._worker import FORKS, result_path

_CAN_FORK = sys.platform == "linux"
_THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")
_SECONDS_TO_END = 10


class Heard(NamedTuple):
    """What a crew tells of a fit: how far it has come (`note`), or that it is `gone`.

    Of one that is gone `outcome` is None where its process has died, of what says `status`: an exit status, or the
    negative number of a signal.
    """

    number: int
    is_gone: bool
    note: str = ""
    outcome: Outcome | None = None
    status: int = 0


class _Process:
    """A process, the fits that it runs, and a thread that hears it."""

    def __init__(self, folder: Path, *, threads: int, forks: bool, heard: queue.SimpleQueue[Any]) -> None:
        self.running: set[int] = set()
        self.is_ready = False
        self.log = folder / "log.txt"
        threading_of = dict.fromkeys(_THREADS, str(threads))
        with self.log.open("ab") as log:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", "tidycnn.fit._worker", *([FORKS] if forks else [])],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                # Ctrl-C is for the process that asks, which says what becomes of the fits.
                start_new_session=True,
                # Where no file of the user's can be taken for a module.
                cwd=folder,
                env=engine_environment(**threading_of, PYTHONIOENCODING="utf-8"),
            )
        threading.Thread(target=self._listen, args=[heard], daemon=True).start()

    def say(self, message: Mapping[str, Any]) -> None:
        """Send a message; one to a process that has ended is lost, and its end is heard."""
        if self._popen.stdin is not None:
            with contextlib.suppress(OSError):
                self._popen.stdin.write((json.dumps(message) + "\n").encode())
                self._popen.stdin.flush()

    def close(self) -> None:
        """End the process, and what it runs."""
        if self._popen.stdin is not None:
            with contextlib.suppress(OSError):
                self._popen.stdin.close()
        try:
            self._popen.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()

    def status(self) -> int:
        """Give how the process ended."""
        return self._popen.wait()

    def _listen(self, heard: queue.SimpleQueue[Any]) -> None:
        try:
            if self._popen.stdout is not None:
                with self._popen.stdout as output:
                    for line in output:
                        heard.put((self, json.loads(line)))
        finally:
            heard.put((self, None))


class Crew:
    """Processes of this machine.

    Parameters
    ----------
    workers
        How many fits run at once.
    folder
        Where what fits are asked has been written (`_asked`), and where they write what became of them.
    threads
        How many threads each fit has.
    forks
        Whether one process forks a child for each fit; else there are as many processes as workers, and each runs one
        fit after the other.
    """

    def __init__(self, workers: int, folder: Path, *, threads: int, forks: bool = _CAN_FORK) -> None:
        self._workers, self._folder, self._threads, self._forks = workers, folder, threads, forks
        self._heard: queue.SimpleQueue[tuple[_Process, dict[str, Any] | None]] = queue.SimpleQueue()
        self._processes: list[_Process] = []

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def running(self) -> set[int]:
        """The numbers of the fits that run."""
        return {number for process in self._processes for number in process.running}

    def free(self) -> int:
        """Tell how many more fits can be started."""
        return self._workers - len(self.running)

    def start(self, number: int, arguments: Any) -> None:
        """Start a fit; `arguments` is what `Asked.pack()` gave."""
        result_path(self._folder, number).unlink(missing_ok=True)
        at_once = self._workers if self._forks else 1
        process = next((each for each in self._processes if len(each.running) < at_once), None)
        if process is None:
            process = _Process(self._folder, threads=self._threads, forks=self._forks, heard=self._heard)
            self._processes.append(process)
        process.running.add(number)
        request = {"arguments": arguments, "asked": str(self._folder), "language": spoken_language()}
        process.say({"do": "start", "number": number, "folder": os.getcwd(), **request})  # noqa: PTH109

    def stop(self, number: int) -> None:
        """Ask a fit to end at its next step, and to keep what it has learned."""
        for process in self._processes:
            if number in process.running:
                process.say({"do": "stop", "number": number})

    def hear(self, timeout: float) -> list[Heard]:
        """Wait for what the processes tell, and give it; nothing where nothing is told."""
        try:
            process, message = self._heard.get(timeout=timeout)
        except queue.Empty:
            return []
        if message is None:
            return self._bury(process)
        if message["event"] == "ready":
            process.is_ready = True
            return []
        number = message["number"]
        if message["event"] == "progress":
            return [Heard(number, False, note=message["note"])]
        return [self._gone(process, number, message["status"])]

    def close(self) -> None:
        """End all processes."""
        for process in self._processes:
            process.close()
        self._processes.clear()

    def last_lines(self, most: int = 5) -> str:
        """Give the last of what the processes wrote, for messages."""
        log = self._folder / "log.txt"
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
        return "\n".join(lines[-most:])

    def _gone(self, process: _Process, number: int, status: int) -> Heard:
        process.running.discard(number)
        path = result_path(self._folder, number)
        outcome = Outcome(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None
        return Heard(number, True, outcome=outcome, status=status)

    def _bury(self, process: _Process) -> list[Heard]:
        """Take a process that has ended out of the crew; another one takes its place when it is needed."""
        status = process.status()
        if process in self._processes:
            self._processes.remove(process)
        if not process.is_ready and process.running:
            raise DependencyError(
                f"The processes that run fits do not start: {self.last_lines() or f'exit status {status}'}",
                hint="`tidycnn_sitrep()` tells what is missing. With one worker fits run in this process.",
            )
        return [self._gone(process, number, status) for number in sorted(process.running)]

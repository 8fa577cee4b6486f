"""A process that runs fits for another one, which it hears by its standard input and answers by its standard output.

Each line is one message in JSON. A process that TensorFlow has run in must never be forked, so where it can this one
only imports, and forks a child for each fit: what a fit takes of the memory goes with it, and what ends a child ends no
other fit. Elsewhere it runs one fit after the other itself. It ends when its standard input does, which is when the
process that asks has ended, however that came about: two must never write the same checkpoints.
"""

from __future__ import annotations

import _thread
import contextlib
import ctypes
import json
import os
import queue
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tidycnn.core.errors import speaking
from tidycnn.core.loading import mark_home
from tidycnn.core.progress import Silence, listening
from tidycnn.core.store import atomic_file

Message = dict[str, Any]
Say = Callable[[Message], None]

FORKS = "--fork"
_PAUSE = 0.05
_BYTES = 2**16
_NOTE_MAX = 200
_PR_SET_PDEATHSIG = 1


class _Telling(Silence):
    """Tells how far a fit has come."""

    def __init__(self, say: Say, number: int) -> None:
        self._say, self._number = say, number

    def update(self, task: int, done: int, note: str) -> None:
        # A short line is written in one piece, whoever else writes.
        self._say({"event": "progress", "number": self._number, "note": note[:_NOTE_MAX]})


def main() -> None:
    """Serve until there is nobody to serve."""
    say = _take_output()
    from tidycnn.fit import _asked, _outcome  # noqa: F401 - What takes long, before anybody asks for it.

    say({"event": "ready"})
    if FORKS in sys.argv:
        _serve_by_children(say)
    else:
        _serve_one_by_one(say)


def result_path(folder: Path, number: int) -> Path:
    """Give the file into which the outcome of a fit is written."""
    return folder / f"result-{number}.json"


def _take_output() -> Say:
    """Keep the standard output for messages: what libraries print goes to the standard error stream."""
    output = os.dup(1)
    os.dup2(2, 1)

    def say(message: Message) -> None:
        with contextlib.suppress(BrokenPipeError):
            os.write(output, (json.dumps(message) + "\n").encode())

    return say


def _run(request: Message, say: Say) -> None:
    from tidycnn.fit._asked import Asked
    from tidycnn.fit._outcome import Outcome, run_asked
    from tidycnn.train.ending import spell_error

    folder, number = Path(request["asked"]), request["number"]
    os.chdir(request["folder"])  # Paths of the user are meant from there.
    with speaking(request["language"]), listening(_Telling(say, number)):
        try:
            arguments = Asked(folder).unpack(request["arguments"])
        except Exception as error:
            outcome = Outcome(status="failed", error=spell_error(error))
        else:
            outcome = run_asked(arguments, progress=True)
    with atomic_file(result_path(folder, number), flushed=False) as path:
        path.write_text(json.dumps(vars(outcome)), encoding="utf-8")


def _serve_by_children(say: Say) -> None:
    children: dict[int, int] = {}
    for line in _lines(lambda: _tell_gone(children, say)):
        if line is None:
            for child in children.values():
                os.kill(child, signal.SIGKILL)
            return
        number = line["number"]
        if line["do"] == "start":
            children[number] = _fork(line, say)
        elif number in children:
            os.kill(children[number], signal.SIGTERM)


def _lines(between: Callable[[], object]) -> Iterator[Message | None]:
    """Give the messages that come, and None at their end; `between` is done again and again."""
    rest = b""
    while True:
        between()
        if not select.select([0], [], [], _PAUSE)[0]:
            continue
        read = os.read(0, _BYTES)
        if not read:
            yield None
            return
        *lines, rest = (rest + read).split(b"\n")
        yield from map(json.loads, lines)


def _tell_gone(children: dict[int, int], say: Say) -> None:
    for number, child in list(children.items()):
        gone, status = os.waitpid(child, os.WNOHANG)
        if gone:
            del children[number]
            say({"event": "gone", "number": number, "status": os.waitstatus_to_exitcode(status)})


def _fork(request: Message, say: Say) -> int:
    parent, child = os.getpid(), os.fork()
    if child:
        return child
    status = 1
    try:
        _end_with(parent)
        mark_home()
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        _run(request, say)
        status = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(status)


def _end_with(parent: int) -> None:
    """Let the system end this process when its parent ends, where it can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def _serve_one_by_one(say: Say) -> None:
    requests: queue.SimpleQueue[Message] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=[requests], daemon=True).start()
    while True:
        request = requests.get()
        _run(request, say)
        say({"event": "gone", "number": request["number"], "status": 0})


def _listen(requests: queue.SimpleQueue[Message]) -> None:
    for line in sys.stdin:
        message = json.loads(line)
        if message["do"] == "start":
            requests.put(message)
        else:
            _thread.interrupt_main(signal.SIGTERM)
    os._exit(0)


if __name__ == "__main__":
    main()

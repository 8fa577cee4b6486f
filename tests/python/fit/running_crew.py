"""Runs a long fit in a crew, tells the processes that are at work, and waits to be killed."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from tidycnn.fit._crew import Crew


def main() -> None:
    folder, forks = Path(sys.argv[1]), sys.argv[2] == "forks"
    arguments = (folder / "arguments.json").read_text(encoding="utf-8")
    with Crew(1, folder, threads=1, forks=forks) as crew:
        crew.start(0, json.loads(arguments))
        while not any(heard.note for heard in crew.hear(1)):
            pass
        process = crew._processes[0]._popen.pid
        children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="utf-8").split()
        print(process, *children, flush=True)
        time.sleep(600)


if __name__ == "__main__":
    main()

"""Starting the processes of a job, apart from the one that asks for it."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from tidycnn.core.errors import StoreError, in_language, spoken_language
from tidycnn.core.progress import remark
from tidycnn.core.types import PathLike
from tidycnn.fit._job import END, HISTORY, STATE, STOP, Job, now
from tidycnn.fit._processes import engine_environment

_KNOWN = "known.txt"
_LASTING = ("started", "stage", "stages", "epoch", "epochs", "steps", "before", "total", "val_loss")


def jobs_folder() -> Path:
    """Give the folder of the jobs for which none was named: `TIDYCNN_JOBS`, else in the user's folder for data."""
    named = os.environ.get("TIDYCNN_JOBS")
    if named:
        return Path(named).expanduser().resolve()
    import platformdirs

    return Path(platformdirs.user_data_dir("tidycnn", appauthor=False)) / "jobs"


def place_for(folder: PathLike | None, model: Any) -> PathLike:
    """Give the folder of a job: the one that was named, else one named by the time and the model."""
    if folder is not None:
        return folder
    home = jobs_folder()
    with contextlib.suppress(OSError):  # Whoever writes there says it better.
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = re.sub(r"\W+", "_", str(getattr(model, "name", "model"))).strip("_")
    first = f"{dt.datetime.now():%Y-%m-%d-%H%M%S}-{name}"
    places = (home / f"{first}{suffix}" for suffix in ("", *(f"-{i}" for i in range(2, 100))))
    return next(place for place in places if not place.exists())


def begin(job: Job, *, epochs: int, steps: int, rows: list[dict[str, Any]], **further: int) -> None:
    """Let the folder of a job tell that it begins, or goes on behind the epochs of which there is a history."""
    job.say(HISTORY, {"rows": rows})
    state = {"started": now(), "epoch": rows[-1]["epoch"] if rows else 0, "epochs": epochs, "steps": steps}
    job.say(STATE, state | further)


def begin_again(job: Job) -> None:
    """Forget how a job ended, and what held of its processes only."""
    for name in (END, STOP):
        (job.place / name).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # Whoever looks on would see the old state for a while.
        job.say(STATE, {name: value for name, value in job.read(STATE).items() if name in _LASTING})


def launch(job: Job, lock: int) -> None:
    """Start the processes of a job, which have the lock from then on."""
    handed = str(lock) if os.name == "posix" else "none"
    command = [sys.executable, "-m", "tidycnn.fit._supervisor", str(job.folder), handed, spoken_language()]
    with os.fdopen(os.open(job.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
        try:
            process = subprocess.Popen(
                command,
                # Where no file of the user's can be taken for a module.
                cwd=job.place,
                env=engine_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **_apart(lock),
            )
        except OSError as error:
            raise StoreError(f"The process of the job does not start: {error}.") from error
    # Somebody must hear of its end, or the system keeps its name.
    threading.Thread(target=process.wait, name="tidycnn-job", daemon=True).start()


def tell_started(job: Job) -> None:
    """Say where a job runs, and remember it."""
    with contextlib.suppress(OSError):
        _remember(job.folder)
    asking = in_language(f"job_status({str(job.folder)!r})", f'job_status("{job.folder.as_posix()}")')
    remark(f"The fit runs in a process of its own, whatever becomes of this one: `{asking}` tells how far it is.")


def known_folders() -> list[Path]:
    """Give the folders of the jobs that were started on this machine, as far as they are still there."""
    home = jobs_folder()
    inside = sorted(path for path in home.iterdir() if path.is_dir()) if home.is_dir() else []
    known = home / _KNOWN
    named = known.read_text(encoding="utf-8", errors="surrogateescape").splitlines() if known.is_file() else []
    return list(dict.fromkeys([*inside, *map(Path, named)]))


def _remember(folder: Path) -> None:
    home = jobs_folder()
    if folder.parent == home or folder in known_folders():
        return
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / _KNOWN).open("a", encoding="utf-8", errors="surrogateescape") as stream:
        stream.write(f"{folder}\n")


def _apart(lock: int) -> dict[str, Any]:
    """Say how a process is started that lives on when this one, its terminal or its group ends."""
    if os.name == "posix":
        return {"start_new_session": True, "pass_fds": [lock]}
    flags = getattr(subprocess, "DETACHED_PROCESS", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    return {"creationflags": flags}

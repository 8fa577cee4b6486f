"""What the folder of a job tells: who works at it, how far it has come, and how it ended.

The job lies in the folder of the fit that it keeps, as `job`: what was asked (`job.json` and what lies beside it), and
what the processes say while they work. It runs as long as one of them has the lock of the fit.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from tidycnn.core.errors import InputError, in_language, readable
from tidycnn.core.folders import FolderKind, telling_damage
from tidycnn.core.html import ShownInNotebooks
from tidycnn.core.locks import is_locked
from tidycnn.core.memory import spell_memory
from tidycnn.core.progress import spell_seconds
from tidycnn.core.store import atomic_file, put_back
from tidycnn.core.types import PathLike

Status: TypeAlias = Literal["running", "finished", "stopped", "killed", "error"]

# Where the training stands, its history, how it ended; what the processes wrote; that they are to stop; what they keep.
STATE, HISTORY, END, LOG, STOP, RESULT = "state.json", "history.json", "end.json", "log.txt", "stop", "classifier"
JOB = FolderKind(
    name="job",
    noun="job",
    format=1,
    tables=("images", "train", "validation"),
    files=("model.keras", "whitening.npy", STATE, HISTORY, END, LOG, STOP, RESULT),
)
_UNSAID = {
    "status": "killed",
    "message": "It ended without a word, as where the machine goes down or all its processes are killed.",
    "hint": "`job_resume()` goes on from its last checkpoint.",
}


@dataclass(frozen=True)
class Job(ShownInNotebooks):
    """A fit in a process of its own, as `fit_classifier()` gives with `background` in `fit_control()`.

    Parameters
    ----------
    folder
        Where the fit keeps itself.
    """

    folder: Path

    @property
    def place(self) -> Path:
        """The folder of what the job is asked and says."""
        return self.folder / "job"

    @property
    def lock(self) -> Path:
        """What the processes that work at the fit have."""
        return self.folder / "lock"

    @property
    def is_there(self) -> bool:
        """Whether its folder holds a job."""
        return os.path.isfile(self.place / JOB.description)  # noqa: PTH113 - A folder that is closed holds none.

    @property
    def log(self) -> Path:
        """What the processes write."""
        return self.place / LOG

    def read(self, name: str) -> dict[str, Any]:
        """Read what the processes said; nothing where they have not."""
        path = self.place / name
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        with telling_damage(path):
            return dict(json.loads(text))

    def say(self, name: str, facts: Mapping[str, Any]) -> None:
        """Let the folder tell something."""
        with atomic_file(self.place / name, flushed=name == END) as temporary:
            temporary.write_text(json.dumps(dict(facts)), encoding="utf-8")

    def end(
        self,
        status: Status,
        message: str = "",
        *,
        hint: str | None = None,
        memory: int | None = None,
        is_kept: bool = False,
    ) -> None:
        """Say how it ended, and whether what it had learned by then is kept beside that."""
        facts = {"status": status, "message": message, "hint": hint, "memory": memory, "is_kept": is_kept}
        self.say(END, {**facts, "at": now()})

    def look(self) -> dict[str, Any]:
        """Say how it is, by the names of a row of the jobs frame."""
        # Whoever has said how it ended may be about to leave.
        is_running = is_locked(self.lock)
        state, end = self.read(STATE), {} if is_running else self.read(END) or dict(_UNSAID)
        said = f"Step {state['step']} of {state['steps']}." if state.get("step") else "It begins."
        if "stages" in state:
            said = f"Stage {state.get('stage', 1)} of {state['stages']}. {said}"
        return {
            "job": self.folder.name,
            "status": end.get("status", "running"),
            "stage": state.get("stage", 1),
            "epoch": state.get("epoch", 0),
            "epochs": state.get("epochs"),
            "loss": state.get("loss"),
            "val_loss": state.get("val_loss"),
            "eta": state.get("eta") if is_running else None,
            "memory": end.get("memory") or state.get("memory"),
            "started": state.get("started"),
            "path": self.folder.as_posix(),
            "message": said if is_running else " ".join(filter(None, [end["message"], end.get("hint")])),
        }

    def __repr__(self) -> str:
        row = self.look()
        parts = [row["status"], f"epoch {row['epoch']} of {row['epochs']}"]
        parts += [f"{name} {row[name]:.4g}" for name in ("loss", "val_loss") if row[name] is not None]
        if row["eta"] is not None:
            parts.append(spell_left(row["eta"]))
        if row["memory"]:
            parts.append(spell_memory(row["memory"]))
        lines = [f"<Job {row['job']!r}: {', '.join(parts)}>", f"  {row['path']}"]
        return readable("\n".join([*lines, *([f"  {row['message']}"] if row["message"] else [])]))


def job_at(job: Job | PathLike) -> Job:
    """Give the job that lies in a folder, or the one that was given."""
    found = job if isinstance(job, Job) else Job(Path(job).expanduser().resolve())
    put_back(found.folder)
    if not found.is_there:
        asking = in_language("fit_control(background=True)", "fit_control(background = TRUE)")
        raise InputError(
            f"`job` must be a job or its folder, but {str(found.folder)!r} holds none.",
            hint=f"`fit_classifier()` with `control = {asking}` starts one; `list_jobs()` lists them.",
        )
    return found


def now() -> str:
    """Give the time as text, in UTC."""
    return dt.datetime.now(dt.timezone.utc).isoformat(timespec="milliseconds")


def spell_left(eta: str) -> str:
    """Say when a job is likely to end: `12 min left (23:40)`."""
    with contextlib.suppress(ValueError):
        end = dt.datetime.fromisoformat(eta)
        left = max(0.0, (end - dt.datetime.now(dt.timezone.utc)).total_seconds())
        return f"{spell_seconds(left)} left ({end.astimezone():%H:%M})"
    return ""

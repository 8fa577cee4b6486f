"""How a fit runs, apart from what it learns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tidycnn.core.checks import check_count, checked
from tidycnn.core.html import ShownInNotebooks
from tidycnn.core.settings import Settings
from tidycnn.core.types import Cache, OnError
from tidycnn.train.mirrored import Strategy
from tidycnn.train.precision import PrecisionChoice


@dataclass(frozen=True, kw_only=True)
class FitControl(ShownInNotebooks, Settings):
    """How a fit runs, as `fit_control()` gives."""

    cache: Cache = False
    on_error: OnError = "stop"
    precision: PrecisionChoice = "float32"
    threads: int | None = None
    save_every: int | None = None
    workers: int = 1
    background: bool = False
    strategy: Strategy | None = None

    def __post_init__(self) -> None:
        self._coerce()
        for name in ("threads", "save_every", "workers"):
            if getattr(self, name) is not None:
                check_count(getattr(self, name), name)

    def flow_options(self) -> dict[str, Any]:
        """Give what the flows of the fit are asked."""
        return {"cache": self.cache, "on_error": self.on_error}

    def __repr__(self) -> str:
        lines = [f"  {name:<11} {value}" for name, value in self.to_dict().items() if value is not None]
        return "\n".join(["<FitControl>", *lines])


DEFAULT_CONTROL = FitControl()


@checked
def fit_control(
    *,
    cache: Cache = False,
    on_error: OnError = "stop",
    precision: PrecisionChoice = "float32",
    threads: int | None = None,
    save_every: int | None = None,
    workers: int = 1,
    background: bool = False,
    strategy: Strategy | None = None,
) -> FitControl:
    """Say how a fit runs.

    Nothing here changes what is learned, but for `precision` and `strategy`, which change it a little.

    Parameters
    ----------
    cache
        Whether decoded pictures are kept between the epochs: `"memory"`, `"disk"`, `"auto"` (in memory where they
        fit), or not at all. A flow has its own.
    on_error
        What happens when a file cannot be read any more: `"stop"` ends the fit with its name, `"skip"` leaves it out
        with a warning. A flow has its own.
    precision
        What layers compute in: `"float32"`; `"bfloat16"`, which is about twice as fast on processors that have
        instructions for it (`tidycnn_sitrep()` tells) and slower for depthwise convolutions; `"float16"`, for GPUs,
        which scales the loss; or `"auto"`, the faster one of the first two, which some steps of a copy of the model
        tell, once for a model and a machine. Weights and the last layer keep 32 bits, and so does what is saved.
    threads
        How many threads make pictures at most; one for each processor where not given.
    save_every
        After how many steps a fit with a `folder` writes down where it stands; after each epoch where not given.
    workers
        How many fits of `fit_many()` and `fit_folds()` run at once, each in a process of its own; 1 runs them one after
        the other in this process.
    background
        Whether the fit, or all stages of `fine_tune()` together, is a job: it runs in a process of its own, which lives
        on when this one ends, and the call gives the job at once, of which `job_status()`, `job_wait()`, `job_stop()`
        and `job_result()` know more. Without a `folder` one is made in your folder for data (or where the environment
        variable `TIDYCNN_JOBS` says). The folder is closed to other users. Functions of your own, and arrays in memory,
        cannot go there.
    strategy
        `"mirrored"` lets all GPUs of this machine train one model: each learns from its part of every batch, so give a
        `batch_size` that they can divide evenly. It learns what one device would, but that normalisation of batches
        sees parts of them. With one device it changes nothing.

    Returns
    -------
    The `control` of `fit_classifier()`.

    Examples
    --------
    >>> fit_control(cache="memory", on_error="skip").on_error
    'skip'
    """
    return FitControl(**locals())

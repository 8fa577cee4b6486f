"""What processes of ours find when they start: the engine of the process that asks, and no file of the user's."""

from __future__ import annotations

import os
from pathlib import Path

import tidycnn


def engine_environment(**more: str) -> dict[str, str]:
    """Give the environment in which `python -m tidycnn...` is this engine, wherever it is started."""
    engine = str(Path(tidycnn.__file__).parents[1])
    others = [str(Path(path).absolute()) for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    return {**os.environ, **more, "PYTHONPATH": os.pathsep.join(dict.fromkeys([engine, *others]))}

"""What a job costs over the same fit in the session, which has TensorFlow already; and whether both end alike."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import tidycnn

PAIRS, EPOCHS = 5, 5


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        images = tidycnn.make_blood_cells(Path(folder) / "cells", n=200, size=64, progress=False, seed=1)
        model = tidycnn.blood_cells_small((64, 64, 3), 4, seed=1)
        control = tidycnn.fit_control(background=True)
        more, calls = [], []

        def fit(name: str, **options: Any) -> Any:
            options |= {"validation": 0.2, "epochs": EPOCHS, "progress": False, "seed": 1}
            return tidycnn.fit_classifier(model, images, folder=Path(folder) / name, **options)

        fit("first")
        for i in range(PAIRS):
            began = time.perf_counter()
            here = fit(f"here-{i}")
            between = time.perf_counter()
            job = fit(f"job-{i}", control=control)
            calls.append(time.perf_counter() - between)
            there: Any = tidycnn.job_result(tidycnn.job_wait(job, progress=False))
            more.append(time.perf_counter() - between - (between - began))
            for one, other in zip(here.model.get_weights(), there.model.get_weights(), strict=True):
                np.testing.assert_array_equal(one, other)
    print(
        f"a job takes {statistics.median(more):.1f} s more than the same fit in the session (median of {PAIRS}), "
        f"and gives the session back after {statistics.median(calls):.2f} s; the weights are the same"
    )


if __name__ == "__main__":
    main()

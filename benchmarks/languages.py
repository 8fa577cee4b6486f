"""What an epoch costs from R, against the same epoch from Python: processor seconds, in pairs that take turns.

An epoch is a fifth of what a fit of six epochs takes longer than one of one epoch; progress is drawn in R.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tidycnn import make_blood_cells

PAIRS = 7
PYTHON = """
import sys, time
import tidycnn as tc
images = tc.image_table(sys.argv[1], progress=False)
model = tc.blood_cells_small((96, 96, 3), seed=1)
generator = tc.image_data_generator(rescale=1 / 255, rotation_range=10, horizontal_flip=True)
fit = lambda epochs: tc.fit_classifier(model, images, generator=generator, epochs=epochs, seed=1)
fit(1)
clock = [time.process_time()]
for epochs in (1, 6):
    fit(epochs)
    clock.append(time.process_time())
print("seconds", (clock[2] - 2 * clock[1] + clock[0]) / 5)
"""
R = """
options(tidycnn.progress = TRUE)
library(tidycnn)
images <- image_table(commandArgs(TRUE)[[1]], progress = FALSE)
model <- blood_cells_small(c(96, 96, 3), seed = 1)
generator <- image_data_generator(rescale = 1 / 255, rotation_range = 10, horizontal_flip = TRUE)
fit <- function(epochs) fit_classifier(model, images, generator = generator, epochs = epochs, seed = 1)
clock <- numeric()
for (epochs in c(1, 1, 6)) {
  fit(epochs)
  clock <- c(clock, sum(proc.time()[1:2]))
}
cat("seconds", (clock[[3]] - 2 * clock[[2]] + clock[[1]]) / 5, "\\n")
"""


def seconds(command: list[str]) -> float:
    """Run a script and give the processor seconds that it prints."""
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return next(float(line.split()[1]) for line in printed.splitlines() if line.startswith("seconds"))


def main() -> None:
    """Measure the pairs and print the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        cells, script = Path(folder) / "cells", Path(folder) / "fit.R"
        make_blood_cells(cells, 400, progress=False, seed=1)
        script.write_text(R)
        pairs = [
            (seconds(["Rscript", str(script), str(cells)]), seconds([sys.executable, "-c", PYTHON, str(cells)]))
            for _ in range(PAIRS)
        ]
    ratios = [r / python for r, python in pairs]
    print(f"{'what':<10}{'s an epoch':>12}")
    for name, values in zip(("R", "Python"), zip(*pairs, strict=True), strict=True):
        print(f"{name:<10}{statistics.median(values):>12.3f}")
    print(f"R / Python: median {statistics.median(ratios):.3f}, {min(ratios):.3f} to {max(ratios):.3f}")


if __name__ == "__main__":
    main()

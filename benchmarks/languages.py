"""What an epoch costs from R, against the same epoch from Python: processor seconds, in pairs that take turns.

An epoch is a fifth of what a fit of six epochs takes longer than one of one epoch; progress is drawn in both. The tidy
floor is `fit_classifier()`; Keras's is `fit_generator()` in R and `model.fit()` in Python, over the same flow. The
arguments `tidy` and `keras` name one of them.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tidycnn import make_blood_cells

PAIRS = 7
PICTURES = 1200
PYTHON = """
import sys, time
import tidycnn as tc
images = tc.image_table(sys.argv[1], progress=False)
generator = tc.image_data_generator(rescale=1 / 255, rotation_range=10, horizontal_flip=True)
def tidy(epochs):
    tc.fit_classifier(model, images, generator=generator, epochs=epochs, seed=1)
def keras(epochs):
    model.fit(flow, epochs=epochs)
fit = {"tidy": tidy, "keras": keras}[sys.argv[2]]
model = tc.blood_cells_small((96, 96, 3), seed=1)
if sys.argv[2] == "keras":
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    flow = generator.flow_from_directory(sys.argv[1], target_size=(96, 96), seed=1)
fit(1)
clock = [time.process_time()]
for epochs in (1, 6):
    fit(epochs)
    clock.append(time.process_time())
print("\\nseconds", (clock[2] - 2 * clock[1] + clock[0]) / 5)
"""
R = """
options(tidycnn.progress = TRUE)
library(tidycnn)
arguments <- commandArgs(TRUE)
images <- image_table(arguments[[1]], progress = FALSE)
generator <- image_data_generator(rescale = 1 / 255, rotation_range = 10, horizontal_flip = TRUE)
model <- blood_cells_small(c(96, 96, 3), seed = 1)
fit <- function(epochs) fit_classifier(model, images, generator = generator, epochs = epochs, seed = 1)
if (arguments[[2]] == "keras") {
  model |> compile(loss = "categorical_crossentropy", optimizer = "adam", metrics = "accuracy")
  flow <- flow_images_from_directory(arguments[[1]], generator, target_size = c(96, 96), seed = 1)
  fit <- function(epochs) fit_generator(model, flow, epochs = epochs)
}
clock <- numeric()
for (epochs in c(1, 1, 6)) {
  fit(epochs)
  clock <- c(clock, sum(proc.time()[1:2]))
}
cat("\\nseconds", (clock[[3]] - 2 * clock[[2]] + clock[[1]]) / 5, "\\n")
"""


def seconds(command: list[str]) -> float:
    """Run a script and give the processor seconds that it prints."""
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return next(float(line.split()[1]) for line in printed.splitlines() if line.startswith("seconds"))


def main() -> None:
    """Measure the pairs and print the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        cells, script = Path(folder) / "cells", Path(folder) / "fit.R"
        make_blood_cells(cells, PICTURES, progress=False, seed=1)
        script.write_text(R)
        commands = (["Rscript", str(script)], [sys.executable, "-c", PYTHON])
        print(f"{'an epoch, s':<14}{'R':>8}{'Python':>8}{'R / Python':>12}")
        for floor in sys.argv[1:] or ("tidy", "keras"):
            pairs = [[seconds([*command, str(cells), floor]) for command in commands] for _ in range(PAIRS)]
            ratios = [r / python for r, python in pairs]
            r, python = (statistics.median(values) for values in zip(*pairs, strict=True))
            span = f"({min(ratios):.3f} to {max(ratios):.3f})"
            print(f"{floor:<14}{r:>8.3f}{python:>8.3f}{statistics.median(ratios):>12.3f} {span}", flush=True)


if __name__ == "__main__":
    main()

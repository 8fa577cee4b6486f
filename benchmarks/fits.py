"""What a fit costs: against Keras's own, with checkpoints, against Keras's generator on the recipe of the blood cells.

Parts, all of them where none is named:

- `bare`: `fit_classifier()` on an array against `keras.Model.fit()` on the same, in float32, pairs that take turns
- `checkpoints`: what a checkpoint costs, as a share of an epoch of `blood_cells_deep` (real images)
- `recipe`: an epoch of the blood cells' recipe from files, against Keras's `ImageDataGenerator` (real images)
- `memory`: resident memory of one R session over many fits

Real images are read from the folder that `TIDYCNN_DATA` names. An epoch is what a fit of more epochs takes longer than
one of fewer, divided by their difference.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import tidycnn

AUGMENTATION: dict[str, Any] = {
    "rotation_range": 10,
    "width_shift_range": 0.3,
    "height_shift_range": 0.3,
    "shear_range": 0.3,
    "zoom_range": 0.2,
    "horizontal_flip": True,
    "fill_mode": "nearest",
    "rescale": 1 / 255,
}
BATCH, STEPS = 50, 20
FITS_IN_R = """
suppressPackageStartupMessages(library(tidycnn))
arguments <- commandArgs(TRUE)
images <- image_table(arguments[[1]], progress = FALSE)
model <- blood_cells_small(c(48, 48, 3), seed = 1)
for (i in seq_len(as.integer(arguments[[2]]))) {
  fit_classifier(model, images, validation = 0.2, epochs = 2, progress = FALSE, seed = i)
  invisible(gc())
  status <- readLines("/proc/self/status")
  cat("resident", as.numeric(gsub("[^0-9]", "", grep("^VmRSS", status, value = TRUE))) / 1024, "\\n")
}
"""


def timed(work: Callable[[], Any]) -> float:
    """Give the seconds that work takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def in_turns(ways: dict[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Measure ways in turns, the order turned round each time, and print medians and ratios to the first."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for i in range(rounds + 1):
        for name in list(ways)[:: -1 if i % 2 else 1]:
            measured = ways[name]()
            if i:  # The first time is for what is made once.
                seconds[name].append(measured)
    first, *_ = seconds
    for name, values in seconds.items():
        ratios = [value / base for value, base in zip(values, seconds[first], strict=True)]
        span = f"{statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})"
        print(f"{name:<36}{statistics.median(values):>9.3f} s   {span}", flush=True)
    return seconds


def real_images() -> Path:
    """Give the folder of the training images of the blood cells."""
    if "TIDYCNN_DATA" not in os.environ:
        raise SystemExit("TIDYCNN_DATA must name the folder of the real images.")
    return Path(os.environ["TIDYCNN_DATA"]) / "blood-cells" / "TRAIN"


def compare_with_bare(rounds: int) -> None:
    """`fit_classifier()` against a bare fit of Keras on the same arrays."""
    import keras

    random = np.random.default_rng(1)
    x = random.random((1200, 96, 96, 3), dtype=np.float32)
    y = np.eye(4, dtype=np.float32)[random.integers(0, 4, len(x))]
    model = tidycnn.blood_cells_small((96, 96, 3), seed=1)
    flow = tidycnn.flow_images_from_data(x, y, batch_size=32, seed=1)
    bare = keras.models.clone_model(model)
    bare.compile("adam", "categorical_crossentropy", metrics=["accuracy"])

    def ours(epochs: int) -> None:
        tidycnn.fit_classifier(model, flow, epochs=epochs, progress=False, seed=1)

    def theirs(epochs: int) -> None:
        bare.fit(x, y, batch_size=32, epochs=epochs, verbose=0)

    print("\nan epoch of blood_cells_small on 1,200 x 96 x 96 x 3 in memory")
    ways = {"keras.Model.fit": theirs, "fit_classifier": ours}
    in_turns(
        {name: lambda fit=fit: (timed(lambda: fit(4)) - timed(lambda: fit(1))) / 3 for name, fit in ways.items()},
        rounds,
    )
    print("a whole fit of 4 epochs, TensorFlow's functions made anew in both")

    def whole() -> None:
        bare.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
        theirs(4)

    in_turns({"keras.Model.fit": lambda: timed(whole), "fit_classifier": lambda: timed(lambda: ours(4))}, rounds)


def compare_checkpoints(rounds: int) -> None:
    """Epochs without checkpoints, and with one behind every step, so that what they cost is above the noise."""
    images = tidycnn.image_table(real_images(), splits=False, progress=False)
    generator, model = tidycnn.image_data_generator(**AUGMENTATION), tidycnn.blood_cells_deep(seed=1)

    def fit(epochs: int, folder: str | None) -> None:
        tidycnn.fit_classifier(
            model, images, generator=generator, batch_size=BATCH, steps_per_epoch=STEPS, epochs=epochs, folder=folder,
            control=tidycnn.fit_control(save_every=1 if folder else None), optimizer="rmsprop", progress=False, seed=1,
        )  # fmt: skip

    def epoch(is_kept: bool) -> float:
        with tempfile.TemporaryDirectory() as place:
            folders = [str(Path(place) / name) if is_kept else None for name in ("more", "one")]
            return (timed(lambda: fit(4, folders[0])) - timed(lambda: fit(1, folders[1]))) / 3

    print(f"\nan epoch of {STEPS} steps of {BATCH}, blood_cells_deep, from files; the source's epochs have 199 steps")
    ways = {"without a folder": lambda: epoch(False), "with a checkpoint every step": lambda: epoch(True)}
    without, kept = in_turns(ways, rounds).values()
    one = statistics.median([b - a for a, b in zip(without, kept, strict=True)]) / STEPS
    whole = statistics.median(without) * 199 / STEPS
    print(f"a checkpoint costs {one:.3f} s: {one / whole:.2%} of an epoch of 199 steps")


def compare_recipe(rounds: int) -> None:
    """An epoch from files, against a plain script with Keras's generator."""
    import keras
    from keras.src.legacy.preprocessing.image import ImageDataGenerator

    folder = real_images()
    images = tidycnn.image_table(folder, splits=False, progress=False)
    theirs = ImageDataGenerator(**AUGMENTATION).flow_from_directory(folder, target_size=(150, 150), batch_size=BATCH)
    generator, model = tidycnn.image_data_generator(**AUGMENTATION), tidycnn.blood_cells_deep(seed=1)
    plain = keras.models.clone_model(model)
    plain.compile("rmsprop", "categorical_crossentropy", metrics=["accuracy"])

    def ours(precision: str) -> Callable[[int], None]:
        control = tidycnn.fit_control(precision=precision)
        return lambda epochs: tidycnn.fit_classifier(
            model, images, generator=generator, batch_size=BATCH, steps_per_epoch=STEPS, epochs=epochs, control=control,
            optimizer="rmsprop", progress=False, seed=1,
        )  # fmt: skip

    def keras_fit(epochs: int) -> None:
        for _ in range(epochs):  # Keras 3 ends a fit where a pass of a PyDataset ends.
            plain.fit(theirs, steps_per_epoch=STEPS, epochs=1, verbose=0)

    ways = {"a plain script of Keras": keras_fit, "ours, float32": ours("float32"), "ours, bfloat16": ours("bfloat16")}
    print(f"\nan epoch of {STEPS} steps of {BATCH} of the blood cells' recipe, from files")
    found = in_turns(
        {name: lambda fit=fit: (timed(lambda: fit(3)) - timed(lambda: fit(1))) / 2 for name, fit in ways.items()},
        rounds,
    )
    base, *others = found.values()
    for name, values in zip(list(found)[1:], others, strict=True):
        faster = statistics.median([keras_ / own for keras_, own in zip(base, values, strict=True)])
        print(f"{name} is {faster:.2f} times as fast")


def measure_memory(fits: int) -> None:
    """The resident memory of one R session over many fits."""
    with tempfile.TemporaryDirectory() as place:
        tidycnn.make_blood_cells(Path(place) / "cells", 40, size=48, progress=False, seed=1)
        script = Path(place) / "fits.R"
        script.write_text(FITS_IN_R)
        command = ["Rscript", str(script), str(Path(place) / "cells"), str(fits)]
        printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    megabytes = [float(line.split()[1]) for line in printed.splitlines() if line.startswith("resident")]
    print(f"\nmemory of an R session, MB: {megabytes[0]:.0f} after 1 fit, {tell_at(megabytes)}")


def tell_at(megabytes: Sequence[float]) -> str:
    """Say what was resident after some of the fits, and how much more that is than after the first ten."""
    places = [n for n in (10, 25, 50, len(megabytes)) if n <= len(megabytes)]
    told = ", ".join(f"{megabytes[n - 1]:.0f} after {n}" for n in places)
    return f"{told}: {megabytes[-1] / megabytes[places[0] - 1] - 1:+.1%} from {places[0]} to {len(megabytes)}"


def main() -> None:
    """Measure the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help="bare, checkpoints, recipe, memory")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--fits", type=int, default=100)
    options = parser.parse_args()
    parts: dict[str, Callable[[], None]] = {
        "bare": lambda: compare_with_bare(options.rounds),
        "checkpoints": lambda: compare_checkpoints(options.rounds),
        "recipe": lambda: compare_recipe(options.rounds),
        "memory": lambda: measure_memory(options.fits),
    }
    for part in options.parts or parts:
        parts[part]()


if __name__ == "__main__":
    main()

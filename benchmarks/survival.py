"""Whether a fit that is killed, or whose disk is full, ends as one that nothing happened to: bit for bit.

Each run trains a small network with Dropout, augmentation, RMSprop, a falling rate, patience, two metrics and a
`ModelCheckpoint` of the user's, and writes where it stands every step. It is ended by SIGKILL at a random moment of the
training (writing takes a good part of it), and goes on in another process. `--r` does some of them from R; `--full`
fills the disk in place of killing (a tmpfs, which needs root). `--tune` kills `fine_tune()` in any of its two stages,
or while it computes what their frozen layers give, each time with a cache of its own.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from tidycnn import load_classifier, make_blood_cells

PICTURES, SIZE = 60, 48
PYTHON = """
import sys, keras, tidycnn as tc
class Tell(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        print("begun", flush=True)
images = tc.image_table(sys.argv[1], progress=False)
generator = tc.image_data_generator(rescale=1 / 255, rotation_range=20, width_shift_range=0.1, horizontal_flip=True)
for folder in sys.argv[2:]:
    saving = keras.callbacks.ModelCheckpoint(folder + ".keras", monitor="val_loss", save_best_only=True)
    tc.fit_classifier(
        tc.blood_cells_small((48, 48, 3), seed=1), images, validation=0.2, generator=generator, batch_size=10, epochs=5,
        optimizer="rmsprop", metrics=["accuracy", "top_k_categorical_accuracy"], patience=2, reduce_lr=1,
        callbacks=[saving, Tell()], folder=folder, control=tc.fit_control(save_every=1), progress=False, seed=3)
    print("ended", flush=True)
"""
TUNE = """
import os, sys, keras, tidycnn as tc
images = tc.image_table(sys.argv[1], progress=False)
generator = tc.image_data_generator(rescale=1 / 255, rotation_range=20, width_shift_range=0.1, horizontal_flip=True)
keras.utils.set_random_seed(1)
layers = keras.layers
base = keras.Sequential([
    keras.Input((48, 48, 3)), layers.Conv2D(24, 3, activation="relu", name="block1_conv"), layers.MaxPooling2D(2),
    layers.Conv2D(24, 3, activation="relu", name="block2_conv"), layers.BatchNormalization(name="block2_bn"),
    layers.MaxPooling2D(2), layers.Conv2D(24, 3, activation="relu", name="block3_conv"), layers.MaxPooling2D(2)])
stages = [tc.tune_stage(epochs=4), tc.tune_stage("block3", epochs=4, learning_rate=1e-3, patience=2)]
for folder in sys.argv[2:]:
    os.environ["TIDYCNN_CACHE"] = folder + "-cache"
    print("begun", flush=True)
    tc.fine_tune(base, images, validation=0.2, stages=stages, generator=generator, augment_passes=8, batch_size=10,
        folder=folder, control=tc.fit_control(save_every=1), progress=False, seed=3)
    print("ended", flush=True)
"""
R = """
suppressPackageStartupMessages(library(tidycnn))
arguments <- commandArgs(TRUE)
images <- image_table(arguments[[1]], progress = FALSE)
generator <- image_data_generator(
  rescale = 1 / 255, rotation_range = 20, width_shift_range = 0.1, horizontal_flip = TRUE
)
tell <- callback_lambda(on_batch_end = function(batch, logs) {
  cat("begun\\n")
  flush(stdout())
})
for (folder in arguments[-1]) {
  saving <- callback_model_checkpoint(paste0(folder, ".keras"), monitor = "val_loss", save_best_only = TRUE)
  fit_classifier(
    blood_cells_small(c(48, 48, 3), seed = 1), images, validation = 0.2, generator = generator, batch_size = 10,
    epochs = 5, optimizer = "rmsprop", metrics = c("accuracy", "top_k_categorical_accuracy"), patience = 2,
    reduce_lr = 1, callbacks = list(saving, tell), folder = folder, control = fit_control(save_every = 1),
    progress = FALSE, seed = 3
  )
  cat("ended\\n")
}
"""


def run(command: list[str], images: Path, *folders: Path) -> subprocess.Popen[str]:
    """Start a process that fits in each of the folders."""
    arguments = [*command, str(images), *map(str, folders)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(process: subprocess.Popen[str], word: str, times: int = 1) -> bool:
    """Read what a process prints until it has said a word that often."""
    for line in process.stdout or ():
        times -= word in line
        if not times:
            return True
    return False


def end_of(folder: Path) -> str:
    """Give a hash of the weights, the optimizer's variables and the history of the classifier in a folder."""
    classifier = load_classifier(folder)
    found = hashlib.sha256(classifier.history.to_csv().encode())
    for values in (*classifier.model.get_weights(), *map(np.asarray, classifier.model.optimizer.variables)):
        found.update(np.ascontiguousarray(values).tobytes())
    return found.hexdigest()


def break_off(command: list[str], images: Path, folder: Path, seconds: float) -> bool:
    """Kill a fit some seconds behind its first step; say whether it had not ended before."""
    with run(command, images, folder) as process:
        if not wait_for(process, "begun"):
            raise RuntimeError(process.stderr.read() if process.stderr else "")
        time.sleep(seconds)
        process.kill()
    return not (folder / "classifier").exists()


def fill_up(command: list[str], images: Path, folder: Path, seconds: float) -> bool:
    """Fill the disk of a fit; say whether it told of that. What else it told is printed."""
    with run(command, images, folder) as process:
        if not wait_for(process, "begun"):
            raise RuntimeError(process.stderr.read() if process.stderr else "")
        time.sleep(seconds)
        filler = folder.parent / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                pass
        said = process.communicate()[1]
    filler.unlink()
    is_told = "disk is full" in said
    if not is_told:
        print("\n".join(said.splitlines()[-3:]), flush=True)
    return is_told


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Give a folder on a disk of its own."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def count_same(command: list[str], images: Path, folders: list[Path], whole: str) -> int:
    """Let the fits go on to their end, in one process, and count those that ended as the whole one."""
    with run(command, images, *folders) as process:
        if not wait_for(process, "ended", len(folders)):
            raise RuntimeError(process.stderr.read() if process.stderr else "")
    return sum(end_of(folder) == whole for folder in folders)


def run_whole(command: list[str], images: Path, folder: Path) -> tuple[str, float]:
    """Run a fit that nothing happens to, and give its end and how many seconds it takes behind its first step."""
    with run(command, images, folder) as process:
        wait_for(process, "begun")
        began = time.monotonic()
        if not wait_for(process, "ended"):
            raise RuntimeError(process.stderr.read() if process.stderr else "")
        length = time.monotonic() - began
    print(f"a whole run takes {length:.1f} s", flush=True)
    return end_of(folder), length


def kill(title: str, command: list[str], images: Path, fits: dict[Path, float], *, whole: str) -> None:
    """Kill fits at their moments, let them go on, and print how many ended as the whole one."""
    broken = 0
    for folder, moment in fits.items():
        broken += break_off(command, images, folder, moment)
        print(f"{title}: killed after {moment:.1f} s; it had {stand_of(folder)}", flush=True)
    same = count_same(command, images, list(fits), whole) if fits else 0
    print(f"{title}: {len(fits)} killed, {broken} before their end, {same} ended alike", flush=True)


def stand_of(folder: Path) -> str:
    """Say how far the fit in a folder, or each of its stages, had come."""
    steps = {
        path.parent.parent.name: max(int(each.stem.removeprefix("step-")) for each in path.parent.glob("step-*"))
        for path in sorted(folder.rglob("checkpoints/step-*.npz"))
    }
    return ", ".join(f"{name}: {n} steps" for name, n in steps.items()) or "no step"


def main() -> None:
    """Break fits off, let them go on, and compare their ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--r", type=int, default=10, help="how many of them from R")
    parser.add_argument("--tune", type=int, default=5, help="how often `fine_tune()` is killed besides")
    parser.add_argument("--full", type=int, default=0, help="how often the disk is filled besides")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as place:
        images, script = Path(place) / "cells", Path(place) / "fit.R"
        make_blood_cells(images, PICTURES, size=SIZE, progress=False, seed=1)
        script.write_text(R)
        commands = {"Python": [sys.executable, "-c", PYTHON], "R": ["Rscript", str(script)]}
        whole, length = run_whole(commands["Python"], images, Path(place) / "whole")
        for language, n in (("Python", options.kills - options.r), ("R", options.r)):
            fits = {Path(place) / f"{language}{i}": chance.uniform(0, length) for i in range(n)}
            kill(language, commands[language], images, fits, whole=whole)
        if options.tune:
            tuning = [sys.executable, "-c", TUNE]
            tuned, seconds = run_whole(tuning, images, Path(place) / "tuned")
            fits = {Path(place) / f"tuned{i}": chance.uniform(0, seconds) for i in range(options.tune)}
            kill("fine_tune()", tuning, images, fits, whole=tuned)
        if options.full:
            told = same = 0
            size = sum(path.stat().st_size for path in (Path(place) / "whole").rglob("*") if path.is_file())
            for i in range(options.full):
                with small_disk(Path(place) / f"disk{i}", 8 + 3 * size // 2**20) as disk:
                    told += fill_up(commands["Python"], images, disk / "run", chance.uniform(0, length))
                    same += count_same(commands["Python"], images, [disk / "run"], whole)
            print(f"disk filled {options.full} times: told {told} times, {same} ended alike", flush=True)
        shutil.rmtree(Path(place), ignore_errors=True)


if __name__ == "__main__":
    main()

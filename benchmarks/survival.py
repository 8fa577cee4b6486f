"""Whether a fit that is killed, or whose disk is full, ends as one that nothing happened to: bit for bit.

Each run trains a small network with Dropout, augmentation, RMSprop, a falling rate, patience, two metrics and a
`ModelCheckpoint` of the user's, and writes where it stands every step. It is ended by SIGKILL at a random moment of the
training (writing takes a good part of it), and goes on in another process. `--r` does some of them from R; `--full`
fills the disk in place of killing (a tmpfs, which needs root).
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
    """Fill the disk of a fit; say whether that ended it, with words."""
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
    return "disk is full" in said


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


def main() -> None:
    """Break fits off, let them go on, and compare their ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--r", type=int, default=10, help="how many of them from R")
    parser.add_argument("--full", type=int, default=0, help="how often the disk is filled besides")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as place:
        images, script = Path(place) / "cells", Path(place) / "fit.R"
        make_blood_cells(images, PICTURES, size=SIZE, progress=False, seed=1)
        script.write_text(R)
        commands = {"Python": [sys.executable, "-c", PYTHON], "R": ["Rscript", str(script)]}
        with run(commands["Python"], images, Path(place) / "whole") as process:
            wait_for(process, "begun")
            began = time.monotonic()
            wait_for(process, "ended")
            length = time.monotonic() - began
        whole = end_of(Path(place) / "whole")
        print(f"a whole run takes {length:.1f} s", flush=True)
        for language, n in (("Python", options.kills - options.r), ("R", options.r)):
            folders = [Path(place) / f"{language}{i}" for i in range(n)]
            broken = sum(break_off(commands[language], images, each, chance.uniform(0, length)) for each in folders)
            same = count_same(commands[language], images, folders, whole) if folders else 0
            print(f"{language}: {n} killed, {broken} before their end, {same} ended alike", flush=True)
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

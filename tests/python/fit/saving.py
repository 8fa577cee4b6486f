"""Saves two classifiers in turn in one folder until it is killed; run by `test_folder.py`."""

from __future__ import annotations

import itertools
import sys

import keras
import numpy as np

from tidycnn import as_classifier, save_classifier


def make(number: int) -> object:
    """Give a classifier whose weights are all `number`, which its labels tell too."""
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(2, "softmax")])
    model.set_weights([np.full_like(weight, number) for weight in model.get_weights()])
    return as_classifier(model, [f"{number}", "other"])


if __name__ == "__main__":
    classifiers = [make(1), make(2)]
    save_classifier(classifiers[0], sys.argv[1], overwrite=True)
    print("ready", flush=True)
    for number in itertools.count(1):
        save_classifier(classifiers[number % 2], sys.argv[1], overwrite=True)

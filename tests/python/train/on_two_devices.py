"""Fits on two devices, which a processor is divided into, and on one; what they gave is printed.

A process of its own runs it, because TensorFlow is told of devices before it does anything.
"""

import json
import signal
import sys
import tempfile
import warnings
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tidycnn import fit_classifier, fit_control, load_classifier, make_blood_cells, save_classifier, split_images
from tidycnn.core import progress

PROCESSOR = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(PROCESSOR, [tf.config.LogicalDeviceConfiguration()] * 2)


class Heard(progress.Silence):
    def __init__(self):
        self.remarks = []

    def remark(self, message):
        self.remarks.append(message)


class EndAt(keras.callbacks.Callback):
    """Ends a fit behind a step."""

    def __init__(self, step):
        super().__init__()
        self.step, self.done = step, 0

    def on_train_batch_end(self, batch, logs=None):
        self.done += 1
        if self.done == self.step:
            signal.raise_signal(signal.SIGINT)


def network(dropout=0.0):
    keras.utils.set_random_seed(1)
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((24, 24, 3)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.MaxPooling2D(4),
            layers.Flatten(),
            layers.Dropout(dropout),
            layers.Dense(4, activation="softmax"),
        ]
    )


def weights_of(classifier):
    return np.concatenate([weight.ravel() for weight in classifier.model.get_weights()])


def apart(one, other):
    return float(np.abs(weights_of(one) - weights_of(other)).max())


def main():
    place = Path(tempfile.mkdtemp())
    drawn = make_blood_cells(place / "cells", n=48, size=24, seed=1, progress=False)
    images = split_images(drawn, {"train": 0.8, "validation": 0.2}, seed=1)
    heard, two = Heard(), fit_control(strategy="mirrored")
    known = {"optimizer": "rmsprop", "learning_rate": 0.003, "progress": False, "seed": 1}
    told = {}
    with progress.listening(heard):

        def fit(model=None, **options):
            return fit_classifier(model or network(), images, **{"epochs": 2, "batch_size": 8, **known, **options})

        one, other = fit(), fit(control=two)
        told["rows"] = [len(one.images.query("split == 'train'")), len(one.images.query("split == 'validation'"))]
        told["remarks"] = list(heard.remarks)
        told["weights"] = apart(one, other)
        told["history"] = float(np.abs(one.history["value"] - other.history["value"]).max())
        counts = {"EOSINOPHIL": 3.0, "NEUTROPHIL": 0.5}
        told["uneven"] = apart(
            fit(batch_size=7, class_weight=counts), fit(batch_size=7, class_weight=counts, control=two)
        )
        save_classifier(other, place / "saved")
        told["saved"] = apart(other, load_classifier(place / "saved"))
        told["optimizer"] = [int(each.model.optimizer.iterations) for each in (one, other)]
        whole = fit(network(0.4), control=two)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit(network(0.4), control=two, folder=place / "kept", callbacks=EndAt(7))
        resumed = fit(network(0.4), control=two, folder=place / "kept", callbacks=EndAt(None))
        told["resumed"] = apart(whole, resumed)
        told["resumed_history"] = float(np.abs(whole.history["value"] - resumed.history["value"]).max())
        halves = fit(network(0.4), control=fit_control(strategy="mirrored", precision="float16"))
        told["float16"] = bool(np.isfinite(weights_of(halves)).all()) and apart(halves, whole) < 0.05
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()

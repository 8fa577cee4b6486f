"""Batches run through Keras, or on the main thread."""

from __future__ import annotations

import errno
import gc
import os
import threading
import weakref
from pathlib import Path
from typing import Any

import keras
import pytest
import tensorflow as tf

from tidycnn import fit_classifier, image_data_generator
from tidycnn.core import progress
from tidycnn.core.errors import ImageFileError, StoreError
from tidycnn.flow.making import make_flow
from tidycnn.flow.options import FlowOptions


def halve(picture: Any) -> Any:
    return picture / 2


class HalveHere:
    """A function that must stay on the main thread, and knows where it was called."""

    needs_main_thread = True

    def __init__(self) -> None:
        self.threads: set[Any] = set()

    def __call__(self, picture: Any) -> Any:
        self.threads.add(threading.current_thread())
        return halve(picture)


def test_a_function_of_the_main_thread_is_called_there_alone_and_learns_what_keras_learns(
    make_model, images, heard, monkeypatch
):
    monkeypatch.setattr(progress, "_said", set())
    here = HalveHere()
    elsewhere, on_main_thread = (
        fit_classifier(
            make_model(dropout=0.5),
            images,
            generator=image_data_generator(preprocessing_function=function, horizontal_flip=True),
            epochs=3,
            batch_size=3,
            class_weight={"cat": 2},
            learning_rate=0.1,
            seed=1,
        )
        for function in (halve, here)
    )
    assert on_main_thread.history.equals(elsewhere.history)
    assert here.threads == {threading.main_thread()}
    assert [remark for remark in heard.remarks if "slower than others" in remark] == heard.remarks[:1]


def test_the_flow_goes_with_the_fit(make_model, images):
    flow = make_flow(images.drop(columns="split"), image_data_generator(), FlowOptions(target_size=(8, 8), seed=1))
    alive = weakref.ref(flow)
    fit_classifier(make_model(), flow, epochs=1, seed=1)
    del flow
    gc.collect()
    assert alive() is None


def test_a_file_that_vanishes_is_named(make_model, images):
    Path(images["path"][0]).unlink()
    with pytest.raises(ImageFileError, match=r"cat_000\.png"):
        fit_classifier(make_model(), images, batch_size=2, epochs=1, seed=1)


def test_fits_leave_no_graph_of_tensorflow_behind(make_model, images):
    def graphs() -> int:
        gc.collect()
        return sum(isinstance(each, tf.Graph) for each in gc.get_objects())

    model, left = make_model(), []
    for _ in range(3):
        fit_classifier(model, images, epochs=1, progress=False, seed=1)
        left.append(graphs())
    assert left[2] <= left[1]


def test_a_disk_that_is_full_for_a_callback_is_told(make_model, images):
    class Write(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(StoreError, match="A file of the training could not be written: the disk is full"):
        fit_classifier(make_model(), images, epochs=1, callbacks=[Write()], progress=False)

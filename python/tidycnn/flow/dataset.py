"""Flows as data sets of TensorFlow."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from tidycnn.core.checks import checked
from tidycnn.core.errors import InputError, described
from tidycnn.core.types import ImageFlow


@checked
def as_tf_dataset(flow: ImageFlow) -> Any:
    """Give a flow as a data set of TensorFlow.

    Each time the data set is read it is the next pass of the flow, from the first one on. Its length is known, without
    which Keras reports wrong losses.

    Parameters
    ----------
    flow
        A flow, as `flow_images()` gives.

    Returns
    -------
    A `tf.data.Dataset` of batches, as many as the flow has.

    Examples
    --------
    >>> import numpy as np
    >>> from tidycnn import flow_images_from_data
    >>> flow = flow_images_from_data(np.zeros((10, 8, 8, 1)), np.arange(10), batch_size=4)
    >>> [x.shape[0] for x, y in as_tf_dataset(flow)]
    [4, 4, 2]
    """
    import tensorflow as tf
    from keras import tree

    found: Any = flow
    if not hasattr(found, "batch"):
        raise InputError(f"`flow` must be a flow as `flow_images()` gives, not {described(flow)}.")
    if found.needs_main_thread:
        raise InputError(
            "`flow` needs a function that runs on the main thread only, which TensorFlow does not use.",
            hint="Give the flow itself to `fit_classifier()`, or write the function in Python.",
        )
    first = found.batch(0, 0)
    parts = tree.flatten(first)
    passes = itertools.count()

    def begin(_: Any) -> Any:
        number = tf.numpy_function(lambda: np.int64(next(passes)), [], tf.int64)
        return tf.data.Dataset.range(len(found)).map(lambda index: load(number, index))

    def make(number: Any, index: Any) -> list[Any]:
        return tree.flatten(found.batch(int(number), int(index)))  # type: ignore[no-any-return]

    def load(number: Any, index: Any) -> Any:
        loaded = tf.numpy_function(make, [number, index], [part.dtype for part in parts])
        for value, part in zip(loaded, parts, strict=True):
            value.set_shape((None, *part.shape[1:]))
        return tree.pack_sequence_as(first, loaded)

    # Each reader draws its pass when it begins.
    batches = tf.data.Dataset.range(1).flat_map(begin)
    return batches.apply(tf.data.experimental.assert_cardinality(len(found))).prefetch(2)

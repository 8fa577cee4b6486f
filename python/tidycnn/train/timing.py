"""How long a step takes on this machine, and in which precision it takes less.

It is measured on a copy of the model, so that the model itself learns nothing.
"""

from __future__ import annotations

import contextlib
import json
import math
import statistics
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from tidycnn.core.engine import keras
from tidycnn.core.errors import counted
from tidycnn.core.folders import library_versions
from tidycnn.core.machine import processor_count, processor_features, processor_name
from tidycnn.core.progress import remark
from tidycnn.core.seeds import stream
from tidycnn.core.store import atomic_file, cache_folder, hash_bytes
from tidycnn.model.described import layers_as_data
from tidycnn.model.graph import layers_within
from tidycnn.train.clone import clone_keras_model
from tidycnn.train.compilation import compile_alike
from tidycnn.train.loops import weighted
from tidycnn.train.mirrored import devices_of
from tidycnn.train.precision import Precision, PrecisionChoice, computing_in

_STEPS = 5
_COMPARED: tuple[Precision, ...] = ("float32", "bfloat16")
# A gain that may be chance is none.
_GAIN = 1.1


def choose_precision(asked: PrecisionChoice, model: Any, flow: Any) -> Precision:
    """Give the precision in which a compiled model learns faster from batches like those of a flow, where asked to.

    It is measured once for a model, a size of batches and a machine.
    """
    if asked != "auto":
        return asked
    seconds = _kept_seconds(model, flow)
    chosen: Precision = "bfloat16" if seconds["float32"] > _GAIN * seconds["bfloat16"] else "float32"
    told = " and ".join(f"{1000 * seconds[each]:.3g} ms in {each}" for each in _COMPARED)
    remark(f"`precision` is {chosen!r}: a step of {counted(flow.batch_size, 'image')} takes {told} on this machine.")
    return chosen


def time_steps(
    model: Any, batch: Any, precisions: Sequence[Precision] = ("float32",), *, steps: int = _STEPS
) -> dict[Precision, float]:
    """Measure how many seconds a compiled model takes to learn from a batch, in each of several precisions."""
    copy = clone_keras_model(model)
    compile_alike(copy, model)
    found: dict[Precision, float] = {}
    for precision in precisions:
        with computing_in(copy, precision):
            function = copy.make_train_function() or copy.train_function
            # The first step is compiled.
            taken = [_seconds_of(function, batch) for _ in range(steps + 1)][1:]
        found[precision] = statistics.median(taken)
    return found


def _seconds_of(function: Any, batch: Any) -> float:
    begun = time.perf_counter()
    keras.ops.convert_to_numpy(function(iter([weighted(batch)]))["loss"])
    return time.perf_counter() - begun


def _kept_seconds(model: Any, flow: Any) -> dict[Precision, float]:
    """Measure, or read what was measured in the same circumstances."""
    name = _name_of(model, flow)
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        told = json.loads((cache_folder() / name).read_text(encoding="utf-8"))
        known = {each: float(told[each]) for each in _COMPARED}
        if all(0 < each < math.inf for each in known.values()):
            return known
    remark("Measuring in which precision this model learns faster here, which is done once.")
    seconds = time_steps(model, _made_batch(flow), _COMPARED)
    with contextlib.suppress(OSError):
        path = cache_folder() / name
        path.parent.mkdir(exist_ok=True)
        with atomic_file(path, flushed=False) as part:
            part.write_text(json.dumps(seconds), encoding="utf-8")
    return seconds


def _name_of(model: Any, flow: Any) -> str:
    """Name the file of a measurement, within the cache, after all that it depends on."""
    circumstances = {
        "processor": [processor_name(), processor_count(), processor_features()],
        "devices": _models_of(devices_of("mirrored")),
        "versions": library_versions(),
        "layers": layers_as_data(model),
        "policies": [layer.dtype_policy.name for layer in layers_within(model)],
        "optimizer": type(model.optimizer).__name__,
        "loss": str(getattr(model.loss, "name", model.loss)),
        "batch": [flow.batch_size, *flow.image_shape],
    }
    return f"precision/{hash_bytes(json.dumps(circumstances, sort_keys=True).encode())}.json"


def _models_of(devices: Sequence[str]) -> list[str]:
    """Name the devices, and of GPUs what they are: another one is called alike."""
    import tensorflow as tf

    told = [tf.config.experimental.get_device_details(gpu) for gpu in tf.config.list_physical_devices("GPU")]
    return [*devices, *(str(each.get("device_name")) for each in told)]


def _made_batch(flow: Any) -> Any:
    """Make a batch as the flow gives them, of pictures that mean nothing."""
    rows = np.arange(flow.batch_size) % flow.n
    pictures = stream("timing", 0).generator().random((flow.batch_size, *flow.image_shape), dtype=np.float32)
    return flow.with_targets(rows, pictures)

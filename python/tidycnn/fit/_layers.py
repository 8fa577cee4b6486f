"""What layers of a model give for images: the parts of it that give that, and the rows of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError
from tidycnn.core.frames import NA_REAL
from tidycnn.core.preprocessing import Preprocessing
from tidycnn.core.threads import threads_limited
from tidycnn.core.types import OnError
from tidycnn.fit.control import FitControl
from tidycnn.flow.making import make_prediction_flow
from tidycnn.model.graph import Output, find_places, graph_of, walk
from tidycnn.train.outputs import KeptOutputs, compute_missing
from tidycnn.train.precision import Precision

Pooling: TypeAlias = Literal["avg", "max", "none"]

_POOLINGS = {"avg": keras.layers.GlobalAveragePooling2D, "max": keras.layers.GlobalMaxPooling2D}
_MAPS = 4


def part_of(model: Any, layers: Sequence[str | int | None], *, pooling: Pooling, argument: str = "layer") -> Any:
    """Make a model that gives what layers of another give, pooled; None stands for the last."""
    graph = graph_of(model)
    if graph is None:
        if any(layer is not None for layer in layers):
            raise InputError(
                f"`{argument}` can be chosen of functional and sequential models only, which know their layers.",
                hint="Leave it out: what the model itself gives is taken.",
            )
        return model
    if len(graph.outputs) != 1:
        raise InputError(f"The model {str(model.name)!r} must give one array, but it gives {len(graph.outputs)}.")
    places = list(walk(model))
    wanted = []
    for layer in layers:
        if layer is None:
            wanted.append(graph.outputs[0])
            continue
        place = places[find_places(places, layer, argument)[-1]]
        found = [step for step in graph.steps if step.path == place.path]
        wanted.append(Output(found[-1], 0))
    inputs = [Output(step, 0) for step in graph.steps if isinstance(step.layer, keras.layers.InputLayer)]
    part = graph.part(inputs, list(dict.fromkeys(wanted)))
    made = dict(zip(dict.fromkeys(wanted), part.outputs, strict=True))
    outputs = [_pooled(made[output], pooling) for output in wanted]
    return keras.Model(part.inputs[0], outputs if len(outputs) > 1 else outputs[0])


def layer_values(
    part: Any,
    images: pd.DataFrame,
    preprocessing: Preprocessing,
    *,
    control: FitControl,
    precision: Precision,
    on_error: OnError,
    progress: bool,
) -> tuple[list[NDArray[np.float64]], list[int]]:
    """Give what a part of a model gives for images, a row each, and the rows of files that cannot be read any more.

    Those have missing values.
    """
    flow = make_prediction_flow(images, preprocessing)
    with threads_limited(control.threads):
        kept = KeptOutputs(part, flow, precision=precision, on_error=on_error)
        compute_missing([kept], progress=progress)
    failed = sorted(kept.failed)
    there = np.delete(np.arange(len(images)), failed)
    values = []
    for each in kept.read(there):
        rows = np.full((len(images), int(np.prod(each.shape[1:]))), NA_REAL)
        rows[there] = each.reshape(len(there), rows.shape[1])
        values.append(rows)
    return values, failed


def precision_of(control: FitControl) -> Precision:
    """Give the precision in which a part is to compute; nothing is measured for it."""
    return "float32" if control.precision == "auto" else control.precision


def _pooled(tensor: Any, pooling: Pooling) -> Any:
    return _POOLINGS[pooling]()(tensor) if pooling != "none" and len(tensor.shape) == _MAPS else tensor

"""What the layers of a model are, as plain data that can be compared and written down."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from tidycnn.core.folders import as_stored
from tidycnn.core.store import hash_arrays, hash_bytes
from tidycnn.model.graph import graph_of, walk

# What a layer is called, and what its first weights are drawn from, is not what it is.
_PASSING = ("name", "seed", "dtype", "module", "registered_name", "build_config", "shared_object_id")


def layers_as_data(model: Any) -> dict[str, Any]:
    """Give type, parameters and `trainable` of each layer, by its position; models of the same layers are alike."""
    return {
        str(i + 1): {
            "type": type(place.layer).__name__,
            "trainable": place.layer.trainable,
            **_without_passing(as_stored(place.layer.get_config())),
        }
        for i, place in enumerate(walk(model))
    }


def hash_model(model: Any) -> str:
    """Name a model by all that decides what it gives: its layers, how they hang together, and its weights."""
    graph = graph_of(model)
    steps = () if graph is None else graph.steps
    numbers = {step: i for i, step in enumerate(steps)}
    told = {
        "layers": [{**each, "trainable": None} for each in layers_as_data(model).values()],
        "steps": [
            [type(step.layer).__name__, *((numbers[each.step], each.position) for each in step.sources)]
            for step in steps
        ],
        "weights": hash_weights(model.weights),
    }
    return hash_bytes(json.dumps(told, sort_keys=True).encode())


def hash_weights(weights: Sequence[Any]) -> str | None:
    """Name the values of weights; None without any."""
    return hash_arrays([np.asarray(weight) for weight in weights])


def _without_passing(config: Any) -> Any:
    if isinstance(config, list):
        return [_without_passing(each) for each in config]
    if not isinstance(config, dict):
        return config
    kept = {name: each for name, each in config.items() if name not in _PASSING and not name.endswith("_initializer")}
    return {name: _without_passing(each) for name, each in kept.items()}

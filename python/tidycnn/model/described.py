"""What the layers of a model are, as plain data that can be compared and written down."""

from __future__ import annotations

from typing import Any

from tidycnn.core.folders import as_stored
from tidycnn.model.graph import walk

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


def _without_passing(config: Any) -> Any:
    if isinstance(config, list):
        return [_without_passing(each) for each in config]
    if not isinstance(config, dict):
        return config
    kept = {name: each for name, each in config.items() if name not in _PASSING and not name.endswith("_initializer")}
    return {name: _without_passing(each) for name, each in kept.items()}

"""The networks of Keras in the words of R-Keras: by our names, with Keras's own arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidycnn.core.checks import checked
from tidycnn.keras_floor.calls import call_keras
from tidycnn.keras_floor.pictures import preprocess_imagenet
from tidycnn.model.applications import APPLICATIONS


def call_application(name: str, arguments: Mapping[str, Any], seed: int | None = None) -> Any:
    """Build a network of the table with arguments of Keras."""
    return call_keras(f"applications.{APPLICATIONS[name].function}", arguments, seed)


@checked
def preprocess_application(name: str, x: NDArray[Any], data_format: str | None = None) -> NDArray[np.float64]:
    """Normalise pictures as a network of the table expects them."""
    mode = APPLICATIONS[name].scaling
    return x.astype(np.float64) if mode == "included" else preprocess_imagenet(x, mode, data_format)

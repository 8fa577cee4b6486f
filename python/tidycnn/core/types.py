"""Light descriptions of foreign objects, so that annotations need neither Keras nor TensorFlow."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal, Protocol, TypeAlias, TypeGuard, runtime_checkable

import pandas as pd

PathLike: TypeAlias = str | os.PathLike[str]
ColorMode: TypeAlias = Literal["rgb", "rgba", "grayscale"]
ClassMode: TypeAlias = Literal["categorical", "binary", "sparse", "input", "multi_output", "raw", "none"]
FillMode: TypeAlias = Literal["nearest", "constant", "reflect", "wrap"]
Interpolation: TypeAlias = Literal["nearest", "bilinear", "bicubic", "lanczos", "box", "hamming"]
Subset: TypeAlias = Literal["training", "validation"]
DataFormat: TypeAlias = Literal["channels_last", "channels_first"]
SaveFormat: TypeAlias = Literal["png", "jpeg", "jpg"]
OnError: TypeAlias = Literal["stop", "skip"]
Cache: TypeAlias = Literal["memory", "disk", "auto", False]


@runtime_checkable
class KerasModel(Protocol):
    """A Keras model."""

    name: str
    layers: list[Any]

    def count_params(self) -> int: ...
    def get_config(self) -> dict[str, Any]: ...
    def predict(self, x: Any, **options: Any) -> Any: ...


@runtime_checkable
class KerasOptimizer(Protocol):
    """A Keras optimizer."""

    learning_rate: Any

    def apply_gradients(self, grads_and_vars: Any) -> Any: ...


@runtime_checkable
class KerasCallback(Protocol):
    """A Keras callback."""

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None: ...
    def set_model(self, model: Any) -> None: ...


@runtime_checkable
class ImageFlow(Protocol):
    """A flow of batches over an images frame."""

    images: pd.DataFrame
    levels: list[str]

    def __len__(self) -> int: ...
    def __getitem__(self, index: int) -> Any: ...


@runtime_checkable
class TrainedClassifier(Protocol):
    """A classifier: a model with its levels and its preprocessing."""

    model: KerasModel
    levels: list[str]
    history: pd.DataFrame
    images: pd.DataFrame


def is_flow(value: Any) -> TypeGuard[Any]:
    """Whether `value` is a flow rather than a frame or a path."""
    # A frame answers for its columns too.
    return not isinstance(value, pd.DataFrame) and hasattr(value, "preprocessing") and hasattr(value, "class_mode")

"""Light descriptions of foreign objects, so that annotations need neither Keras nor TensorFlow."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal, Protocol, TypeAlias, TypeGuard, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

PathLike: TypeAlias = str | os.PathLike[str]
Label: TypeAlias = str | bool | int
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
    """A classifier: a model with its levels and its preprocessing.

    One model, or several, or a network and what stands on it: all of them predict, say what they are, and are saved.
    """

    levels: list[str]

    def probabilities(
        self,
        images: Any,
        *,
        batch_size: int = 32,
        on_error: OnError = "skip",
        progress: bool = True,
    ) -> NDArray[np.float64]:
        """Give the probabilities of `images`, a frame of files that could be read, maybe none, or a flow.

        A row per image and a column per level. Rows of files that cannot be read any more are `NA_REAL`.
        """
        ...

    def describe(self) -> dict[str, Any]:
        """Say as plain data what printing and `glance` show; what is not known is left out, or None.

        `name`, `target_size`, `color_mode`, `parameters`, `stages`, `epochs`, `best_epoch`, `val_loss`, `val_accuracy`,
        `seconds`, `seed`, `images`, `groups`, and in `ended` what ended the training early.
        """
        ...

    def save(self, folder: PathLike, *, overwrite: bool = False) -> None:
        """Write itself to a folder, whole or not at all."""
        ...


def is_flow(value: Any) -> TypeGuard[Any]:
    """Whether `value` is a flow rather than a frame or a path."""
    # A frame answers for its columns too.
    return not isinstance(value, pd.DataFrame) and hasattr(value, "preprocessing") and hasattr(value, "class_mode")

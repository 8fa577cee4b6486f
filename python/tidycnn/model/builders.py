"""Networks by the names of their builders, for those who choose one by a word: a table, another process."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tidycnn.core.settings import Settings
from tidycnn.model.cnn import cnn
from tidycnn.model.named import blood_cells_deep, blood_cells_small, weather_cnn
from tidycnn.model.resnet import resnet_cifar

BUILDERS: dict[str, Callable[..., Any]] = {
    builder.__name__: builder for builder in (blood_cells_small, blood_cells_deep, weather_cnn, resnet_cifar, cnn)
}


@dataclass(frozen=True, kw_only=True)
class Network(Settings):
    """A network that is still to be built.

    Parameters
    ----------
    builder
        The name of its builder.
    classes
        How many labels there are.
    target_size
        Height and width of the images; those that the network was made for where not given.
    seed
        Number from which the first weights follow.
    """

    builder: str
    classes: int
    target_size: tuple[int, int] | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        self._coerce()

    def build(self) -> Any:
        """Build it."""
        build = BUILDERS[self.builder]
        shape = inspect.signature(build).parameters["input_shape"].default
        if self.target_size is not None:
            shape = (*self.target_size, shape[2])
        return build(shape, self.classes, seed=self.seed)

"""How batches are made, as plain data: what every door is asked beside its pictures and its generator."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidycnn.core.checks import check_count
from tidycnn.core.errors import InputError
from tidycnn.core.preprocessing import Preprocessing
from tidycnn.core.seeds import draw_seed
from tidycnn.core.settings import Settings
from tidycnn.core.types import (
    Cache,
    ClassMode,
    ColorMode,
    Interpolation,
    OnError,
    PathLike,
    SaveFormat,
    Subset,
)

# What a network learns: labels, or columns of a data frame as they are.
LABELLED = ("categorical", "binary", "sparse")
RAW = ("multi_output", "raw")


@dataclass(frozen=True, kw_only=True)
class FlowOptions(Settings):
    """How batches of pictures are made.

    The parameters are those of `flow_images()`. `target_size` is None where the network says it, and `seed` where one
    is to be drawn; a flow has been told both.
    """

    target_size: tuple[int, int] | None = None
    color_mode: ColorMode = "rgb"
    class_mode: ClassMode = "categorical"
    batch_size: int = 32
    shuffle: bool = True
    subset: Subset | None = None
    interpolation: Interpolation = "bilinear"
    keep_aspect_ratio: bool = False
    exif: bool = True
    save_to_dir: PathLike | None = None
    save_prefix: str = ""
    save_format: SaveFormat = "png"
    on_error: OnError = "stop"
    cache: Cache = False
    cache_size: float | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        self._coerce()
        for side in self.target_size or ():
            check_count(side, "target_size")
        check_count(self.batch_size, "batch_size")
        if self.seed is not None:
            draw_seed(self.seed)

    @classmethod
    def among(cls, arguments: Mapping[str, Any]) -> FlowOptions:
        """Take the options out of the arguments of a door, which has others too."""
        return cls(**{name: arguments[name] for name in cls.parameters() if name in arguments})

    def prepared_as(self, preprocessing: Preprocessing) -> FlowOptions:
        """Give these options with the size, the colours and the resizing of pictures that are prepared so."""
        names = ("target_size", "color_mode", "interpolation", "keep_aspect_ratio", "exif")
        return dataclasses.replace(self, **{name: getattr(preprocessing, name) for name in names})

    def to_dict(self) -> dict[str, Any]:
        """Give plain data for a JSON file, in which the folder does not depend on where one stands."""
        folder = self.save_to_dir
        where = None if folder is None else os.fspath(Path(folder).expanduser().absolute())
        return super().to_dict() | {"save_to_dir": where}


def refuse_raw(class_mode: ClassMode | None) -> None:
    """Refuse targets that only columns of a data frame can give."""
    if class_mode in RAW:
        raise InputError(
            f"`class_mode` {class_mode!r} is about columns of a data frame.", hint="Use `flow_images_from_dataframe()`."
        )

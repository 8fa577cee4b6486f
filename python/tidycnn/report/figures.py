"""What R asks for: figures as plain data, which ggplot2 draws. Nothing here loads matplotlib."""

from __future__ import annotations

from typing import Any

import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.checks import checked
from tidycnn.core.types import ImageFlow, PathLike, TrainedClassifier
from tidycnn.flow.generator import ImageDataGenerator
from tidycnn.flow.preview import augmentation_pictures, batch_pictures
from tidycnn.report._figure import plain
from tidycnn.report._kinds import figure_of
from tidycnn.report._pictures import pictures_figure


@checked
def plain_figure(object: pd.DataFrame | TrainedClassifier | ImageFlow) -> dict[str, Any]:  # noqa: A002 - R's name.
    """Give what `autoplot()` draws."""
    return dict(plain(figure_of(object, "object")))


def batch_figure(flow: ImageFlow, n: int = 16) -> dict[str, Any]:
    """Give what `show_batch()` draws."""
    return dict(plain(pictures_figure(batch_pictures(flow, n))))


def augmentation_figure(
    generator: ImageDataGenerator, image: PathLike | NDArray[Any], **options: Any
) -> dict[str, Any]:
    """Give what `show_augmentations()` draws."""
    return dict(plain(pictures_figure(augmentation_pictures(generator, image, **options))))

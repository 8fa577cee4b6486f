"""The flows that a fit reads: made of the chosen images, or given by the user and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from tidycnn.core.errors import InputError
from tidycnn.core.types import ClassMode, OnError
from tidycnn.fit._preparation import check_same_preprocessing, prepare_images
from tidycnn.fit._rows import FitImages
from tidycnn.flow.generator import RESCALED, ImageDataGenerator
from tidycnn.flow.making import make_flow


@dataclass(frozen=True)
class FitFlows:
    """What a fit reads: the flow that trains, the one that validates, and the frame of both."""

    train: Any
    validation: Any
    images: pd.DataFrame

    @property
    def needs_main_thread(self) -> bool:
        """Whether batches must be made on the main thread."""
        return any(flow.needs_main_thread for flow in (self.train, self.validation) if flow is not None)


def make_flows(
    model: Any,
    chosen: FitImages,
    *,
    generator: ImageDataGenerator,
    target_size: tuple[int, int] | None,
    batch_size: int,
    class_mode: ClassMode,
    on_error: OnError = "stop",
    seed: int,
) -> FitFlows:
    """Make the flows that were not given, and check those that were."""
    train = chosen.train_flow
    if train is None:
        preprocessing = prepare_images(model, generator, target_size)
    else:
        if generator != RESCALED:
            raise InputError("`generator` has no say where `images` is a flow: a flow has its own generator.")
        preprocessing = prepare_images(model, train, target_size)
        generator = train.generator
    options: dict[str, Any] = {
        "target_size": preprocessing.target_size,
        "color_mode": preprocessing.color_mode,
        "interpolation": preprocessing.interpolation,
        "keep_aspect_ratio": preprocessing.keep_aspect_ratio,
        "class_mode": class_mode,
        "batch_size": batch_size,
        "on_error": on_error,
        "seed": seed,
    }
    if train is None:
        train = make_flow(chosen.rows("train"), generator, shuffle=True, **options)
    validation, held = chosen.validation_flow, chosen.rows("validation")
    if validation is None and len(held):
        validation = make_flow(held, generator.without_augmentation(), shuffle=False, **options)
    elif validation is not None:
        check_same_preprocessing(preprocessing, validation.preprocessing, "validation", than="the training images")
    for flow in (train, validation):
        _check_mode(flow, class_mode)
    return FitFlows(train, validation, chosen.images)


def _check_mode(flow: Any, class_mode: ClassMode) -> None:
    # One unit takes whole numbers as it takes 0 and 1.
    fits = flow is None or flow.class_mode == class_mode or (class_mode, flow.class_mode) == ("binary", "sparse")
    if not fits:
        raise InputError(
            f"The flow has the class mode {flow.class_mode!r}, but this model and loss need {class_mode!r}.",
            hint=f"Make the flow with class_mode = {class_mode!r}, or give the frame of images.",
        )

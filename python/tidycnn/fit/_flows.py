"""The flows that a fit reads: made of the chosen images, or given by the user and checked."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from tidycnn.core.errors import InputError
from tidycnn.core.types import ClassMode, Label
from tidycnn.fit._preparation import check_same_preprocessing, prepare_images
from tidycnn.fit._rows import FitImages
from tidycnn.flow.generator import RESCALED, ImageDataGenerator
from tidycnn.flow.making import flow_of
from tidycnn.flow.options import FlowOptions
from tidycnn.train.plan import class_weights


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

    def class_weights(
        self, wanted: Literal["balanced"] | Mapping[Label, float] | None, chosen: FitImages
    ) -> dict[str, float] | None:
        """Give the weight of every label of the images that train."""
        if wanted is not None and self.train.is_weighted:
            raise InputError(
                "`class_weight` is given, but the images of the flow have weights of their own.",
                hint="Multiply both into `sample_weight` of the flow.",
            )
        return class_weights(wanted, chosen.rows("train")["label"], chosen.levels)


def make_flows(
    model: Any,
    chosen: FitImages,
    *,
    generator: ImageDataGenerator,
    options: FlowOptions,
) -> FitFlows:
    """Make the flows that were not given, and check those that were.

    The network says the colours of `options`, and the size where they have none; a given flow says how its images are
    resized too.
    """
    train = chosen.train_flow
    if train is None:
        preprocessing = prepare_images(
            model, generator, options.target_size, interpolation=options.interpolation, exif=options.exif
        )
        preprocessing = dataclasses.replace(preprocessing, keep_aspect_ratio=options.keep_aspect_ratio)
    else:
        if generator != RESCALED:
            raise InputError("`generator` has no say where `images` is a flow: a flow has its own generator.")
        preprocessing = prepare_images(model, train, options.target_size, exif=options.exif)
        generator = train.generator
    options = dataclasses.replace(options.prepared_as(preprocessing), subset=None)
    if train is None:
        train = flow_of(chosen.rows("train"), generator, options)
    validation, held = chosen.validation_flow, chosen.rows("validation")
    if validation is None and len(held):
        still = dataclasses.replace(options, shuffle=False, save_to_dir=None)
        validation = flow_of(held, generator.without_augmentation(), still)
    elif validation is not None:
        check_same_preprocessing(preprocessing, validation.preprocessing, "validation", than="the training images")
    for flow in (train, validation):
        _check_mode(flow, options.class_mode)
    return FitFlows(train, validation, chosen.images)


def _check_mode(flow: Any, class_mode: ClassMode) -> None:
    # One unit takes whole numbers as it takes 0 and 1.
    fits = flow is None or flow.class_mode == class_mode or (class_mode, flow.class_mode) == ("binary", "sparse")
    if not fits:
        raise InputError(
            f"The flow has the class mode {flow.class_mode!r}, but this model and loss need {class_mode!r}.",
            hint=f"Make the flow with class_mode = {class_mode!r}, or give the frame of images.",
        )

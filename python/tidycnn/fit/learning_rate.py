"""Which learning rate a model learns at: tried in one short training, before the fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from tidycnn.core.checks import check_count, check_positive, checked
from tidycnn.core.errors import InputError, warn
from tidycnn.core.progress import track
from tidycnn.core.seeds import draw_seed
from tidycnn.core.signals import heeding_signals
from tidycnn.core.threads import threads_limited
from tidycnn.core.types import ImageFlow, KerasModel, KerasOptimizer, Label, PathLike, TrainedClassifier, is_flow
from tidycnn.fit._compiled import compiled_copy
from tidycnn.fit._flows import FitFlows
from tidycnn.fit._further import network_of
from tidycnn.fit._preparation import generator_for
from tidycnn.fit._prepared import prepare_flows
from tidycnn.fit._rows import choose_images
from tidycnn.fit.control import DEFAULT_CONTROL, FitControl
from tidycnn.flow.generator import ImageDataGenerator
from tidycnn.train.callbacks import FollowEpochs, HeedSignals
from tidycnn.train.clone import seed_random_layers
from tidycnn.train.head import check_units, read_head
from tidycnn.train.loops import recovering, run_epochs
from tidycnn.train.plan import class_weight_by_position
from tidycnn.train.precision import computing_in
from tidycnn.train.range_test import RangeTest
from tidycnn.train.timing import choose_precision
from tidycnn.train.views import FitView


@checked
def find_learning_rate(
    model: KerasModel | TrainedClassifier,
    images: pd.DataFrame | ImageFlow | PathLike,
    *,
    generator: ImageDataGenerator | None = None,
    target_size: tuple[int, int] | None = None,
    exif: bool = True,
    batch_size: int = 32,
    steps: int = 100,
    lowest: float = 1e-7,
    highest: float = 10.0,
    optimizer: str | KerasOptimizer = "adam",
    loss: str | Callable[..., Any] | None = None,
    class_weight: Literal["balanced"] | Mapping[Label, float] | None = None,
    control: FitControl = DEFAULT_CONTROL,
    progress: bool = True,
    seed: int | None = None,
) -> pd.DataFrame:
    """Find a learning rate at which a model learns.

    A copy of the model is trained for some steps, each at a higher rate, until the loss diverges. Too low a rate leaves
    the loss where it is; where the loss falls fastest, the model learns best. Give that rate to `fit_classifier()`, and
    draw the frame by `autoplot()` to see whether it is a good one. The model is not changed.

    Parameters
    ----------
    model
        A Keras model, or a classifier, as `fit_classifier()` takes it.
    images
        A frame of images, a folder with one subfolder per class, or a flow. Of a frame with `split` train rows alone
        are used.
    generator
        How images are augmented and scaled. Where not given, grey levels are divided by 255, unless the model scales
        them itself.
    target_size
        Height and width of the images; the model's where not given.
    exif
        Whether pictures are turned as their EXIF data say; a flow has its own.
    batch_size
        How many images one step sees; a flow has its own. The rate belongs to it: larger batches bear higher rates.
    steps
        How many steps from the lowest to the highest rate. Images are shown again where there are fewer.
    lowest, highest
        The first and the last learning rate; in between each step multiplies it by the same number.
    optimizer
        The name of a Keras optimizer, or one, whose own learning rate does not count. A compiled model keeps its own
        unless this is another than `"adam"`.
    loss
        The name of a Keras loss, or a function; chosen from the last layer where not given.
    class_weight
        `"balanced"`, or how much an image counts by its label (1 where not named).
    control
        How it runs: kept pictures, broken files, precision and threads, as `fit_control()` gives.
    progress
        Whether to show how far it has come.
    seed
        Makes it repeatable: order and augmentation of images, and layers such as Dropout.

    Returns
    -------
    A frame with one row per step: `step`, `learning_rate`, the `loss` of its batch, the loss `smoothed` over the steps
    around, and whether its rate is `suggested`: that of one row, or of none where the loss does not fall.

    Notes
    -----
    The range test of Smith (2017). Losses, twice the first at most, are smoothed with the weights of a normal curve
    whose deviation is three steps. Suggested is the step before the lowest at which the smoothed loss falls fastest
    over the logarithm of the rate; none where it falls by less than twice the scatter of the losses. The test ends
    where their running mean is four times its lowest.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from tidycnn import cnn, make_blood_cells
    >>> images = make_blood_cells(mkdtemp(), n=16, size=32, seed=1)
    >>> model = cnn((32, 32, 3), 4, filters=4, units=None, seed=1)
    >>> rates = find_learning_rate(model, images, steps=40, batch_size=8, progress=False, seed=1)
    >>> list(rates.columns)
    ['step', 'learning_rate', 'loss', 'smoothed', 'suggested']
    """
    check_count(batch_size, "batch_size")
    check_count(steps, "steps", at_least=20)
    check_positive(lowest, "lowest")
    if not lowest < highest < np.inf:
        raise InputError(f"`highest` must be a number above `lowest` ({lowest:g}), not {highest:g}.")
    seed = draw_seed(seed)
    network, before = network_of(model)
    copy, compilation = compiled_copy(
        network,
        optimizer=optimizer,
        learning_rate=lowest,
        loss=loss,
        metrics=[],
        class_mode=images.class_mode if is_flow(images) else None,
        reduce_lr=None,
        schedule=None,
    )
    generator = generator_for(copy, generator, images)
    chosen = choose_images(images, None, generator=generator, seed=seed, progress=progress)
    check_units(read_head(copy), chosen.levels)
    asked: dict[str, Any] = {"target_size": target_size, "exif": exif, "batch_size": batch_size, "seed": seed}
    known: dict[str, Any] = {"before": before, "generator": generator, "control": control}
    flows = prepare_flows(copy, compilation, chosen, **known, **asked)
    weights = class_weight_by_position(flows.class_weights(class_weight, chosen), chosen.levels)
    seed_random_layers(copy, seed)
    rates = np.geomspace(lowest, highest, steps)
    precision = choose_precision(control.precision, copy, flows.train)
    with threads_limited(control.threads), computing_in(copy, precision):
        found = _try_rates(copy, flows, rates, class_weight=weights, progress=progress)
    if not found["suggested"].any():
        warn(
            f"The loss falls at no rate from {lowest:g} to {highest:g}: none is suggested. Try more `steps`, or see "
            "whether images and model fit each other."
        )
    return found


def _try_rates(
    model: Any, flows: FitFlows, rates: Any, *, class_weight: Mapping[int, float] | None, progress: bool
) -> pd.DataFrame:
    view = FitView(flows.train, len(rates), model)
    with heeding_signals() as signals, track("Trying rates", len(rates), shown=progress) as task:
        test = RangeTest(rates, task)
        with signals.waiting(), recovering(model):
            run_epochs(
                model,
                view,
                None,
                epochs=1,
                callbacks=[FollowEpochs(view), test, HeedSignals(signals)],
                class_weight=class_weight,
                on_main_thread=flows.needs_main_thread,
            )
    return test.rates()

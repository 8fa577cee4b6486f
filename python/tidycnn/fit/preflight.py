"""Looking before a training of hours begins: what is probably a mistake, and what it costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from tidycnn.core.checks import check_count, checked
from tidycnn.core.seeds import draw_seed
from tidycnn.core.threads import threads_limited
from tidycnn.core.types import (
    ImageFlow,
    KerasModel,
    KerasOptimizer,
    Label,
    PathLike,
    TrainedClassifier,
    is_flow,
)
from tidycnn.fit._checks import look_over
from tidycnn.fit._checks_cost import measure_time
from tidycnn.fit._checks_scaling import measure_scaling
from tidycnn.fit._compiled import compiled_copy
from tidycnn.fit._findings import Finding, findings_frame, hearing
from tidycnn.fit._flows import FitFlows
from tidycnn.fit._further import network_of
from tidycnn.fit._preparation import generator_for
from tidycnn.fit._prepared import prepare_flows
from tidycnn.fit._rows import choose_images
from tidycnn.fit.control import DEFAULT_CONTROL, FitControl
from tidycnn.flow.generator import ImageDataGenerator
from tidycnn.train.head import check_units, read_head
from tidycnn.train.plan import Plan, count_steps
from tidycnn.train.timing import choose_precision


@checked
def preflight(
    model: KerasModel | TrainedClassifier,
    images: pd.DataFrame | ImageFlow | PathLike,
    *,
    validation: pd.DataFrame | ImageFlow | float | PathLike | None = None,
    generator: ImageDataGenerator | None = None,
    target_size: tuple[int, int] | None = None,
    exif: bool = True,
    batch_size: int = 32,
    epochs: int = 20,
    steps_per_epoch: float | None = None,
    optimizer: str | KerasOptimizer = "adam",
    learning_rate: float | None = None,
    loss: str | Callable[..., Any] | None = None,
    metrics: str | Sequence[str] = "accuracy",
    class_weight: Literal["balanced"] | Mapping[Label, float] | None = None,
    control: FitControl = DEFAULT_CONTROL,
    progress: bool = True,
    seed: int | None = None,
) -> pd.DataFrame:
    """Look for mistakes before a fit, and tell what it costs.

    Takes those arguments of `fit_classifier()` that decide what is learned from what. Nothing is learned: the model
    stays as it is, and nothing is written but to the cache.
    `fit_classifier()` looks for the same, but for what has to be measured: errors stop it, and it warns of warnings.

    Parameters
    ----------
    model
        A Keras model, compiled or not, or a classifier.
    images
        A frame of images, a folder with one subfolder per class, or a flow.
    validation
        A frame, a folder, a flow, or the share of the training images to set apart.
    generator
        How images are augmented and scaled. Where not given, grey levels are divided by 255, unless the model scales
        them itself.
    target_size
        Height and width of the images; the model's where not given.
    exif
        Whether pictures are turned as their EXIF data say.
    batch_size
        How many images one step sees.
    epochs
        How many epochs at most.
    steps_per_epoch
        How many batches one epoch has; as many as show every image once where not given.
    optimizer
        The name of a Keras optimizer, or one.
    learning_rate
        The learning rate; the optimizer's own where not given.
    loss
        The name of a Keras loss, or a function; chosen from the last layer where not given.
    metrics
        The names of Keras metrics.
    class_weight
        `"balanced"`, or how much an image counts by its label.
    control
        How the fit runs, as `fit_control()` gives.
    progress
        Whether to show how far looking at the files has come.
    seed
        Which images a share to validate on takes, and how the pictures that are looked at are augmented.

    Returns
    -------
    One row per finding, the worst first: `check` (such as `scaling`, `last layer`, `loss`, `labels`, `strides`,
    `frozen layers`, `shared images`, `imbalance`, `validation`, `steps`, `memory`, `time`), `severity` (`error`: it
    cannot be trained; `warning`: probably a mistake; `note`: to be known), `message`, and `remedy`, what to do about
    it. In Spanish where R or the system speaks Spanish, else in English.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from tidycnn import cnn, make_blood_cells
    >>> images = make_blood_cells(mkdtemp(), n=8, size=32, seed=1)
    >>> model = cnn((32, 32, 3), 4, filters=4, units=None, seed=1)
    >>> preflight(model, images, progress=False, seed=1)["check"].tolist()
    ['validation', 'memory', 'scaling', 'time']
    """
    check_count(epochs, "epochs")
    check_count(batch_size, "batch_size")
    seed = draw_seed(seed)
    network, before = network_of(model)
    found: list[Finding] = []
    copy: Any = None
    with hearing("last layer", found):
        read_head(network)
        with hearing("loss", found):
            copy, compilation = compiled_copy(
                network,
                optimizer=optimizer,
                learning_rate=learning_rate,
                loss=loss,
                metrics=[metrics] if isinstance(metrics, str) else metrics,
                class_mode=images.class_mode if is_flow(images) else None,
                reduce_lr=None,
                schedule=None,
            )
    chosen = flows = None
    with hearing("images", found):
        generator = generator_for(network if copy is None else copy, generator, images)
        chosen = choose_images(images, validation, generator=generator, seed=seed, progress=progress)
    with hearing("last layer", found):
        if copy is not None and chosen is not None:
            check_units(read_head(copy), chosen.levels)
    if any(finding.severity == "error" for finding in found) or chosen is None:
        return findings_frame(found)
    with hearing("images", found):
        asked: dict[str, Any] = {"target_size": target_size, "exif": exif, "batch_size": batch_size, "seed": seed}
        known: dict[str, Any] = {"before": before, "generator": generator, "control": control}
        flows = prepare_flows(copy, compilation, chosen, **known, **asked)
        plan = Plan(
            epochs=epochs,
            steps=count_steps(steps_per_epoch, len(flows.train)),
            seed=seed,
            levels=chosen.levels,
            class_weight=flows.class_weights(class_weight, chosen),
            precision=choose_precision(control.precision, copy, flows.train),
            **vars(compilation),
        )
    if flows is not None:
        with threads_limited(control.threads):
            _look_at(plan, network, copy, flows, found)
    return findings_frame(found)


def _look_at(plan: Plan, network: Any, model: Any, flows: FitFlows, found: list[Finding]) -> None:
    """Add what is told by the plan, by some pictures and by a few steps; where one fails, the others are told."""
    with hearing("images", found):
        found += look_over(plan, network, model, flows)
    is_scaled_wrong = any(each.check == "scaling" for each in found)
    with hearing("images", found):
        measured = measure_scaling(model, flows.train)
        found += [each for each in measured if each.severity == "note" or not is_scaled_wrong]
    with hearing("images", found):
        found += measure_time(plan, model, flows)

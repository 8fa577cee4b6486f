"""Fine-tuning: a head on a base that knows other images, then as much of the base as is to learn, stage by stage.

Concerns kept apart: the stages run in `_tuning`; what one unfreezes is told by `model/headed`, that frozen layers are
computed once, by `train/frozen`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from tidycnn.core.checks import check_count, checked
from tidycnn.core.errors import InputError, constant
from tidycnn.core.types import ImageFlow, KerasModel, Label, PathLike, is_flow
from tidycnn.fit._job import Job
from tidycnn.fit._place import place_seed
from tidycnn.fit._preparation import generator_for
from tidycnn.fit._rows import choose_images
from tidycnn.fit._sending import check_sendable
from tidycnn.fit._starting import place_for
from tidycnn.fit._tuning import StagesAsked, StagesPlace, TuneStage, begin_stages, kept_stages, run_stages
from tidycnn.fit._tuning_job import send_stages, telling_at
from tidycnn.fit.classifier import Classifier
from tidycnn.fit.control import DEFAULT_CONTROL, FitControl
from tidycnn.fit.stored import KEPT_STAGES
from tidycnn.flow.generator import ImageDataGenerator
from tidycnn.model.headed import headed_model, learn_from
from tidycnn.train.clone import clone_keras_model
from tidycnn.train.head import check_units, read_head

_STAGES = (TuneStage(), TuneStage(unfreeze=1))


@checked
def tune_stage(
    unfreeze: int | str | None = None,
    *,
    optimizer: str | Mapping[str, Any] = "rmsprop",
    learning_rate: float | None = None,
    epochs: int = 6,
    patience: int | None = None,
    rate_decay: float = 1.0,
) -> TuneStage:
    """Say what a stage of a fine-tuning trains, and how.

    Parameters
    ----------
    unfreeze
        How much of the base learns: nothing, only the head, where not given; the last so many blocks; the name of the
        block from which on it learns, such as `"block5"`; or `"all"`. Batch normalisation of the base never learns.
    optimizer
        The name of a Keras optimizer; or named values of `name` and its settings, such as `momentum`.
    learning_rate
        The learning rate; where not given 0.001 for the head alone, else 0.00001.
    epochs
        How many epochs at most.
    patience
        Stop after that many epochs without a lower loss, and keep the weights of the best epoch.
    rate_decay
        What the learning rate is multiplied by from each block to the one before it, the head being the last: below 1
        the early blocks, which see what all images have, change less.

    Returns
    -------
    One of the `stages` of `fine_tune()`.

    Examples
    --------
    >>> tune_stage("block5", learning_rate=1e-5).epochs
    6
    """
    return TuneStage(**locals())


@checked
def fine_tune(
    base: KerasModel,
    images: pd.DataFrame | ImageFlow | PathLike,
    *,
    head: KerasModel | None = None,
    stages: TuneStage | Sequence[TuneStage] | None = None,
    validation: pd.DataFrame | ImageFlow | float | PathLike | None = None,
    generator: ImageDataGenerator | None = None,
    augment_passes: int = 3,
    target_size: tuple[int, int] | None = None,
    exif: bool = True,
    batch_size: int = 32,
    steps_per_epoch: float | None = None,
    loss: str | None = None,
    metrics: str | Sequence[str] = "accuracy",
    class_weight: Literal["balanced"] | Mapping[Label, float] | None = None,
    folder: PathLike | None = None,
    overwrite: bool = False,
    control: FitControl = DEFAULT_CONTROL,
    progress: bool = True,
    seed: int | None = None,
) -> Classifier | Job:
    """Train a network that knows other images on these.

    A head is put upon the base and trained while the base is frozen; in further stages parts of the base learn too, at
    a low rate. What the frozen layers give for an image is computed once and kept, and an epoch runs through the rest
    alone. Base and head stay as they are: copies are trained.

    Parameters
    ----------
    base
        A Keras model without its last layers, with weights that were learned on other images.
    images
        A frame of images, a folder with one subfolder per class, or a flow, as `fit_classifier()` takes them.
    head
        The layers behind the base, as a Keras model, mostly a sequential one without an input shape, that ends with one
        unit per label. Where not given, the mean of each map, dropout of 0.2, and a softmax layer.
    stages
        What is trained one after the other, each as `tune_stage()` says: where not given the head, then the last block
        of the base too. Several with more and more blocks unfreeze it gradually.
    validation
        A frame, a folder, a flow, or the share of the training images to set apart.
    generator
        How images are augmented and scaled; validation images are only scaled. Where not given, grey levels are divided
        by 255, unless the base scales them itself.
    augment_passes
        Of augmented images so many passes are kept of what the frozen layers give, and come again in turn; more of them
        cost more time in front of a stage. 0 keeps nothing: the frozen layers run at each step.
    target_size
        Height and width of the images; the base's where not given.
    exif
        Whether pictures are turned as their EXIF data say; a flow has its own.
    batch_size
        How many images one step sees; a flow has its own.
    steps_per_epoch
        How many batches one epoch has, rounded down; as many as show every image once where not given.
    loss
        The name of a Keras loss; chosen from the last layer where not given.
    metrics
        The names of Keras metrics.
    class_weight
        `"balanced"`, or how much an image counts by its label.
    folder
        Where the stages keep themselves. The same call goes on from there, whatever ended it and in whichever stage, to
        the same end; further stages may be added.
    overwrite
        Whether to begin again where `folder` has stages.
    control
        How the fits run, as `fit_control()` gives; with `background` all stages are one job.
    progress
        Whether to show how far it has come, and to try before the first stage, on a few batches, how long each takes.
    seed
        Makes it repeatable: weights of a head that has none, order and augmentation of images, and layers such as
        Dropout.

    Returns
    -------
    A classifier, whose history and `stages` tell of all stages. With `fit_control(background = True)` a job at once, of
    which `job_status()` tells the stage and `job_result()` gives the classifier.

    Notes
    -----
    Without augmentation the head learns what it would learn with the base in front of it, but for the last bits of its
    numbers. Layers such as Dropout drop nothing in front of frozen weights.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> import keras
    >>> from tidycnn import make_blood_cells
    >>> images = make_blood_cells(mkdtemp(), n=8, size=32, seed=1)
    >>> layers = [keras.layers.Conv2D(4, 3, activation="relu"), keras.layers.MaxPooling2D()]
    >>> base = keras.Sequential([keras.layers.Input((32, 32, 3)), *layers])
    >>> classifier = fine_tune(base, images, stages=tune_stage(epochs=2), progress=False, seed=1)
    >>> classifier.history["epoch"].max().item()
    2
    """
    tuned = _check_asked(stages, augment_passes, batch_size, control)
    generator = generator_for(base, generator, images)
    if control.background:
        check_sendable([], generator, images=images, validation=validation)
        folder = place_for(folder, base)
    seed = place_seed(folder, seed, overwrite=overwrite, kind=KEPT_STAGES)
    chosen = choose_images(images, validation, generator=generator, seed=seed, progress=progress)
    size = images.target_size if is_flow(images) else target_size
    model = _headed_copy(base, head, len(chosen.levels), size=size, seed=seed)
    check_units(read_head(model), chosen.levels, "base" if head is None else "head")
    for stage in tuned:
        learn_from(model, stage.unfreeze)
    asked = StagesAsked(
        chosen,
        generator,
        control,
        {"target_size": target_size, "exif": exif, "batch_size": batch_size},
        {"loss": loss, "metrics": [metrics] if isinstance(metrics, str) else metrics},
        steps_per_epoch,
        class_weight,
        augment_passes or None,
    )
    # What is there is replaced only when nothing is left to refuse.
    there = StagesPlace(seed, None if folder is None or overwrite else Path(folder).expanduser())
    ready, foretold = begin_stages(model, tuned, asked, there, progress=progress)
    with kept_stages(folder, control, seed, overwrite=overwrite) as place:
        if control.background:
            return send_stages(ready, tuned, asked, place, foretold)
        return run_stages(ready, tuned, asked, place, progress=progress, tell=telling_at(place))


def _headed_copy(base: Any, head: Any, classes: int, *, size: tuple[int, int] | None, seed: int) -> Any:
    """Put a head upon a copy of a base."""
    shape = getattr(base, "output_shape", None)
    if isinstance(shape, tuple) and len(shape) == 2 and read_head(base).activation in ("softmax", "sigmoid"):
        raise InputError(
            f"`base` ends with a head of its own, a layer of the activation {read_head(base).activation!r}.",
            hint=f"Take it without its last layers (include_top = {constant(False)}), or train it by "
            "`fit_classifier()`.",
        )
    own = clone_keras_model(head) if getattr(head, "built", False) else head
    return headed_model(clone_keras_model(base), own, classes, size=size, seed=seed)


def _check_asked(
    stages: TuneStage | Sequence[TuneStage] | None, augment_passes: int, batch_size: int, control: FitControl
) -> list[TuneStage]:
    tuned = [stages] if isinstance(stages, TuneStage) else list(_STAGES if stages is None else stages)
    check_count(augment_passes, "augment_passes", at_least=0)
    check_count(batch_size, "batch_size")
    if not tuned:
        raise InputError("`stages` must have at least one stage.", hint="`tune_stage()` makes one.")
    if control.strategy is not None and any(stage.rate_decay != 1 for stage in tuned):
        raise InputError("`rate_decay` cannot be below 1 where `control` has a `strategy`.", hint="Give one of both.")
    return tuned

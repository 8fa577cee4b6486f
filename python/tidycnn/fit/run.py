"""Fitting: chooses images, model and plan, lets the training run, and makes a classifier of what comes back.

Concerns kept apart: `_rows` chooses images, `_flows` makes batches of them; training itself is in `train`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from tidycnn.core.checks import check_count, checked
from tidycnn.core.errors import counted, warn
from tidycnn.core.seeds import draw_seed
from tidycnn.core.signals import heeding_signals
from tidycnn.core.threads import threads_limited
from tidycnn.core.types import (
    ImageFlow,
    KerasCallback,
    KerasModel,
    KerasOptimizer,
    Label,
    PathLike,
    TrainedClassifier,
    is_flow,
)
from tidycnn.fit._checks import warn_before
from tidycnn.fit._compiled import compiled_copy
from tidycnn.fit._flows import FitFlows
from tidycnn.fit._further import network_of
from tidycnn.fit._job import Job
from tidycnn.fit._preparation import generator_for
from tidycnn.fit._prepared import prepare_flows
from tidycnn.fit._rows import choose_images
from tidycnn.fit._sending import ReadyFit, check_sendable, start_job
from tidycnn.fit._starting import place_for
from tidycnn.fit._telling import TellJob, TellStages, telling_of
from tidycnn.fit.classifier import Classifier
from tidycnn.fit.control import DEFAULT_CONTROL, FitControl
from tidycnn.fit.kept import NOT_KEPT, KeptFit, check_keeping, keeping, kept_precision, kept_seed
from tidycnn.flow.generator import ImageDataGenerator
from tidycnn.train.backup import refuse_backups
from tidycnn.train.callbacks import StopAtNoNumber, StopWithModel
from tidycnn.train.clone import seed_random_layers
from tidycnn.train.depth import rates_by_depth
from tidycnn.train.ending import spell_ending
from tidycnn.train.frozen import learning_of
from tidycnn.train.head import check_units, read_head
from tidycnn.train.plan import Plan, count_steps, plateau_settings
from tidycnn.train.run import Batches, Trained, run_plan
from tidycnn.train.schedules import Schedule, schedule_settings
from tidycnn.train.timing import choose_precision
from tidycnn.train.views import FitView
from tidycnn.train.writers import check_writers


@checked
def fit_classifier(
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
    patience: int | None = None,
    reduce_lr: int | Mapping[str, float] | None = None,
    schedule: Schedule | None = None,
    stop_at: Mapping[str, float] | None = None,
    class_weight: Literal["balanced"] | Mapping[Label, float] | None = None,
    callbacks: KerasCallback | Sequence[KerasCallback] | None = None,
    folder: PathLike | None = None,
    overwrite: bool = False,
    control: FitControl = DEFAULT_CONTROL,
    progress: bool = True,
    seed: int | None = None,
) -> Classifier | Job:
    """Train a model on images.

    A copy of the model is trained, so the same line run twice gives the same result. Of a frame with `split`,
    train rows train, validation rows validate, and test rows are never read. A callback that sets `stop_training` of
    the model ends the fit. Before the first step it looks for mistakes as `preflight()` does, and warns of them.

    What was learned is not lost. Ctrl-C, SIGTERM and SIGHUP end the fit early: the classifier learned so far is
    returned, with a warning, and the process goes on, so that the next line can save it. So does an error once an
    epoch is complete, such as one in a callback or of a file that cannot be read any more: the warning says what it
    was. An error in the first epoch is raised.

    Parameters
    ----------
    model
        A Keras model, compiled or not: of a builder such as `cnn()`, or any other with one unit per label, or one
        sigmoid unit for two labels. A compiled model keeps its optimizer, loss and metrics where they are not given.
        Of a classifier the fit goes on from its model, on images with the same labels and preparation.
    images
        A frame of images, a folder with one subfolder per class, or a flow. Every row trains where there is no
        `split`.
    validation
        A frame, a folder, a flow, or the share of the training images to set apart, such as 0.2 (groups stay
        together). Where not given, the rows of `images` whose `split` is validation, else the generator's
        `validation_split`. A warning tells of files, copies of them and groups that train too.
    generator
        How images are augmented and scaled; validation images are only scaled. Where not given, grey levels are divided
        by 255, unless the model scales them itself.
    target_size
        Height and width of the images; the model's where not given.
    exif
        Whether pictures are turned as their EXIF data say, which the column `orientation` tells, or left as they are
        stored; a flow has its own.
    batch_size
        How many images one step sees; a flow has its own.
    epochs
        How many epochs at most.
    steps_per_epoch
        How many batches one epoch has, rounded down; as many as show every image once where not given.
    optimizer
        The name of a Keras optimizer, or one. A compiled model keeps its own unless this is another than `"adam"`.
    learning_rate
        The learning rate; the optimizer's own where not given.
    loss
        The name of a Keras loss, or a function; chosen from the last layer where not given.
    metrics
        The names of Keras metrics.
    patience
        Stop after that many epochs without a lower loss (on the validation images, where there are any), and keep the
        weights of the best epoch, also where the fit runs to its end.
    reduce_lr
        Reduce the learning rate after that many epochs without a lower loss; or named values of `factor` (0.1),
        `patience`, `min_delta`, `cooldown` and `min_lr`.
    schedule
        How the learning rate goes through the fit: `"cosine"` falls to 0 along half a wave, `"one_cycle"` rises to the
        learning rate and falls again, `"exponential"` falls by a factor each epoch, `"step"` at some epochs; or named
        values of `name` and its settings, as the notes say. Not together with `reduce_lr`.
    stop_at
        Thresholds by metric, such as `val_accuracy` 0.94: the fit stops after the epoch that reaches all of them,
        and keeps that epoch's weights.
    class_weight
        `"balanced"`, or how much an image counts by its label (1 where not named).
    callbacks
        Keras callbacks of your own. Files that they write are tried before anything else.
    folder
        Where the fit keeps itself. The same call goes on from there, whatever ended it, to the same end as if nothing
        had; with more `epochs` it goes on to those (with a `schedule` that has `epochs`, `warmup` and `at` of its own,
        because else it would be another one); of a fit that has ended it gives the classifier at once. Another fit, or
        another version, is refused. Without a `seed` it is the seed of the fit that is there.
    overwrite
        Whether to begin again where `folder` has a fit.
    control
        How the fit runs: kept pictures, broken files, precision, threads, devices, and whether in a process of its
        own, as `fit_control()` gives.
    progress
        Whether to show how far the fit has come.
    seed
        Makes the fit repeatable: order and augmentation of images, and layers such as Dropout.

    Returns
    -------
    A classifier: the model with its levels, its preprocessing, its history and the images it saw. With
    `fit_control(background = True)` a job at once, of which `job_result()` gives the classifier.

    Notes
    -----
    Each step learns at the learning rate times a factor f of the time t, the epochs that have passed: epoch + step /
    steps, both from 0. With `warmup` (0 epochs) f rises evenly to 1 before (Goyal and others 2017); `epochs` are those
    of the fit where not given. The rate of each epoch's last step stands in the history.

    `"cosine"`: with s from 0 to 1 in each of so many `cycles` (1) behind the warm-up, f = final + (1 - final) (1 +
    cos(pi s)) / 2, `final` being 0 (Loshchilov and Hutter 2017). `"one_cycle"`: f goes along half a wave from `first`
    (0.04) to 1 within `warmup` epochs (0.3 of all), then to `final` (4e-6), as Smith (2018) and Smith and Topin (2019)
    have it; momentum stays. `"exponential"`: f = factor ** ((t - warmup) / every), `factor` being 0.95 and `every` 1
    epoch. `"step"`: when `at` epochs have passed (half and three quarters of all, He and others 2016), the rate is
    multiplied by `factor` (0.1). Several `factor` are the shares of the learning rate from each `at` on, such as
    `{"name": "step", "at": [80, 120, 160, 180], "factor": [1e-1, 1e-2, 1e-3, 5e-4]}`.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from tidycnn import cnn, make_blood_cells
    >>> images = make_blood_cells(mkdtemp(), n=8, size=32, seed=1)
    >>> model = cnn((32, 32, 3), 4, filters=4, units=None, seed=1)
    >>> fit_classifier(model, images, epochs=1, progress=False, seed=1).levels
    ['EOSINOPHIL', 'LYMPHOCYTE', 'MONOCYTE', 'NEUTROPHIL']
    """
    _check_numbers(steps_per_epoch, batch_size=batch_size, epochs=epochs, patience=patience)
    plateau, course = plateau_settings(reduce_lr), schedule_settings(schedule, epochs=epochs)
    own = [] if callbacks is None else callbacks if isinstance(callbacks, list) else [callbacks]
    check_writers(own)
    refuse_backups(own)
    if control.background:
        check_sendable(own, generator, images=images, validation=validation)
        folder = place_for(folder, model)
    check_keeping(folder, overwrite=overwrite)
    seed = draw_seed(seed if overwrite else kept_seed(folder, seed))
    network, before = network_of(model)
    copy, compilation = compiled_copy(
        network,
        optimizer=optimizer,
        learning_rate=learning_rate,
        loss=loss,
        metrics=[metrics] if isinstance(metrics, str) else metrics,
        class_mode=images.class_mode if is_flow(images) else None,
        reduce_lr=plateau,
        schedule=course,
    )
    generator = generator_for(copy, generator, images)
    chosen = choose_images(images, validation, generator=generator, seed=seed, progress=progress)
    check_units(read_head(copy), chosen.levels)
    asked: dict[str, Any] = {"target_size": target_size, "exif": exif, "batch_size": batch_size, "seed": seed}
    known: dict[str, Any] = {"before": before, "generator": generator, "control": control}
    flows = prepare_flows(copy, compilation, chosen, **known, **asked)
    plan = Plan(
        epochs=epochs,
        steps=count_steps(steps_per_epoch, len(flows.train)),
        seed=seed,
        levels=chosen.levels,
        generator=flows.train.generator.to_dict(),
        flow=flows.train.options.to_dict(),
        patience=patience,
        reduce_lr=plateau,
        schedule=course,
        stop_at=dict(stop_at) if stop_at else None,
        class_weight=flows.class_weights(class_weight, chosen),
        precision=choose_precision(kept_precision(None if overwrite else folder, control.precision), copy, flows.train),
        strategy=control.strategy,
        **vars(compilation),
    )
    warn_before(plan, network, copy, flows)
    return fit_ready(ReadyFit(plan, copy, flows, own, control), network, folder, overwrite=overwrite, progress=progress)


def fit_ready(
    ready: ReadyFit,
    network: Any,
    folder: PathLike | None,
    *,
    overwrite: bool = False,
    progress: bool = True,
    lock: int | None = None,
    tell: TellStages | None = None,
) -> Classifier | Job:
    """Run a fit here or in a process of its own, in a folder where there is one, whose lock another may have handed on.

    A callback of the user may end it by the `network` that was copied. `tell` is who tells of it as a stage of several.
    """
    plan, model, flows, control = ready.plan, ready.model, ready.flows, ready.control
    keeps: dict[str, Any] = {"overwrite": overwrite, "is_private": control.background, "lock": lock}
    with (
        threads_limited(control.threads),
        keeping(folder, plan, model, flows, save_every=control.save_every, **keeps) as kept,
    ):
        if control.background:
            return start_job(ready, kept)
        telling = telling_of(kept, plan, is_sent=lock is not None) if tell is None else tell.of_stage(plan, kept.rows)
        if kept.classifier is not None:
            for each in telling:
                each.tell_end(kept.classifier)
            return kept.classifier
        own = [*ready.callbacks, StopWithModel(network)]
        return run_fit(plan, model, flows, callbacks=own, kept=kept, progress=progress, telling=telling)


def run_fit(
    plan: Plan,
    model: Any,
    flows: FitFlows,
    *,
    callbacks: Sequence[Any] = (),
    kept: KeptFit = NOT_KEPT,
    progress: bool = True,
    telling: Sequence[TellJob] = (),
) -> Classifier:
    """Train a compiled model as the plan says, and make a classifier of it.

    The model is changed. Where it ends early, it returns what was learned so far.
    """
    seed_random_layers(model, plan.seed)
    with heeding_signals() as signals, signals.held():
        heed = telling[0].heed if telling else None
        learning = learning_of(plan, model, flows.train, flows.validation, progress=progress, heed=heed)
        learner, validation = learning.model, learning.validation
        held = None if validation is None else FitView(validation, len(validation), learner)
        source = Batches(FitView(learning.train, plan.steps, learner), held, learning.needs_main_thread)
        with rates_by_depth(learner, model, plan.rate_decay):
            trained = run_plan(
                plan,
                learner,
                source,
                callbacks=[*callbacks, StopAtNoNumber()],
                stage=plan.stage,
                progress=progress,
                checkpoints=kept.checkpoints,
                observers=telling,
            )
        ending = None if trained.ended is None else spell_ending(trained.ended)
        if ending is not None:
            warn(f"{ending} {_spell_kept(trained)}{kept.spell_way_on()}")
        classifier = Classifier(
            model=model,
            levels=plan.levels,
            preprocessing=flows.train.preprocessing,
            history=trained.history,
            images=flows.images,
            outputs=plan.outputs,
            seed=plan.seed,
            seconds=trained.seconds,
            best_epoch=trained.best_epoch,
            kept_epoch=trained.kept_epoch,
            stages=[{**plan.to_dict(), "ended": ending}],
        )
        if ending is None:
            kept.finish(classifier)
        for each in telling:
            each.tell_end(classifier, signals.number)
        return classifier


def _spell_kept(trained: Trained) -> str:
    if trained.kept_epoch is None:
        return "No epoch was complete: the classifier has learned from the batches seen so far."
    if trained.has_best:
        return f"The classifier has the weights of the best epoch, {trained.kept_epoch}."
    return f"The classifier has the weights as they stood then, after {counted(trained.kept_epoch, 'complete epoch')}."


def _check_numbers(steps: float | None, **counts: int | None) -> None:
    count_steps(steps, 1)
    for argument, count in counts.items():
        if count is not None:
            check_count(count, argument)

"""The commands. Each calls the public functions that a person would call, and returns one table."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import click

import tidycnn
from tidycnn.cli.options import (
    FORMATS,
    Outcome,
    Source,
    augmentation,
    is_csv,
    labelled_images,
    read_csv,
    read_size,
    rescuing,
    table_output,
    write_table,
)
from tidycnn.cli.process import signal_status
from tidycnn.core.errors import InputError, counted, listed, readable
from tidycnn.core.signals import heeding_signals, spell_end

if TYPE_CHECKING:
    import pandas as pd

    from tidycnn.flow.generator import ImageDataGenerator

    Result = Outcome | pd.DataFrame

MODELS = ("blood_cells_small", "blood_cells_deep", "weather_cnn", "resnet_cifar", "cnn")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(tidycnn.__version__, prog_name="tidycnn")
def commands() -> None:
    """Classify images with convolutional networks.

    From a folder with one folder of pictures for each class to a trained classifier and its scores:

    \b
      tidycnn images pictures                what is there, and which files are broken
      tidycnn train pictures --save cells    train a network, write it to the folder `cells`
      tidycnn evaluate cells held-out        how good it is, with intervals
      tidycnn predict cells new-pictures     what it says about pictures without labels
      tidycnn sitrep                         whether all that is needed works here

    Wherever a folder of images is taken, a CSV file as `tidycnn images` writes it is taken too: add columns to it (a
    `split`, a `group` of images that belong together, such as the patient) and go on with it.

    Exit status: 0 done, 1 an error, 2 wrong usage, 128 and its number where a signal ended it: 130 for Ctrl-C, 143 for
    SIGTERM.
    """


@commands.command("images")
@labelled_images
@click.option("--counts", is_flag=True, help="Count the images of each label instead of listing them.")
@table_output
def list_images(*, source: Source, counts: bool, progress: bool) -> Result:
    """List the images of a folder, and what is wrong with their files.

    Every file is opened and decoded. `status` is ok or says what is wrong with it.

    \b
    Examples:
      tidycnn images pictures --counts
      tidycnn images pictures -o images.csv
      tidycnn images flat-folder --labels '^([a-z]+)_'
      tidycnn images blood-cells --splits train=TRAIN --splits test=TEST
    """
    images = source.read(is_labelled=False, progress=progress)
    return tidycnn.class_counts(images) if counts else images


@commands.command()
@labelled_images
@click.option("--save", required=True, type=click.Path(file_okay=False), help="The folder to write the classifier to.")
@click.option("--overwrite", is_flag=True, help="Replace that folder where it exists.")
@click.option("--model", type=click.Choice(MODELS), default=MODELS[0], show_default=True, help="The network.")
@click.option(
    "--target-size",
    metavar="HEIGHT[xWIDTH]",
    help="The size that images are brought to, such as 96 or 120x160; by default the network's own.",
)
@click.option("--epochs", type=int, default=20, show_default=True, help="How often every image is seen.")
@click.option("--batch-size", type=int, default=32, show_default=True, help="How many images one step sees.")
@click.option("--learning-rate", type=float, help="The learning rate of the optimizer; by default its own.")
@click.option("--patience", type=int, help="Stop after so many epochs without a lower loss; keep the best weights.")
@click.option(
    "--validation",
    type=float,
    default=0.15,
    show_default=True,
    help="The share of the training images to validate on, where no split is for that; 0 for none.",
)
@click.option("--balanced", is_flag=True, help="Let rare labels count as much as frequent ones.")
@click.option("--seed", type=int, help="Makes the training repeatable.")
@augmentation
@table_output
def train(
    *,
    source: Source,
    save: str,
    overwrite: bool,
    model: str,
    target_size: str | None,
    validation: float,
    balanced: bool,
    generator: ImageDataGenerator,
    progress: bool,
    seed: int | None,
    **settings: Any,
) -> Result:
    """Train a network on a folder of images, save the classifier and write its history.

    Images of the split `test` are never looked at. Ctrl-C, SIGTERM and SIGHUP end the training early: what was learned
    is saved, and the exit status is that of the signal, 130 for Ctrl-C. So it is where a file breaks after an epoch,
    with the exit status 1.

    \b
    Examples:
      tidycnn train pictures --save cells --epochs 10 --seed 1
      tidycnn train pictures --save cells --target-size 96 --flip --rotate 20 --patience 5
      tidycnn train blood-cells --splits train=TRAIN --splits test=TEST --save cells -o history.csv
    """
    from tidycnn.fit.folder import check_target

    check_target(save, overwrite=overwrite, argument="--save")
    size = None if target_size is None else read_size(target_size)
    images = source.read(progress=progress)
    network = build_model(model, size, classes=len(images["label"].cat.categories), seed=seed)
    with heeding_signals() as signals:
        classifier: Any = tidycnn.fit_classifier(
            network,
            images,
            validation=validation if validation > 0 and "validation" not in splits_of(images) else None,
            generator=generator,
            class_weight="balanced" if balanced else None,
            progress=progress,
            seed=seed,
            **settings,
        )
        with signals.held(), rescuing(save, lambda folder: tidycnn.save_classifier(classifier, folder)):
            tidycnn.save_classifier(classifier, save, overwrite=overwrite)
    if classifier.stages[-1]["ended"] is None:
        return Outcome(classifier.history, said=f"The classifier is saved in {save!r}.", status=signal_status(signals))
    ended = "ended early" if signals.number is None else spell_end(signals.number)
    said = f"The training was {ended}: what was learned is saved in {save!r}."
    return Outcome(classifier.history, said=said, status=signal_status(signals) or 1)


@commands.command()
@click.argument("classifier", type=click.Path(exists=True, file_okay=False))
@labelled_images
@click.option("--split", help="Score the images of this split; by default `test` where there are splits.")
@click.option("--confusion", is_flag=True, help="Write how often each label is taken for each other, not the scores.")
@click.option("--report", is_flag=True, help="Write precision, recall and F1 of each label, not the scores.")
@click.option("--metric", multiple=True, help="A metric to write; again for each. By default all.")
@click.option("--confidence", type=float, default=0.95, show_default=True, help="The level of the intervals.")
@click.option("--seed", type=int, help="Makes intervals by resampling repeatable.")
@table_output
def evaluate(
    *,
    classifier: str,
    source: Source,
    split: str | None,
    confusion: bool,
    report: bool,
    metric: tuple[str, ...],
    confidence: float,
    progress: bool,
    seed: int | None,
) -> Result:
    """Score a classifier on images whose labels are known.

    Where the images have a column `group`, intervals are made by resampling groups: copies of one photograph, or
    pictures of one patient, are one observation.

    \b
    Examples:
      tidycnn evaluate cells held-out
      tidycnn evaluate cells blood-cells --split test_simple --metric accuracy
      tidycnn evaluate cells images-with-groups.csv --format json
    """
    images = choose_split(source.read(progress=progress), split)
    predictions = tidycnn.predict_images(tidycnn.load_classifier(classifier), images, progress=progress)
    if confusion:
        return tidycnn.confusion_matrix(predictions)
    if report:
        return tidycnn.classification_report(predictions)
    return tidycnn.score_predictions(predictions, list(metric) or None, confidence=confidence, seed=seed)


@commands.command()
@click.argument("classifier", type=click.Path(exists=True, file_okay=False))
@click.argument("images", type=click.Path(exists=True), nargs=-1, required=True)
@click.option("--batch-size", type=int, default=32, show_default=True, help="How many images are predicted at once.")
@table_output
def predict(*, classifier: str, images: tuple[str, ...], batch_size: int, progress: bool) -> Result:
    """Predict the labels of images: files, a folder, or a CSV file with a column `path`.

    Writes one row an image: its label in `.pred_class` and the probability of every label in `.pred_<label>`. They
    are missing for files that are no images, and `status` says what is wrong with those.

    \b
    Examples:
      tidycnn predict cells new-pictures -o predictions.csv
      tidycnn predict cells one.jpg two.jpg --format json
    """
    given: Any = images[0]
    if len(images) > 1:
        given = tidycnn.image_table(list(images), progress=progress)
    elif is_csv(given):
        given = read_csv(given)
    opened = tidycnn.load_classifier(classifier)
    return tidycnn.predict_images(opened, given, batch_size=batch_size, progress=progress)


@commands.command()
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="table", show_default=True)
def sitrep(*, form: str) -> int:
    """Report what is installed, what this machine can do, and what is wrong.

    Gives the exit status 1 where something is wrong.
    """
    from tidycnn.core.machine import PROBLEM, findings

    found = findings()
    if form == "table":
        width = max(len(finding.part) for finding in found)
        for part, what, status, advice in found:
            click.echo(readable(f"{status:<8} {part:<{width}}  {what}"))
            if advice:
                click.echo(readable(f"{'':<8} {'':<{width}}  -> {advice}"))
    else:
        import pandas as pd

        write_table(pd.DataFrame(found), None, form)
    return int(any(finding.status == PROBLEM for finding in found))


def build_model(name: str, size: tuple[int, int] | None, *, classes: int, seed: int | None) -> Any:
    """Build a named network for images of `size`, or of the size that it was made for."""
    builder = getattr(tidycnn, name)
    made_for = inspect.signature(builder).parameters["input_shape"].default
    return builder(made_for if size is None else (*size, 3), classes, seed=seed)


def splits_of(images: pd.DataFrame) -> list[str]:
    """Name the splits of a frame."""
    return sorted(images["split"].dropna().unique()) if "split" in images.columns else []


def choose_split(images: pd.DataFrame, split: str | None) -> pd.DataFrame:
    """Keep the rows of one split; of `test` where none is named and there are splits."""
    from tidycnn.core.progress import remark

    known = splits_of(images)
    if split is None and not known:
        return images
    chosen = split or "test"
    if chosen not in known:
        raise InputError(
            f"No image has the split {chosen!r}; the splits are {listed(known)}.",
            hint="Choose one with --split." if known else "Leave --split out to score all images.",
        )
    kept = images[images["split"] == chosen]
    if split is None and len(known) > 1:
        remark(f"Scoring the {counted(len(kept), 'image')} of the split 'test'; --split takes another.")
    return kept

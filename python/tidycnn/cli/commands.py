"""The commands. Each calls the public functions that a person would call, and returns one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

import tidycnn
from tidycnn.cli.jobs import detached, jobs
from tidycnn.cli.messages import signal_status, write_out
from tidycnn.cli.options import Command, SectionCommand, public_options
from tidycnn.cli.output import FORMATS, Outcome, rescuing, table_output, write_table
from tidycnn.cli.source import Source, is_csv, labelled_images, read_csv, splits_of
from tidycnn.cli.training import Training, training_options
from tidycnn.core.errors import InputError, counted, listed, readable
from tidycnn.core.signals import heeding_signals, spell_end

if TYPE_CHECKING:
    import pandas as pd

    Result = Outcome | pd.DataFrame

scoring_options = public_options(
    "scoring",
    ["score_predictions"],
    section="Scores",
    without=["predictions"],
    names={"metrics": ["--metric", "--metrics"]},
)


def prediction_options(command: Command) -> Command:
    """Give a command the options of `load_classifier()` and `predict_images()`: `loading` and `predicting`."""
    loading = public_options("loading", ["load_classifier"], section="Predictions", without=["folder"])
    without = ["classifier", "images"]
    return loading(public_options("predicting", ["predict_images"], section="Predictions", without=without)(command))


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(tidycnn.__version__, prog_name="tidycnn")
def commands() -> None:
    """Classify images with convolutional networks.

    From a folder with one folder of pictures for each class to a trained classifier and its scores:

    \b
      tidycnn images pictures                what is there, and which files are broken
      tidycnn split pictures -o images.csv   a table that says what trains and what is held out
      tidycnn train pictures --save cells    train a network, write it to the folder `cells`
      tidycnn evaluate cells held-out        how good it is, with intervals
      tidycnn predict cells new-pictures     what it says about pictures without labels
      tidycnn job status cells               how far a training is that runs by itself (--detach)
      tidycnn sitrep                         whether all that is needed works here

    Wherever a folder of images is taken, a CSV file as `tidycnn images` writes it is taken too: add columns to it (a
    `split`, a `group` of images that belong together, such as the patient) and go on with it.

    Exit status: 0 done, 1 an error, 2 wrong usage, 128 and its number where a signal ended it: 130 for Ctrl-C, 143 for
    SIGTERM.
    """


@commands.command("images", cls=SectionCommand)
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


@commands.command("split", cls=SectionCommand)
@labelled_images
@public_options("splitting", ["split_images"], section="Splits", without=["images"], names={"from_": ["--from"]})
@table_output
def split_listed_images(*, source: Source, splitting: dict[str, Any], progress: bool) -> Result:
    """Divide images into splits, and write the table; no file is copied or moved.

    `tidycnn train` and `tidycnn evaluate` take the table: images of the split `train` train, those of `validation`
    validate, and those of `test` are held out for `evaluate`.

    \b
    Examples:
      tidycnn split pictures --seed 1 -o images.csv
      tidycnn split pictures --proportions train=0.8 --proportions test=0.2 -o images.csv
      tidycnn train images.csv --save cells
    """
    return tidycnn.split_images(source.read(is_labelled=False, progress=progress), **splitting)


@commands.command(cls=SectionCommand)
@labelled_images
@click.option("--save", required=True, type=click.Path(file_okay=False), help="The folder to write the classifier to.")
@click.option("--overwrite", is_flag=True, help="Replace that folder where it exists.")
@click.option(
    "--save-images",
    type=click.Choice(["all", "paths", "none"]),
    default="all",
    show_default=True,
    help="What is saved of the images: all; paths below the folder that they share, without columns of your own; none.",
)
@training_options
@table_output
def train(
    *,
    source: Source,
    save: str,
    overwrite: bool,
    save_images: str,
    training: Training,
    progress: bool,
) -> Result:
    """Train a network on a folder of images, save the classifier and write its history.

    Images of the split `test` are never looked at. Ctrl-C, SIGTERM and SIGHUP end the training early: what was learned
    is saved, and the exit status is that of the signal, 130 for Ctrl-C. So it is where a file breaks after an epoch,
    with the exit status 1. With --detach the training runs by itself in the folder of --save, also when the terminal is
    closed, and `tidycnn job` looks after it; the folder is taken as a classifier once it has finished.

    \b
    Examples:
      tidycnn train pictures --save cells --epochs 10 --seed 1
      tidycnn train pictures --save cells --target-size 96 --flip --rotate 20 --patience 5
      tidycnn train blood-cells --splits train=TRAIN --splits test=TEST --save cells -o history.csv
      tidycnn train pictures --save cells --epochs 100 --detach
    """
    from tidycnn.core.folders import check_target
    from tidycnn.fit.stored import CLASSIFIER

    if training.control.get("background"):
        return detached(source, save, overwrite=overwrite, training=training, progress=progress)
    check_target(save, CLASSIFIER, overwrite=overwrite, argument="--save")
    images = source.read(progress=progress)
    network = training.build_model(len(images["label"].cat.categories))
    settings = training.settings(network, images)
    saving: Any = {"images": save_images}
    with heeding_signals() as signals:
        classifier: Any = tidycnn.fit_classifier(network, progress=progress, **settings)
        with signals.held(), rescuing(save, lambda folder: tidycnn.save_classifier(classifier, folder, **saving)):
            tidycnn.save_classifier(classifier, save, overwrite=overwrite, **saving)
    if classifier.stages[-1]["ended"] is None:
        return Outcome(classifier.history, said=f"The classifier is saved in {save!r}.", status=signal_status(signals))
    ended = "ended early" if signals.number is None else spell_end(signals.number)
    said = f"The training was {ended}: what was learned is saved in {save!r}."
    return Outcome(classifier.history, said=said, status=signal_status(signals) or 1)


@commands.command(cls=SectionCommand)
@click.argument("classifier", type=click.Path(exists=True, file_okay=False))
@labelled_images
@click.option("--split", help="Score the images of this split; by default `test` where there are splits.")
@click.option("--confusion", is_flag=True, help="Write how often each label is taken for each other, not the scores.")
@click.option("--report", is_flag=True, help="Write precision, recall and F1 of each label, not the scores.")
@scoring_options
@prediction_options
@table_output
def evaluate(
    *,
    classifier: str,
    source: Source,
    split: str | None,
    confusion: bool,
    report: bool,
    scoring: dict[str, Any],
    loading: dict[str, Any],
    predicting: dict[str, Any],
    progress: bool,
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
    opened = tidycnn.load_classifier(classifier, **loading)
    predictions = tidycnn.predict_images(opened, images, progress=progress, **predicting)
    if confusion:
        return tidycnn.confusion_matrix(predictions)
    if report:
        return tidycnn.classification_report(predictions)
    return tidycnn.score_predictions(predictions, **scoring)


@commands.command(cls=SectionCommand)
@click.argument("classifier", type=click.Path(exists=True, file_okay=False))
@click.argument("images", type=click.Path(exists=True), nargs=-1, required=True)
@prediction_options
@table_output
def predict(
    *,
    classifier: str,
    images: tuple[str, ...],
    loading: dict[str, Any],
    predicting: dict[str, Any],
    progress: bool,
) -> Result:
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
    opened = tidycnn.load_classifier(classifier, **loading)
    return tidycnn.predict_images(opened, given, progress=progress, **predicting)


@commands.command(cls=SectionCommand)
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
def sitrep(*, form: str) -> int:
    """Report what is installed, what this machine can do, and what is wrong.

    Gives the exit status 1 where something is wrong.
    """
    from tidycnn.core.machine import PROBLEM, findings

    found = findings()
    if form == "table":
        width = max(len(finding.part) for finding in found)
        for part, what, status, advice in found:
            write_out(readable(f"{status:<8} {part:<{width}}  {what}") + "\n")
            if advice:
                write_out(readable(f"{'':<8} {'':<{width}}  -> {advice}") + "\n")
    else:
        import pandas as pd

        write_table(pd.DataFrame(found), None, form)
    return int(any(finding.status == PROBLEM for finding in found))


commands.add_command(jobs)


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

"""What the commands share: where images come from, and where the table goes."""

from __future__ import annotations

import functools
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import click

import tidycnn
from tidycnn.cli.process import say
from tidycnn.core.errors import InputError, StoreError, TidycnnError, listed, printable, readable

if TYPE_CHECKING:
    import pandas as pd

Command: TypeAlias = Callable[..., Any]

FORMATS = {"table": "to_string", "csv": "to_csv", "json": "to_json"}
_SUFFIXES = {"": "csv", ".csv": "csv", ".txt": "csv", ".json": "json"}
_TEXT_COLUMNS = ("path", "label", "split", "group")


class Outcome(NamedTuple):
    """What a command has done: its table, what is said at last, and the exit status."""

    table: pd.DataFrame
    said: str | None = None
    status: int = 0


class Source(NamedTuple):
    """Where labelled images come from: a folder or a CSV file, and how labels and splits are told."""

    path: str
    labels: str | None
    splits: dict[str, str] | None

    def read(self, *, is_labelled: bool = True, progress: bool) -> pd.DataFrame:
        """List the images; refuse those without any label unless `is_labelled` is False."""
        given: Any = read_csv(self.path) if is_csv(self.path) else self.path
        images = tidycnn.image_table(given, self.labels, splits=self.splits, progress=progress)
        if is_labelled and images["label"].isna().all():
            raise InputError(
                f"{self.path!r} has no image with a label.",
                hint="Put the pictures into one folder for each class, or give --labels.",
            )
        return images


def labelled_images(command: Command) -> Command:
    """Give a command its `source` of labelled images: an argument, `--labels` and `--splits`."""

    @functools.wraps(command)
    def wrapper(*, images: str, labels: str | None, splits: tuple[str, ...], **options: Any) -> Any:
        named = dict(read_split(split) for split in splits)
        return command(source=Source(images, labels, named or None), **options)

    return _with(
        wrapper,
        click.argument("images", type=click.Path(exists=True)),
        click.option(
            "--labels", metavar="EXPRESSION", help="A regular expression with one group: the label in the file name."
        ),
        click.option(
            "--splits",
            multiple=True,
            metavar="NAME=FOLDER",
            help="A split and the top folder that holds it, such as train=TRAIN; again for each split. Folders called "
            "train, validation, test and the like are found without it.",
        ),
    )


def table_output(command: Command) -> Command:
    """Write the table of a command, and say where all is: `--output`, `--format`, `--quiet`."""

    @functools.wraps(command)
    def wrapper(*, output: str | None, form: str | None, quiet: bool, **options: Any) -> int:
        from tidycnn.core.progress import Silence, listening

        form = choose_format(output, form)
        with listening(Silence()) if quiet else nullcontext():
            found = command(progress=not quiet, **options)
        outcome = found if isinstance(found, Outcome) else Outcome(found)
        with rescuing(f"{Path(output or 'table').stem}.csv", lambda path: write_table(outcome.table, path, "csv")):
            write_table(outcome.table, output, form)
        written = [f"The table is written to {output!r}."] if output else []
        for message in [*written, *([outcome.said] if outcome.said else [])]:
            if outcome.status or not quiet:
                say(message)
        return outcome.status

    return _with(
        wrapper,
        click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write the result to this file."),
        click.option(
            "--format",
            "form",
            type=click.Choice(list(FORMATS)),
            help="How the result is written. By default as the suffix of --output says; without --output as a table "
            "on a terminal, and as CSV into a file or pipe.",
        ),
        click.option("-q", "--quiet", is_flag=True, help="Show neither progress nor remarks."),
    )


def augmentation(command: Command) -> Command:
    """Give a command its `generator`: `--flip`, `--rotate`, `--shift`, `--zoom`, `--standardize`."""

    @functools.wraps(command)
    def wrapper(*, flip: bool, rotate: float, shift: float, zoom: float, standardize: bool, **options: Any) -> Any:
        generator = tidycnn.image_data_generator(
            rescale=1 / 255,
            horizontal_flip=flip,
            vertical_flip=flip,
            rotation_range=rotate,
            width_shift_range=shift,
            height_shift_range=shift,
            zoom_range=zoom,
            samplewise_center=standardize,
            samplewise_std_normalization=standardize,
        )
        return command(generator=generator, **options)

    return _with(
        wrapper,
        click.option("--flip", is_flag=True, help="Augmentation: flip left and right, up and down."),
        click.option("--rotate", type=float, default=0.0, metavar="DEGREES", help="Augmentation: turn up to that far."),
        click.option("--shift", type=float, default=0.0, metavar="SHARE", help="Augmentation: move by up to that."),
        click.option("--zoom", type=float, default=0.0, metavar="SHARE", help="Augmentation: enlarge or shrink by it."),
        click.option(
            "--standardize",
            is_flag=True,
            help="Bring the values of every image to mean 0 and deviation 1: networks without normalisation learn "
            "sooner, and differences of light between images count less.",
        ),
    )


def is_csv(path: str) -> bool:
    """Tell whether a path is one of a CSV file."""
    return path.lower().endswith(".csv") and Path(path).is_file()


def read_csv(path: str) -> pd.DataFrame:
    """Read an images frame; only an empty field is missing, so that a label may be called NA."""
    import pandas as pd

    kinds = dict.fromkeys(_TEXT_COLUMNS, object)
    try:
        images: pd.DataFrame = pd.read_csv(
            path, dtype=kinds, keep_default_na=False, na_values=[""], encoding_errors="surrogateescape"
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError(f"{path!r} is no CSV file: {str(error).strip()}.") from error
    if any(printable(str(name)) != str(name) for name in images.columns):
        raise InputError(f"{path!r} is no CSV file in UTF-8: it has the columns {listed(images.columns)}.")
    return images


def read_split(text: str) -> tuple[str, str]:
    """Read `train=TRAIN`."""
    name, _, folder = text.partition("=")
    if not (name and folder):
        raise click.UsageError(f"--splits must be NAME=FOLDER, such as train=TRAIN, not {text!r}.")
    return name, folder


def read_size(text: str) -> tuple[int, int]:
    """Read `96` or `120x160`."""
    parts = text.lower().split("x")
    if len(parts) > 2 or not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise click.UsageError(f"--target-size must be HEIGHT or HEIGHTxWIDTH, such as 96 or 120x160, not {text!r}.")
    return int(parts[0]), int(parts[-1])


def choose_format(output: str | None, form: str | None) -> str:
    """Give the format of a table, and refuse a file that could not be written before there is anything to write."""
    from tidycnn.core.targets import check_file

    if output is None:
        return form or ("table" if sys.stdout.isatty() else "csv")
    check_file(output, "--output")
    suffix = Path(output).suffix.lower()
    if form is None and suffix not in _SUFFIXES:
        raise click.UsageError(f"--output must end in .csv or .json where --format is not given, not {suffix!r}.")
    return form or _SUFFIXES[suffix]


def write_table(frame: pd.DataFrame, output: str | None, form: str) -> None:
    """Write a frame to a file (whole or not at all) or to the standard output stream."""
    from tidycnn.core.store import atomic_file

    json_options = {"orient": "records", "indent": 2, "double_precision": 15}
    options: dict[str, Any] = json_options if form == "json" else {"index": False}
    try:
        text = getattr(_shown(frame) if form == "table" else frame, FORMATS[form])(**options).rstrip("\n") + "\n"
    except UnicodeEncodeError as error:
        raise InputError(
            f"The table has {error.object!a}, which JSON cannot hold: it is no Unicode text.", hint="Use --format csv."
        ) from None
    # A name of a file that is no Unicode text is written as the bytes that it is.
    content = text.encode("utf-8", "surrogateescape")
    if output is not None and Path(output).exists() and not Path(output).is_file():  # Such as /dev/null.
        Path(output).write_bytes(content)
        return
    if output is not None:
        with atomic_file(Path(output).resolve()) as temporary:
            temporary.write_bytes(content)
        return
    if sys.stdout.isatty():
        text = readable(text)
    try:
        click.echo(text, nl=False)
    except UnicodeEncodeError:
        click.echo(content, nl=False)


def _shown(frame: pd.DataFrame) -> pd.DataFrame:
    """Spell out in a table for people what would steer their terminal."""
    import pandas as pd

    def spelled(value: Any) -> Any:
        return printable(value) if isinstance(value, str) else value

    columns = dict(enumerate(frame.iloc[:, i] for i in range(frame.shape[1])))
    is_text = {i: column.dtype.kind not in "biufcmM" for i, column in columns.items()}
    shown = {i: column.astype(object).map(spelled) if is_text[i] else column for i, column in columns.items()}
    return pd.DataFrame(shown).set_axis([spelled(name) for name in frame.columns], axis=1)


@contextmanager
def rescuing(target: str, write: Callable[[str], Any]) -> Iterator[None]:
    """Write elsewhere what could not be written inside the block, so that the work is not lost."""
    try:
        yield
    except TidycnnError as error:
        place = str(Path(tempfile.mkdtemp(prefix="tidycnn-")) / Path(target).name)
        try:
            write(place)
        except (TidycnnError, OSError):
            raise error from None
        raise StoreError(f"{error.message} All is saved in {place!r} instead.", hint=error.hint) from error


def _with(wrapper: Command, *options: Command) -> Command:
    """Add options so that the help lists them in the order given."""
    for option in reversed(options):
        wrapper = option(wrapper)
    return wrapper

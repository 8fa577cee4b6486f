"""Where labelled images come from: a folder or a CSV file, and how labels and splits are told."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

import tidycnn
from tidycnn.cli.options import Command, public_options, with_options
from tidycnn.core.errors import InputError, listed, printable

if TYPE_CHECKING:
    import pandas as pd

_TEXT_COLUMNS = ("path", "label", "split", "group", ".pred_class")


class Source(NamedTuple):
    """Where labelled images come from: a folder or a CSV file, and the options of `image_table()`."""

    path: str
    listing: dict[str, Any]

    def read(self, *, is_labelled: bool = True, progress: bool) -> pd.DataFrame:
        """List the images; refuse those without any label unless `is_labelled` is False."""
        given: Any = read_csv(self.path) if is_csv(self.path) else self.path
        images = tidycnn.image_table(given, progress=progress, **self.listing)
        if is_labelled and images["label"].isna().all():
            raise InputError(
                f"{self.path!r} has no image with a label.",
                hint="Put the pictures into one folder for each class, or give --labels.",
            )
        return images


def labelled_images(command: Command) -> Command:
    """Give a command its `source` of labelled images: an argument, and the options of `image_table()`."""

    @functools.wraps(command)
    def wrapper(*, images: str, listing: dict[str, Any], **options: Any) -> Any:
        return command(source=Source(images, listing), **options)

    taking = public_options("listing", ["image_table"], section="Images", without=["x"])(wrapper)
    return with_options(taking, click.argument("images", type=click.Path(exists=True)))


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


def splits_of(images: pd.DataFrame) -> list[str]:
    """Name the splits of a frame."""
    return sorted(images["split"].dropna().unique()) if "split" in images.columns else []

"""The contract of the frames: names of columns, and what each kind of frame must have.

Concerns kept apart: this module knows columns; it opens no file (`images`), draws nothing (`report`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from tidycnn.core.errors import InputError, counted, described, listed
from tidycnn.core.paths import with_slashes

IMAGE_COLUMNS = (
    "path",
    "label",
    "split",
    "group",
    "status",
    "format",
    "width",
    "height",
    "mode",
    "bytes",
    "hash",
)
SPLITS = ("train", "validation", "test")
PREDICTED = ".pred_class"
PREDICTION_PREFIX = ".pred_"
SCORE_COLUMNS = (
    ".metric",
    ".class",
    ".estimator",
    ".estimate",
    ".lower",
    ".upper",
    ".confidence",
    ".method",
    ".n",
    ".groups",
)

HISTORY_COLUMNS = ("stage", "epoch", "data", "metric", "value")

# What R calls NA_real_: a NaN with a payload, so that a missing number and not-a-number stay apart in R.
NA_REAL = float(np.array([0x7FF00000000007A2], dtype=np.uint64).view(np.float64)[0])

# A frame is of the first kind whose columns it has.
_KINDS: dict[str, tuple[str, ...]] = {
    "scores": (".metric", ".estimate"),
    "confusion": ("label", PREDICTED, "n", "share"),
    "predictions": ("path", PREDICTED),
    "history": HISTORY_COLUMNS,
    "counts": ("label", "n", "share"),
    "audit": ("problem", "split_1", "split_2"),
    "layers": ("layer", "type", "output_shape", "parameters"),
    "images": ("path",),
}


def frame_kind(frame: pd.DataFrame) -> str | None:
    """Tell the kind of a frame from its columns, None where it is none of ours."""
    columns = set(frame.columns)
    return next((kind for kind, needed in _KINDS.items() if columns.issuperset(needed)), None)


def check_columns(frame: pd.DataFrame, columns: Iterable[str], argument: str, *, made_by: str) -> None:
    """Refuse a frame that lacks columns, naming the function that makes such a frame."""
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise InputError(
            f"`{argument}` must have the columns {listed(missing)}, but it has {listed(frame.columns)}.",
            hint=f"`{made_by}` gives such a frame.",
        )


def as_labels(values: Iterable[object], levels: Sequence[str] | None = None, *, argument: str) -> pd.Categorical[str]:
    """Turn labels (text, numbers, factors) into a Categorical.

    Order of levels: `levels` where given, else the categories where there are, else sorted.
    A value that is missing stays missing; one that is not among `levels` is an error.
    """
    series = values if isinstance(values, pd.Series) else pd.Series(list(values), dtype=object)
    if levels is None and isinstance(series.dtype, pd.CategoricalDtype):
        return pd.Categorical(
            series.astype(object).map(_as_text, na_action="ignore"), [_as_text(c) for c in series.cat.categories]
        )
    text = series.astype(object).map(_as_text, na_action="ignore")
    found = sorted(set(text.dropna()))
    unknown = [] if levels is None else [value for value in found if value not in set(levels)]
    if unknown:
        raise InputError(
            f"`{argument}` has the labels {listed(unknown)}, which are not among the levels {listed(levels or [])}.",
            hint="Give all levels, or drop those rows.",
        )
    return pd.Categorical(text.where(text.notna(), None), categories=list(found if levels is None else levels))


def levels_of(images: pd.DataFrame) -> list[str]:
    """Give the ordered labels of a frame whose `label` is a Categorical."""
    return [str(level) for level in images["label"].cat.categories]


def as_images(images: pd.DataFrame, argument: str = "images") -> pd.DataFrame:
    """Check an images frame and return it with a range index and labels as Categorical.

    `path` is needed; `label`, `split` and `status` are checked where they stand.
    """
    check_columns(images, ["path"], argument, made_by="image_table()")
    images = images.reset_index(drop=True)
    images = images.assign(path=as_paths(images["path"], f"{argument}$path"))
    for name in ("split", "status"):
        wrong = [value for value in images.get(name, pd.Series()).dropna() if not isinstance(value, str)]
        if wrong:
            raise InputError(
                f"`{argument}${name}` must be text, but one is {described(wrong[0])}.",
                hint="Make it text, or give it another name if it means something else.",
            )
    if "label" in images.columns:
        images = images.assign(label=as_labels(images["label"], argument=f"{argument}$label"))
    return images


def as_paths(column: pd.Series, name: str) -> pd.Series:
    """Give a column of paths as text; `name` is what messages call it.

    Objects that stand for paths are taken, and bytes, which are decoded as the system names its files.
    """
    without = int(column.isna().sum())
    if without:
        raise InputError(f"`{name}` must be text in every row, but it is missing in {counted(without, 'row')}.")
    wrong = [value for value in column if not isinstance(value, str | bytes | os.PathLike)]
    if wrong:
        raise InputError(f"`{name}` must be text, but one is {described(wrong[0])}.")
    if not isinstance(column.dtype, pd.CategoricalDtype) and all(isinstance(value, str) for value in column):
        return column
    texts = [value if isinstance(value, str) else with_slashes(os.fsdecode(value)) for value in column]
    return pd.Series(texts, column.index, dtype=object)


def usable_rows(images: pd.DataFrame) -> pd.Series[bool]:
    """Tell which rows are of files that can be decoded."""
    if "status" not in images.columns:
        return pd.Series(True, index=images.index)
    return images["status"].isna() | (images["status"] == "ok")


def split_names(split: pd.Series) -> list[str]:
    """Give the splits of a column in their order: train, validation, test, then the others by name."""
    names = {str(name) for name in split.dropna()}
    return [name for name in SPLITS if name in names] + sorted(names.difference(SPLITS))


def in_order(images: pd.DataFrame) -> pd.DataFrame:
    """Put our columns of an images frame first, in their order, and the user's own behind."""
    ours = [name for name in IMAGE_COLUMNS if name in images.columns]
    return images[ours + [name for name in images.columns if name not in ours]]


def has_groups(images: pd.DataFrame, column: str = "group") -> bool:
    """Tell whether some row has a group."""
    return column in images.columns and bool(images[column].notna().any())


def prediction_columns(levels: Iterable[str]) -> list[str]:
    """Name the columns of probabilities of `levels`."""
    return [PREDICTION_PREFIX + level for level in levels]


def _as_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def empty_history() -> pd.DataFrame:
    """Make a history without rows."""
    kinds = {"stage": int, "epoch": int, "data": object, "metric": object, "value": float}
    return pd.DataFrame({column: pd.Series(dtype=kinds[column]) for column in HISTORY_COLUMNS})

"""The contract of the frames: all kinds in one table, with the names and the order of their columns.

Concerns kept apart: this module knows columns; it opens no file (`images`), draws nothing (`report`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.errors import InputError, constant, counted, described, in_language, listed, spell_column, warn
from tidycnn.core.paths import as_paths

_OF_FILES = ("status", "format", "width", "height", "mode", "orientation", "bytes", "hash")
IMAGE_COLUMNS = ("path", "label", "split", "group", *_OF_FILES)
SPLITS = ("train", "validation", "test")
PREDICTED = ".pred_class"
PREDICTION_PREFIX = ".pred_"
TRAINED = ".trained"
FEATURE_PREFIX = ".x"
SCORED = (".metric", ".class", ".estimator", ".estimate", ".lower", ".upper", ".confidence", ".method", ".n", ".groups")
FIT_RESULTS = (".epochs", ".best_epoch", ".val_loss", ".val_accuracy", ".seconds", ".parameters", ".error")
HISTORY_COLUMNS = ("stage", "epoch", "data", "metric", "value")
_JOBS = ("job", "status", "stage", "epoch", "epochs", "loss", "val_loss", "eta", "memory", "started", "path", "message")
_NETWORK = ("name", "alpha", "parameters", "depth", "height", "width", "least", "preprocessing")

_WHOLE = re.compile("-?[0-9]{1,40}")
_ARRAY_NAME = re.compile("picture [0-9]+")
_OTHER_SPELLING = {"TRUE": "True", "FALSE": "False", "True": "TRUE", "False": "FALSE"}

# What R calls NA_real_: a NaN with a payload, so that a missing number and not-a-number stay apart in R.
NA_REAL = float(np.array([0x7FF00000000007A2], dtype=np.uint64).view(np.float64)[0])


class Kind(NamedTuple):
    """A kind of frame: its columns in their order, those that tell it, those that may be absent, and who makes it.

    Behind the columns of an open kind stand further ones: the user's, or one for each level.
    """

    columns: tuple[str, ...]
    told_by: tuple[str, ...]
    made_by: tuple[str, ...]
    may_lack: tuple[str, ...] = ()
    is_open: bool = False


# A frame is of the first kind by whose columns it is told.
FRAMES = {
    "comparison": Kind(
        ("model", *SCORED, ".difference", ".difference_lower", ".difference_upper"),
        told_by=("model", ".metric", ".difference"),
        made_by=("compare_fits",),
    ),
    "probe": Kind(
        ("base", "layer", *SCORED, ".difference", ".difference_lower", ".difference_upper"),
        told_by=("base", "layer", ".metric", ".difference"),
        made_by=("linear_probe",),
    ),
    "scores": Kind(
        SCORED,
        told_by=(".metric", ".estimate"),
        made_by=("score_predictions",),
    ),
    "confusion": Kind(
        ("label", PREDICTED, "n", "share"),
        told_by=("label", PREDICTED, "n", "share"),
        made_by=("confusion_matrix",),
    ),
    "report": Kind(
        ("label", "estimator", "precision", "recall", "f1", "support"),
        told_by=("estimator", "precision", "recall", "f1"),
        made_by=("classification_report",),
    ),
    "predictions": Kind(
        (*IMAGE_COLUMNS, PREDICTED, TRAINED),
        told_by=("path", PREDICTED),
        made_by=("predict_images",),
        may_lack=(*IMAGE_COLUMNS[1:], TRAINED),
        is_open=True,
    ),
    "features": Kind(
        (*IMAGE_COLUMNS, f"{FEATURE_PREFIX}0001"),
        told_by=("path", f"{FEATURE_PREFIX}0001"),
        made_by=("extract_features",),
        may_lack=IMAGE_COLUMNS[1:],
        is_open=True,
    ),
    "fits": Kind(
        (".fit", ".seed", ".status", *FIT_RESULTS),
        told_by=(".fit", ".status"),
        made_by=("fit_many", "fit_folds"),
        is_open=True,
    ),
    "history": Kind(HISTORY_COLUMNS, told_by=HISTORY_COLUMNS, made_by=("fit_classifier", "job_history")),
    "jobs": Kind(_JOBS, told_by=("job", "status", "eta"), made_by=("job_status", "list_jobs")),
    "rates": Kind(
        ("step", "learning_rate", "loss", "smoothed", "suggested"),
        told_by=("step", "learning_rate", "loss", "smoothed", "suggested"),
        made_by=("find_learning_rate",),
    ),
    "counts": Kind(
        ("label", "split", "n", "share"),
        told_by=("label", "n", "share"),
        made_by=("class_counts",),
        may_lack=("split",),
    ),
    "audit": Kind(
        ("problem", "split_1", "split_2", "images", "groups", "example_1", "example_2"),
        told_by=("problem", "split_1", "split_2"),
        made_by=("audit_splits",),
    ),
    "layers": Kind(
        ("layer", "type", "output_shape", "parameters", "trainable", "kernel", "strides", "padding", "receptive_field"),
        told_by=("layer", "type", "output_shape", "parameters"),
        made_by=("list_layers",),
    ),
    "pretrained": Kind(
        (*_NETWORK, "weights", "file", "here", "images_per_second"),
        told_by=("name", "parameters", "preprocessing", "file", "here"),
        made_by=("list_pretrained",),
        may_lack=("images_per_second",),
    ),
    "trainable": Kind(
        ("layer", "block", "type", "parameters", "learned", "trainable"),
        told_by=("layer", "block", "learned", "trainable"),
        made_by=("list_trainable",),
    ),
    "metrics": Kind(
        ("metric", "estimator", "direction", "minimum", "maximum", "needs", "default", "meaning"),
        told_by=("metric", "direction", "meaning"),
        made_by=("list_metrics",),
    ),
    "summary": Kind(
        ("parameters", "epochs", "best_epoch", "val_loss", "val_accuracy", "seconds", "seed", "images", "groups"),
        told_by=("parameters", "epochs", "best_epoch", "seconds"),
        made_by=("glance_classifier",),
    ),
    "findings": Kind(
        ("check", "severity", "message", "remedy"),
        told_by=("check", "severity", "message", "remedy"),
        made_by=("preflight",),
    ),
    "situation": Kind(
        ("part", "found", "status", "advice"),
        told_by=("part", "found", "status", "advice"),
        made_by=("tidycnn_sitrep",),
    ),
    "images": Kind(
        (*IMAGE_COLUMNS, "repetition", "fold"),
        told_by=("path",),
        made_by=("image_table", "make_blood_cells", "split_images", "vfold_images"),
        may_lack=(*IMAGE_COLUMNS[1:], "repetition", "fold"),
        is_open=True,
    ),
}


def frame_kind(frame: pd.DataFrame) -> str | None:
    """Tell the kind of a frame from its columns, None where it is none of ours."""
    columns = set(frame.columns)
    return next((name for name, kind in FRAMES.items() if columns.issuperset(kind.told_by)), None)


def columns_of(kind: str) -> list[str]:
    """Give the columns of a kind of frame in their order."""
    return list(FRAMES[kind].columns)


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

    Order of levels: `levels` where given, else the categories where there are, else `in_label_order()`.
    A value that is missing stays missing; one that is not among `levels` is an error.
    """
    series = values if isinstance(values, pd.Series) else pd.Series(list(values), dtype=object)
    if levels is None and isinstance(series.dtype, pd.CategoricalDtype):
        return pd.Categorical(
            series.astype(object).map(as_text, na_action="ignore"), [as_text(c) for c in series.cat.categories]
        )
    text = label_text(series, levels)
    found = in_label_order(text.dropna())
    unknown = [] if levels is None else [value for value in found if value not in set(levels)]
    if unknown:
        raise InputError(
            f"`{argument}` has the labels {listed(unknown)}, which are not among the levels {listed(levels or [])}.",
            hint="Give all levels, or drop those rows.",
        )
    return pd.Categorical(text.where(text.notna(), None), categories=list(found if levels is None else levels))


def label_text(labels: pd.Series, levels: Sequence[str] | None = None) -> pd.Series[str]:
    """Spell labels as text, and truth values as `levels` do, which may come from the other language."""
    text = labels.astype(object).map(as_text, na_action="ignore")
    other = {_OTHER_SPELLING[level]: level for level in levels or () if level in _OTHER_SPELLING}
    return text.replace(other) if other and not set(other) & set(levels or ()) else text


def in_label_order(labels: Iterable[str]) -> list[str]:
    """Sort different labels by the one rule: whole numbers by value, then all others as text."""
    return sorted(set(labels), key=lambda label: (0, int(label), label) if _WHOLE.fullmatch(label) else (1, 0, label))


def levels_of(images: pd.DataFrame) -> list[str]:
    """Give the ordered labels of a frame whose `label` is a Categorical."""
    return [str(level) for level in images["label"].cat.categories]


def as_images(images: pd.DataFrame, argument: str = "images", *, needed: Sequence[str] = ("path",)) -> pd.DataFrame:
    """Check an images frame at the door, once, and return it with labels as Categorical and the index that it has.

    The columns `needed` must stand; `label`, `split` and `status` are checked where they do.
    """
    check_columns(images, needed, argument, made_by="image_table()")
    images = images.assign(path=as_paths(images["path"], spell_column(argument, "path")))
    for name in ("split", "status"):
        wrong = [value for value in images.get(name, pd.Series()).dropna() if not isinstance(value, str)]
        if wrong:
            raise InputError(
                f"`{spell_column(argument, name)}` must be text, but one is {described(wrong[0])}.",
                hint="Make it text, or give it another name if it means something else.",
            )
    if "label" in images.columns:
        images = images.assign(label=as_labels(images["label"], argument=spell_column(argument, "label")))
    return images


def spell_dropping(argument: str) -> str:
    """Say how levels without images are dropped."""
    label = spell_column(argument, "label")
    return in_language(
        f"`{label}.cat.remove_unused_categories()` drops it", f"`{label} <- droplevels({label})` drops it"
    )


def usable_rows(images: pd.DataFrame) -> pd.Series[bool]:
    """Tell which rows are of files that can be decoded."""
    if "status" not in images.columns:
        return pd.Series(True, index=images.index)
    return images["status"].isna() | (images["status"] == "ok")


def decodable_rows(images: pd.DataFrame, argument: str, *, is_told: bool = False) -> NDArray[np.bool_]:
    """Tell which rows are of files that can be decoded; without any it is an error.

    The user is told of the others, where that has not been done.
    """
    usable = usable_rows(images).to_numpy(dtype=bool, copy=True)
    if not usable.any():
        raise InputError(
            f"`{argument}` has no image that can be decoded, in {counted(len(images), 'row')}.",
            hint="The column `status` of `image_table()` says what is wrong with each file.",
        )
    if not (usable.all() or is_told):
        tell_left_out(images.loc[~usable, "status"], len(images), argument)
    return usable


def tell_left_out(reasons: Iterable[str], n: int, argument: str, *, fate: str = "left out") -> None:
    """Warn that images are left out, given the reason for each of them, of the `n` of an argument."""
    found = Counter(reasons)
    if found:
        spelled = ", ".join(f"{times:,} {reason}" for reason, times in found.most_common())
        warn(f"`{argument}`: {found.total():,} of {counted(n, 'image')} {fate} ({spelled}).")


def array_names(n: int) -> list[str]:
    """Name the pictures of an array, which have no path."""
    return [f"picture {i + 1}" for i in range(n)]


def is_array_name(path: str) -> bool:
    """Tell the name of a picture of an array from a path."""
    return _ARRAY_NAME.fullmatch(path) is not None


def split_names(split: pd.Series) -> list[str]:
    """Give the splits of a column in their order: train, validation, test, then the others by name."""
    names = {str(name) for name in split.dropna()}
    return [name for name in SPLITS if name in names] + sorted(names.difference(SPLITS))


def in_order(images: pd.DataFrame) -> pd.DataFrame:
    """Put our columns of an images frame first, in their order, and the user's own behind."""
    ours = [name for name in IMAGE_COLUMNS if name in images.columns]
    return images[ours + [name for name in images.columns if name not in ours]]


def is_missing_real(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell where `NA_REAL` stands, which is one among the many that are no number."""
    payload = np.array([NA_REAL]).view(np.uint64)[0] & np.uint64(0xFFFFFFFF)
    is_missing: NDArray[np.bool_] = (np.ascontiguousarray(values).view(np.uint64) & np.uint64(0xFFFFFFFF)) == payload
    return np.isnan(values) & is_missing


def chosen_column(
    frame: pd.DataFrame, name: str | None, argument: str, *, default: str, of: str = "images"
) -> str | None:
    """Give the column of `of` that `argument` names, None where there is nothing to go by.

    The default column may be absent, any other not.
    """
    if name is None or (name == default and name not in frame.columns):
        return None
    if name not in frame.columns:
        raise InputError(
            f"`{argument}` must name a column of `{of}`, not {described(name)}.",
            hint=f"It has the columns {listed(frame.columns, most=30)}.",
        )
    return name


def prediction_columns(levels: Iterable[str]) -> list[str]:
    """Name the columns of probabilities of `levels`."""
    return [PREDICTION_PREFIX + level for level in levels]


def feature_columns(n: int) -> list[str]:
    """Name the columns of `n` features."""
    return [f"{FEATURE_PREFIX}{i:04d}" for i in range(1, n + 1)]


def as_text(value: object) -> str:
    """Spell a name as text: 1 and 1.0 are the same name, and truth values are spelled in the user's language."""
    if isinstance(value, bool | np.bool_):
        return constant(bool(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)

"""Which images train and which validate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tidycnn.core.errors import InputError, counted, described, listed, spell_column, warn
from tidycnn.core.frames import as_labels, decodable_rows, levels_of, spell_dropping, split_names
from tidycnn.core.seeds import stream
from tidycnn.core.types import ClassMode, is_flow
from tidycnn.fit._preparation import flow_preprocessing
from tidycnn.flow.generator import RESCALED, ImageDataGenerator
from tidycnn.flow.making import subset_rows
from tidycnn.images.table import complete_images, image_table, with_changes, with_facts
from tidycnn.splits.leaks import warn_of_shared
from tidycnn.splits.split import divided_images
from tidycnn.train.head import check_levels, check_same_levels

_TRAINABLE_MODES = ("categorical", "binary", "sparse")


@dataclass(frozen=True)
class FitImages:
    """The images of a fit: as one frame with `split`, and as what the user gave where that was a flow."""

    images: pd.DataFrame
    levels: list[str]
    train_flow: Any = None
    validation_flow: Any = None

    @property
    def class_mode(self) -> ClassMode | None:
        """How the given flow codes labels; None where we make the flow."""
        return None if self.train_flow is None else self.train_flow.class_mode

    def rows(self, split: str) -> pd.DataFrame:
        """Give the rows of one split."""
        return self.images[self.images["split"] == split]


def choose_images(
    images: Any, validation: Any, *, generator: ImageDataGenerator = RESCALED, seed: int, progress: bool
) -> FitImages:
    """Tell training from validation images, and check that every one has a label.

    The generator's `validation_split` rules where neither `validation` nor `split` says which validate.
    """
    if is_flow(images):
        return _choose_with_flow(images, validation, progress)
    frame = _as_frame(images, "images", progress)
    levels = levels_of(frame)
    check_levels(levels, "images")
    train, held = _divided(frame)
    flow = validation if is_flow(validation) else None
    if flow is not None:
        held = _flow_frame(flow, levels)
    elif isinstance(validation, float):
        train, held = _share_apart(train, held, validation, seed)
    elif validation is None and generator.validation_split and not len(held):
        is_held = subset_rows(train, generator, "validation")
        train, held = train[~is_held], train[is_held]
    elif validation is not None:
        held = _given_validation(validation, levels, progress)
    _warn_of_absent(train, levels)
    _warn_of_shared(train, held, held_flow=flow)
    return FitImages(_joined(train, held), levels, validation_flow=flow)


def _choose_with_flow(flow: Any, validation: Any, progress: bool) -> FitImages:
    flow_preprocessing(flow)
    if flow.class_mode not in _TRAINABLE_MODES or not flow.levels:
        raise InputError(
            f"`images` is a flow of class mode {flow.class_mode!r}, which gives no labels to learn.",
            hint=f"Make it with class_mode {listed(_TRAINABLE_MODES, last='or')}.",
        )
    levels = list(flow.levels)
    check_levels(levels, "images")
    images = with_changes(flow.images) if flow.is_of_files else flow.images
    if isinstance(validation, float):
        raise InputError(
            "`validation` can be a share only where `images` is a frame or a folder.",
            hint="Give `validation` as a flow or as a frame, or `images` as a frame.",
        )
    given = validation if is_flow(validation) else None
    held = flow.images.iloc[:0]
    if given is not None:
        held = _flow_frame(given, levels)
    elif validation is not None:
        held = _given_validation(validation, levels, progress)
    _warn_of_other_splits(images)
    _warn_of_absent(images, levels)
    _warn_of_shared(images, held, flow, given)
    return FitImages(_joined(images, held), levels, flow, given)


def _as_frame(images: Any, argument: str, progress: bool) -> pd.DataFrame:
    """Give the images that can be decoded and have a place for labels, checked."""
    if isinstance(images, pd.DataFrame):
        images = complete_images(images, argument, needed=("path", "label"), progress=progress)
        images = with_changes(images, argument)
        rows = decodable_rows(images, argument)
    else:
        images = image_table(images, progress=progress)
        rows = decodable_rows(images, argument, is_told=True)
    decodable: pd.DataFrame = images[rows]
    return decodable


def _divided(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take the rows that train and those that validate by `split`; every row trains where there is none."""
    if "split" not in frame.columns or frame["split"].isna().all():
        train, held = frame, frame.iloc[:0]
    else:
        train, held = frame[frame["split"] == "train"], frame[frame["split"] == "validation"]
        if not len(train):
            found = sorted(frame["split"].dropna().astype(str).unique())
            raise InputError(
                f"`images` has no rows whose split is 'train'; its splits are {listed(found)}.",
                hint="`split_images()` divides images; without a `split` column every row trains.",
            )
    check_labelled(train, "images")
    check_labelled(held, "images")
    return train, held


def check_labelled(rows: pd.DataFrame, argument: str) -> None:
    """Refuse images without a label."""
    missing = int(rows["label"].isna().sum())
    if missing:
        raise InputError(
            f"`{argument}` has {counted(missing, 'image')} without a label, such as "
            f"{rows.loc[rows['label'].isna(), 'path'].iloc[0]!r}.",
            hint="Drop those rows, or give them a label.",
        )


def _share_apart(train: pd.DataFrame, held: pd.DataFrame, share: float, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    if not 0 < share < 1:
        raise InputError(f"`validation` must be a share between 0 and 1, not {described(share)}.")
    if len(held):
        raise InputError(
            f"`validation` is a share, but `images` has {counted(len(held), 'row')} whose split is 'validation'.",
            hint="Leave `validation` out to use those rows, or drop them.",
        )
    divided = divided_images(
        train.drop(columns="split", errors="ignore"),
        {"train": 1 - share, "validation": share},
        chance=stream("validation", seed),
    )
    return divided[divided["split"] == "train"], divided[divided["split"] == "validation"]


def _given_validation(validation: Any, levels: Sequence[str], progress: bool) -> pd.DataFrame:
    held = _as_frame(validation, "validation", progress)
    check_labelled(held, "validation")
    return held.assign(
        label=as_labels(held["label"].astype(object), levels, argument=spell_column("validation", "label"))
    )


def _flow_frame(flow: Any, levels: Sequence[str]) -> pd.DataFrame:
    check_same_levels(flow.levels, levels, "validation", than="the training images have")
    frame: pd.DataFrame = flow.images
    return frame


def _warn_of_other_splits(train: pd.DataFrame) -> None:
    if "split" not in train.columns:
        return
    others = train["split"][train["split"].notna() & (train["split"] != "train")]
    if len(others):
        warn(
            f"`images` is a flow over {counted(len(others), 'image')} whose split is "
            f"{listed(split_names(others), last='or')}: they train too. Make the flow of the train rows alone."
        )


def _warn_of_absent(train: pd.DataFrame, levels: Sequence[str]) -> None:
    if "label" not in train.columns:
        return
    present = {str(label) for label in train["label"].dropna()}
    absent = [level for level in levels if level not in present]
    if absent:
        warn(
            f"No training image has the label {listed(absent, last='or')}: the model cannot learn it. Where it should "
            f"be no label, {spell_dropping('images')}."
        )


def _warn_of_shared(train: pd.DataFrame, held: pd.DataFrame, flow: Any = None, held_flow: Any = None) -> None:
    """Warn of what trains and validates as well, given the flows where the user made them."""
    flows = [given for given in (flow, held_flow) if given is not None]
    if flow is not None and flow is held_flow:
        warn("`validation` is the flow that trains: validation will look better than it is. Give images of their own.")
        return
    if not len(held) or not all(given.is_of_files for given in flows):
        return
    known = [
        images if given is not None else with_facts(images, column="hash")
        for images, given in ((train, flow), (held, held_flow))
    ]
    warn_of_shared(*known)


def _joined(train: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    parts = [part.assign(split=split) for part, split in ((train, "train"), (held, "validation")) if len(part)]
    joined = pd.concat(parts)
    if "label" in train.columns and isinstance(train["label"].dtype, pd.CategoricalDtype):
        joined["label"] = pd.Categorical(joined["label"], categories=train["label"].cat.categories)
    return joined

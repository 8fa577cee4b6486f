"""Cross-validation: one fit a fold, and every image predicted by the fit that did not see it."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.checks import check_known, checked
from tidycnn.core.errors import InputError
from tidycnn.core.frames import TRAINED, check_columns, levels_of
from tidycnn.core.types import KerasModel, PathLike, TrainedClassifier
from tidycnn.evaluate.metrics import score_predictions
from tidycnn.fit._grid import fit_arguments, network_of_row
from tidycnn.fit._place import kept_place, place_seed
from tidycnn.fit.control import DEFAULT_CONTROL, FitControl
from tidycnn.fit.many import ManyFits, fit_all, named_fits
from tidycnn.fit.predict import predict_images
from tidycnn.images.table import complete_images

_PARTS = ("repetition", "fold")


class FoldFits(ManyFits):
    """The fits of a cross-validation.

    Attributes
    ----------
    predictions
        The images that have a fold, in their order, each predicted by the fit for which it was held out.
    """

    predictions: pd.DataFrame

    @functools.cached_property
    def scores(self) -> pd.DataFrame:
        """The scores of the predictions with intervals; of each repetition where there are several."""
        # Each image was held out, whatever its split is called.
        held = self.predictions.drop(columns="split", errors="ignore")
        seed = int(self.fits[".seed"].iloc[0])
        if "repetition" not in held.columns:
            return score_predictions(held, seed=seed)
        return score_predictions(held.groupby("repetition"), seed=seed)


@checked
def fit_folds(
    model: KerasModel | TrainedClassifier | str,
    folds: pd.DataFrame,
    *,
    folder: PathLike | None = None,
    overwrite: bool = False,
    control: FitControl = DEFAULT_CONTROL,
    progress: bool = True,
    seed: int | None = None,
    **fitting: Any,
) -> FoldFits:
    """Fit a model once for every fold, and predict each image by the fit that did not see it.

    The images of a fold are held out while those of the other folds train. They validate too, so with `patience` or
    `reduce_lr` they have a say in the fit that predicts them, and scores look a little too good: give a share of the
    training images as `validation`, such as 0.15, and held-out images have no say in anything.

    Parameters
    ----------
    model
        A Keras model, or the name of a builder such as `"blood_cells_small"`, which is built for the images, with first
        weights that follow from the seed.
    folds
        Images with the column `fold`, as `vfold_images()` gives. Those without a fold are left out.
    folder
        Where the fits keep themselves, and the same call goes on from there. Where not given, they are kept until the
        session ends.
    overwrite
        Whether to begin again where `folder` has fits.
    control
        How the fits run: of `fit_control(workers)` at once, each in a process of its own, where it is above 1.
    progress
        Whether to show how far the fits have come.
    seed
        Makes the fits and the intervals repeatable.
    **fitting
        Further arguments of `fit_classifier()`, the same for all fits.

    Returns
    -------
    The fits: `predictions` is a frame of the images that have a fold, in their order and with the column `fold`, each
    with the prediction of the fit that did not train on it; `scores` are their scores with intervals, by whole groups
    where there are groups, and of each repetition where there are several; `fits`, `classifier(2)`, `classifiers` and
    `history` are those of `fit_many()`. Images of a fold whose fit failed are left out.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from tidycnn import cnn, make_blood_cells, vfold_images
    >>> folds = vfold_images(make_blood_cells(mkdtemp(), n=16, size=32, seed=1), v=2, seed=1)
    >>> model = cnn((32, 32, 3), 4, filters=4, units=None, seed=1)
    >>> validated = fit_folds(model, folds, epochs=1, progress=False, seed=1)
    >>> len(validated.predictions), validated.fits["fold"].tolist()
    (16, [1, 2])
    """
    check_known(fitting, "fit_folds()", fit_arguments(), noun="arguments of `fit_classifier()`")
    check_columns(folds, ["path", "label", "fold"], "folds", made_by="vfold_images()")
    kept = complete_images(folds[folds["fold"].notna()], "folds", needed=("path", "label"), progress=progress)
    if kept["fold"].nunique() < 2:
        raise InputError("`folds` must have images of at least 2 folds.", hint="`vfold_images()` makes them.")
    parts = [name for name in _PARTS if name in kept.columns]
    told = kept[parts].drop_duplicates().sort_values(parts, ignore_index=True).astype(int)
    known_by = [dict(zip(parts, numbers, strict=True)) for numbers in told.to_numpy().tolist()]
    seed = place_seed(folder, seed, overwrite=overwrite)
    network = network_of_row({"target_size": fitting.get("target_size")}, model, len(levels_of(kept)), seed)
    shared = {**fitting, "model": network, "seed": seed}
    is_validated = fitting.get("validation") is None
    asked = [{**shared, "images": _divided(kept, part, is_validated=is_validated)} for part in known_by]
    told = told.assign(**{".seed": seed})
    named = named_fits(told, asked, known_by)
    with kept_place(folder, control, seed, overwrite=overwrite) as place:
        fits = fit_all(told, named, place, control=control, progress=progress, kind=FoldFits)
        fits.predictions = _predict_held(fits, kept, known_by, progress)
    return fits


def _rows_of(images: pd.DataFrame, part: Mapping[str, int], names: Sequence[str] = _PARTS) -> NDArray[np.bool_]:
    """Tell which rows are of a repetition, and of its fold where both are named."""
    is_there = np.ones(len(images), dtype=np.bool_)
    for name in names:
        if name in part:
            is_there &= (images[name] == part[name]).to_numpy(dtype=np.bool_)
    return is_there


def _divided(images: pd.DataFrame, part: Mapping[str, int], *, is_validated: bool) -> pd.DataFrame:
    """Give the images of the fit of a fold: those that are held out validate, or have no part in it."""
    is_held = _rows_of(images, part)
    divided = images.assign(split=np.where(is_held, "validation", "train"))
    is_wanted = _rows_of(images, part, ["repetition"])
    return divided[is_wanted if is_validated else is_wanted & ~is_held].drop(columns=list(part))


def _predict_held(
    fits: FoldFits, images: pd.DataFrame, parts: Sequence[Mapping[str, int]], progress: bool
) -> pd.DataFrame:
    positions, predicted = [], []
    for i in fits.finished():
        is_held = _rows_of(images, parts[i])
        positions.append(np.flatnonzero(is_held))
        predicted.append(predict_images(fits.classifier(i + 1), images[is_held], progress=progress))
    if not predicted:
        raise InputError("No fit of a fold came to its end: there is nothing to predict with.")
    joined = pd.concat(predicted)
    if TRAINED in joined.columns:  # Of folds with identical files in others.
        joined[TRAINED] = joined[TRAINED].astype("boolean").fillna(False).astype(bool)
    return joined.iloc[np.argsort(np.concatenate(positions), kind="stable")]

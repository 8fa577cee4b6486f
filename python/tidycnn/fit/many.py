"""Many fits: every row of a frame of arguments is one."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from tidycnn.core.checks import check_count, check_known, checked
from tidycnn.core.errors import InputError, counted, listed, warn
from tidycnn.core.folders import read_folder
from tidycnn.core.frames import FIT_RESULTS, NA_REAL, levels_of, usable_rows
from tidycnn.core.histories import bind_histories
from tidycnn.core.html import ShownInNotebooks
from tidycnn.core.seeds import stream
from tidycnn.core.types import ImageFlow, KerasModel, PathLike, TrainedClassifier, is_flow
from tidycnn.fit._fits import Fit, run_fits
from tidycnn.fit._grid import check_grid, fit_arguments, generator_of_row, key_of, name_rows, network_of_row, rows_of
from tidycnn.fit._outcome import Outcome
from tidycnn.fit._place import Place, kept_place, place_seed
from tidycnn.fit.control import DEFAULT_CONTROL, FitControl
from tidycnn.fit.folder import load_classifier
from tidycnn.fit.stored import CLASSIFIER
from tidycnn.flow.generator import ImageDataGenerator
from tidycnn.images.table import complete_images, image_table

_TOLD = (".status", *FIT_RESULTS)
M = TypeVar("M", bound="ManyFits")
_WHOLE = (".epochs", ".best_epoch", ".parameters")
_TEXTS = (".status", ".error")


class ManyFits(ShownInNotebooks):
    """Fits that were made together.

    Attributes
    ----------
    fits
        One row a fit: `.fit` (its number), what it was asked, `.seed`, `.status` (`finished`, `ended` early, `failed`,
        `waiting`), `.epochs`, `.best_epoch`, `.val_loss` and `.val_accuracy` of the weights that are kept, `.seconds`,
        `.parameters`, and in `.error` what ended it.
    folder
        Where they are kept.
    """

    fits: pd.DataFrame
    folder: str

    def __init__(self, asked: Sequence[Fit], rows: pd.DataFrame, outcomes: Sequence[Outcome], place: Place) -> None:
        self._asked, self._outcomes, self._place = asked, outcomes, place
        self.folder = str(place.path)
        self.fits = _fits_frame(rows, outcomes)

    @property
    def classifiers(self) -> dict[str, TrainedClassifier]:
        """The classifiers of all fits that are finished, by what tells the fits apart."""
        return {self._name(i): self.classifier(i + 1) for i in self.finished()}

    @property
    def history(self) -> pd.DataFrame:
        """The histories of all fits that are finished below each other; the column `model` names the fit."""
        tables = {
            self._name(i): read_folder(self._path(i) / CLASSIFIER.noun, CLASSIFIER).table("history")
            for i in self.finished()
        }
        return bind_histories(tables)

    def classifier(self, fit: int) -> TrainedClassifier:
        """Load the classifier of the fit with this number, as `.fit` has it."""
        check_count(fit, "fit")
        if fit - 1 not in self.finished():
            raise InputError(
                f"`fit` must be the number of a fit that is finished, not {fit}.",
                hint=f"Finished are {listed([i + 1 for i in self.finished()], most=20)}.",
            )
        return load_classifier(self._path(fit - 1))

    def finished(self) -> list[int]:
        """Give the positions of the fits that are finished."""
        return [i for i, outcome in enumerate(self._outcomes) if outcome.status == "finished"]

    def _path(self, i: int) -> Path:
        return self._place.fits / self._asked[i].key

    def _name(self, i: int) -> str:
        return self._asked[i].title

    def __repr__(self) -> str:
        lines = [f"<Fits: {len(self.finished())} of {len(self._asked)} finished>"]
        widest = max(len(fit.title) for fit in self._asked)
        for fit, outcome in zip(self._asked, self._outcomes, strict=True):
            value = "" if outcome.val_accuracy is None else f", val_accuracy {outcome.val_accuracy:.3f}"
            lines.append(f"  {fit.title:<{widest}}  {outcome.status}{value}")
        return "\n".join(lines)


@checked
def fit_many(
    grid: pd.DataFrame,
    images: pd.DataFrame | ImageFlow | PathLike,
    *,
    model: KerasModel | TrainedClassifier | str | Mapping[str, Any] | None = None,
    generator: ImageDataGenerator | Mapping[str, ImageDataGenerator] | None = None,
    seeds: int = 1,
    folder: PathLike | None = None,
    overwrite: bool = False,
    control: FitControl = DEFAULT_CONTROL,
    progress: bool = True,
    seed: int | None = None,
    **fitting: Any,
) -> ManyFits:
    """Fit a model for every row of a frame of arguments.

    Each row is a call of `fit_classifier()`. A fit that fails is told with its error and ends no other. Decoded
    pictures are kept on the disk and shared by all fits, where `control` says nothing else.

    Parameters
    ----------
    grid
        One row a fit. The columns are arguments of `fit_classifier()`, such as `optimizer`, `learning_rate`,
        `batch_size` or `target_size` (one number: as high as wide); what is missing in a row is not given. `model` and
        `generator` are named there, as the arguments below say.
    images
        The images of all fits, as `fit_classifier()` takes them.
    model
        The network of all fits; or several by the names that the column `model` of `grid` has. Builders need not be
        given: `"blood_cells_small"`, `"blood_cells_deep"`, `"weather_cnn"`, `"resnet_cifar"` and `"cnn"` are known by
        their names, and built for the images, with first weights that follow from the seed of the fit.
    generator
        How images are augmented and scaled; or several ways by the names that the column `generator` of `grid` has.
        Where not given, grey levels are divided by 255, unless the model scales them itself.
    seeds
        How many times each row is fitted, with a seed of its own each time, the same ones for all rows.
    folder
        Where the fits keep themselves, and the same call goes on from there: what is finished is not fitted again. A
        row is known by what it asks, so rows can be added, left out or put in another order. Where not given, they are
        kept until the session ends.
    overwrite
        Whether to begin again where `folder` has fits.
    control
        How the fits run: of `fit_control(workers)` at once, each in a process of its own, where it is above 1. A fit
        then has its share of the processors, with which its numbers are rounded in another way; a folder remembers how
        many threads its fits have. Functions of your own, callbacks and flows cannot be given to other processes. A
        process that runs many fits itself takes more and more memory; with several workers it does not.
    progress
        Whether to show how far the fits have come.
    seed
        Makes the fits repeatable.
    **fitting
        Further arguments of `fit_classifier()`, the same for all fits.

    Returns
    -------
    The fits: `fits` is a frame of them with one row each (`.fit`, the columns of `grid`, `.seed`, `.status`, `.epochs`,
    `.best_epoch`, `.val_loss`, `.val_accuracy`, `.seconds`, `.parameters`, `.error`), `classifier(3)` loads the
    classifier of the third, `classifiers` those of all that are finished, by what tells them apart, `history` is their
    histories, which `autoplot()` draws.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from tidycnn import cnn, make_blood_cells
    >>> images = make_blood_cells(mkdtemp(), n=8, size=32, seed=1)
    >>> grid = pd.DataFrame({"optimizer": ["sgd", "adam"]})
    >>> model = cnn((32, 32, 3), 4, filters=4, units=None, seed=1)
    >>> many = fit_many(grid, images, model=model, epochs=1, progress=False, seed=1)
    >>> many.fits[["optimizer", ".status"]].values.tolist()
    [['sgd', 'finished'], ['adam', 'finished']]
    """
    check_count(seeds, "seeds")
    check_known(fitting, "fit_many()", fit_arguments(), noun="arguments of `fit_classifier()`")
    check_grid(grid, list(fitting))
    if "seed" in grid.columns and seeds > 1:
        raise InputError("`grid` has a column 'seed', and `seeds` is more than 1.", hint="Give one of both.")
    images = _read_images(images, progress)
    seed = place_seed(folder, seed, overwrite=overwrite)
    rows = _repeated(rows_of(grid), seeds, seed)
    told = grid.iloc[[i for i in range(len(grid)) for _ in range(seeds)]].reset_index(drop=True)
    told = told.assign(**{".seed": [row["seed"] for row in rows]})
    asked = [_asked_of(row, images, model, generator, fitting) for row in rows]
    fits = named_fits(told, asked, rows)
    with kept_place(folder, control, seed, overwrite=overwrite) as place:
        return fit_all(told, fits, place, control=control, progress=progress, kind=ManyFits)


def named_fits(
    told: pd.DataFrame, asked: Sequence[Mapping[str, Any]], known_by: Sequence[Mapping[str, Any]]
) -> list[Fit]:
    """Give the fits with their arguments; `told` is what the frame of the fits says of each, which `known_by` names."""
    names = name_rows(told)
    names = [name if name and names.count(name) == 1 else f"{name} fit {i + 1}".strip() for i, name in enumerate(names)]
    fits = [Fit(key_of(row), arguments, name) for name, row, arguments in zip(names, known_by, asked, strict=True)]
    twice = [fit.title for fit in fits if [other.key for other in fits].count(fit.key) > 1]
    if twice:
        raise InputError(f"`grid` has rows that ask for the same fit: {listed(dict.fromkeys(twice), most=3)}.")
    return fits


def fit_all(
    told: pd.DataFrame,
    fits: Sequence[Fit],
    place: Place,
    *,
    control: FitControl,
    progress: bool,
    kind: type[M],
) -> M:
    """Run fits, of each of which `told` says something."""
    is_shared = control.workers > 1
    how = dataclasses.replace(
        control,
        cache=control.cache or "disk",
        threads=control.threads or (place.threads if is_shared else None),
        workers=1,
    )
    fits = [dataclasses.replace(fit, arguments={**fit.arguments, "control": how}) for fit in fits]
    outcomes = run_fits(fits, place.fits, workers=control.workers, threads=place.threads, progress=progress)
    _tell_failures(fits, outcomes, is_kept=not place.is_temporary)
    return kind(fits, told, outcomes, place)


def _asked_of(
    row: Mapping[str, Any], images: Any, model: Any, generator: Any, fitting: Mapping[str, Any]
) -> dict[str, Any]:
    """Give the arguments of the fit that a row asks for."""
    asked = {**fitting, **row}
    if isinstance(asked.get("target_size"), int | float):
        asked["target_size"] = (asked["target_size"],) * 2
    levels = images.levels if is_flow(images) else levels_of(images)
    asked["model"] = network_of_row(asked, model, len(levels), asked["seed"])
    asked["generator"] = generator_of_row(row, generator)
    return {**asked, "images": images}


def _read_images(images: Any, progress: bool) -> Any:
    """Read the images once for all fits."""
    if is_flow(images):
        return images
    if isinstance(images, pd.DataFrame):
        return complete_images(images, needed=("path", "label"), progress=progress)
    read = image_table(images, progress=progress)
    return read[usable_rows(read)]


def _repeated(rows: Sequence[Mapping[str, Any]], seeds: int, seed: int) -> list[dict[str, Any]]:
    """Give each row its seeds: the first is that of the call."""
    further = stream("fits", seed).seeds()
    drawn = [seed, *(next(further) for _ in range(seeds - 1))]
    return [{"seed": each, **row} for row in rows for each in drawn]


def _fits_frame(rows: pd.DataFrame, outcomes: Sequence[Outcome]) -> pd.DataFrame:
    columns = {name: _column(name, [getattr(outcome, name[1:]) for outcome in outcomes]) for name in _TOLD}
    front = pd.DataFrame({".fit": range(1, len(rows) + 1)})
    return pd.concat([front, rows, pd.DataFrame(columns)], axis=1)


def _column(name: str, values: list[Any]) -> Any:
    if name in _WHOLE:
        return pd.array(values, dtype="Int64")
    if name in _TEXTS:
        return pd.Series(values, dtype=object)
    return pd.Series([NA_REAL if value is None else value for value in values], dtype=float)


def _tell_failures(fits: Sequence[Fit], outcomes: Sequence[Outcome], *, is_kept: bool) -> None:
    errors = {fit.title: str(each.error) for fit, each in zip(fits, outcomes, strict=True) if each.status == "failed"}
    if len(errors) == len(fits) and len(set(errors.values())) == 1:
        raise InputError(f"No fit came to an end. Each failed: {next(iter(errors.values()))}")
    if errors:
        title, error = next(iter(errors.items()))
        warn(f"{len(errors)} of {counted(len(fits), 'fit')} failed, such as {title!r}: {error}")
    n = sum(each.status in ("ended", "waiting") for each in outcomes)
    if n:
        what = f"{n} of {counted(len(fits), 'fit')} did not come to {'its' if n == 1 else 'their'} end."
        warn(f"{what} The same call goes on from there." if is_kept else f"{what} With a `folder` they could go on.")

"""Comparing trainings: the scores of several classifiers on the same images, or their histories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from tidycnn.core.checks import checked
from tidycnn.core.errors import InputError, counted, described, in_language, listed
from tidycnn.core.frames import check_columns, decodable_rows
from tidycnn.core.histories import bind_histories
from tidycnn.core.progress import remark, track
from tidycnn.core.types import PathLike, TrainedClassifier
from tidycnn.evaluate.compare import compare_predictions, spell_comparison
from tidycnn.fit.many import ManyFits
from tidycnn.fit.predict import predict_images
from tidycnn.images.table import complete_images, image_table
from tidycnn.splits.leaks import rows_shared


@checked
def compare_fits(
    *fits: Any,
    images: pd.DataFrame | PathLike | None = None,
    what: Literal["scores", "history"] = "scores",
    metrics: Sequence[str] = ("accuracy", "log_loss"),
    confidence: float = 0.95,
    bootstraps: int = 1000,
    group: str | None = "group",
    progress: bool = True,
    seed: int | None = None,
    **named: Any,
) -> pd.DataFrame:
    """Compare classifiers on the same images.

    Each is compared with the best of them, image by image: what is hard for both is no difference. Where images have
    groups, such as copies of one photograph, whole groups are compared. A sentence says which the images cannot tell
    apart. `autoplot()` draws the answer.

    Parameters
    ----------
    *fits
        Classifiers by their names in a mapping, or what `fit_many()` gave.
    images
        Images with labels to compare them on, best those of a test: a frame or a folder. Where not given, the images
        that all of them validated on; the fits have chosen by those, if they chose epochs or learning rates.
    what
        `"scores"`, or `"history"`: the histories of all below each other, with the column `model`.
    metrics
        Names of metrics, as `list_metrics()` lists them. The first is the one that the sentence is about.
    confidence
        How often such an interval covers the truth.
    bootstraps
        How many samples are drawn again for intervals that have no formula.
    group
        The column that tells which images belong together, as in `score_predictions()`; None for none.
    progress
        Whether to show how far the predictions have come.
    seed
        Makes the drawn samples repeatable.
    **named
        Classifiers by the names that they shall have, such as `SGD=first, Adam=second`.

    Returns
    -------
    One row a model and metric: `model`, the columns of `score_predictions()`, `.difference` (to the model that is best
    by this row, 0 for itself), and its paired interval `.difference_lower` to `.difference_upper`, which is missing
    where both say the same of all images.

    Notes
    -----
    The best of many is likely to have had luck, so differences to it are rather too large than too small, and of many
    intervals some miss the truth. Without groups, the interval of a difference of accuracies is that of Newcombe
    (1998), Statistics in Medicine 17, 2635-2650, method 10; the others come from drawing the same images, or whole
    groups, again for both.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from tidycnn import as_classifier, cnn, make_blood_cells
    >>> images = make_blood_cells(mkdtemp(), n=400, size=32, seed=1)
    >>> levels = images["label"].cat.categories
    >>> first, second = (
    ...     as_classifier(cnn((32, 32, 3), 4, filters=4, units=None, seed=s), levels) for s in (1, 2)
    ... )
    >>> comparison = compare_fits(first=first, second=second, images=images, progress=False, seed=1)
    >>> comparison[["model", ".metric"]].values.tolist()
    [['first', 'accuracy'], ['first', 'log_loss'], ['second', 'accuracy'], ['second', 'log_loss']]
    """
    classifiers = _named_classifiers(fits, named)
    if what == "history":
        return _histories(classifiers)
    frame = _shared_images(classifiers) if images is None else _read(images, progress)
    predictions = {}
    with track("Comparing", len(classifiers), shown=progress) as task:
        for name, classifier in classifiers.items():
            predictions[name] = predict_images(classifier, frame, progress=progress)
            task.advance(note=name)
    comparison = compare_predictions(
        predictions, metrics, confidence=confidence, bootstraps=bootstraps, group=group, seed=seed
    )
    remark(spell_comparison(comparison))
    return comparison


def _named_classifiers(fits: Sequence[Any], named: Mapping[str, Any]) -> dict[str, TrainedClassifier]:
    found: list[tuple[str, Any]] = []
    for each in fits:
        several = each.classifiers if isinstance(each, ManyFits) else each
        if not isinstance(several, Mapping):
            raise InputError(
                f"Classifiers must have names, but there is {described(each)} without.",
                hint=f"Give each its name: {_naming()}.",
            )
        found += several.items()
    found += named.items()
    wrong = [(name, each) for name, each in found if not isinstance(each, TrainedClassifier)]
    if wrong:
        raise InputError(f"`{wrong[0][0]}` must be a classifier, not {described(wrong[0][1])}.")
    twice = [name for name, n in Counter(name for name, _ in found).items() if n > 1]
    if twice:
        raise InputError(
            f"Classifiers must have names of their own, but there are several by {listed(twice)}.",
            hint=f"Give each its name: {_naming()}.",
        )
    if len(found) < 2:
        raise InputError(f"There must be at least 2 classifiers to compare, not {len(found)}.")
    return dict(found)


def _naming() -> str:
    return in_language("compare_fits(SGD=first, ...)", "compare_fits(SGD = first, ...)")


def _histories(classifiers: Mapping[str, TrainedClassifier]) -> pd.DataFrame:
    histories: dict[str, pd.DataFrame] = {
        name: getattr(each, "history", pd.DataFrame()) for name, each in classifiers.items()
    }
    without = [name for name, history in histories.items() if not len(history)]
    if without:
        raise InputError(f"{listed(without)} {'has' if len(without) == 1 else 'have'} no history.")
    return bind_histories(histories)


def _read(images: pd.DataFrame | PathLike, progress: bool) -> pd.DataFrame:
    if not isinstance(images, pd.DataFrame):
        images = image_table(images, progress=progress)
    check_columns(images, ["path", "label"], "images", made_by="image_table()")
    images = complete_images(images, needed=("path", "label"), progress=progress)
    usable: pd.DataFrame = images[decodable_rows(images, "images")]
    return usable


def _shared_images(classifiers: Mapping[str, TrainedClassifier]) -> pd.DataFrame:
    """Give the images that all classifiers validated on."""
    hint = "Give `images` to compare them on."
    held = {name: _validation_of(classifier) for name, classifier in classifiers.items()}
    without = [name for name, frame in held.items() if frame is None or frame.empty]
    if without:
        raise InputError(f"{listed(without)} validated on no images that are known.", hint=hint)
    known = {name: frame for name, frame in held.items() if frame is not None}
    (name, first), *others = known.items()
    for other, frame in others:
        if len(frame) != len(first) or not (rows_shared(first, frame).all() and rows_shared(frame, first).all()):
            raise InputError(
                f"{name!r} and {other!r} validated on different images ({counted(len(first), 'image')} and "
                f"{len(frame):,}).",
                hint=hint,
            )
    shared: pd.DataFrame = first.drop(columns="split")
    return shared


def _validation_of(classifier: TrainedClassifier) -> pd.DataFrame | None:
    images = getattr(classifier, "images", None)
    if images is None or not {"split", "label"} <= set(images.columns):
        return None
    held: pd.DataFrame = images[images["split"] == "validation"]
    return held

"""Probing: which base, and which of its layers, tells the labels of these images apart.

Concerns kept apart: what layers give is computed in `_layers`, the regression is in `_logistic`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.checks import check_count, check_known, checked
from tidycnn.core.errors import InputError, listed
from tidycnn.core.frames import TRAINED, chosen_column, columns_of, decodable_rows, levels_of
from tidycnn.core.groups import group_names
from tidycnn.core.progress import remark, track
from tidycnn.core.seeds import draw_seed
from tidycnn.core.types import KerasModel, PathLike, TrainedClassifier
from tidycnn.evaluate.compare import compare_predictions, spell_comparison, titles_of_layers
from tidycnn.fit._further import network_of
from tidycnn.fit._layers import layer_values, part_of, precision_of
from tidycnn.fit._logistic import held_out_probabilities
from tidycnn.fit._rows import check_labelled
from tidycnn.fit.control import DEFAULT_CONTROL, FitControl
from tidycnn.fit.features import preprocessing_of
from tidycnn.fit.predict import trained_rows, warn_unread, with_predictions, without_predictions
from tidycnn.flow.generator import ImageDataGenerator
from tidycnn.images.table import complete_images, image_table
from tidycnn.model.blocks import HEAD, blocks_of
from tidycnn.model.graph import find_places, graph_of, walk
from tidycnn.splits.folds import vfold_images
from tidycnn.splits.leaks import tell_parted_groups
from tidycnn.train.head import check_levels

Base: TypeAlias = KerasModel | TrainedClassifier
Layers: TypeAlias = str | int | Sequence[str | int]

# One fold is predicted; of the others, each by the rest.
_FOLDS = 3
_OF_BLOCKS = "blocks"


@checked
def linear_probe(
    images: pd.DataFrame | PathLike,
    bases: Base | Mapping[str, Base] | Sequence[Base],
    layers: str | int | Mapping[str, Layers] | Sequence[str | int] | None = None,
    *,
    v: int = 5,
    generator: ImageDataGenerator | Mapping[str, ImageDataGenerator] | None = None,
    target_size: tuple[int, int] | None = None,
    exif: bool = True,
    pooling: Literal["avg", "max"] = "avg",
    metrics: Sequence[str] = ("accuracy", "log_loss"),
    confidence: float = 0.95,
    bootstraps: int = 1000,
    group: str | None = "group",
    control: FitControl = DEFAULT_CONTROL,
    progress: bool = True,
    seed: int | None = None,
) -> pd.DataFrame:
    """Tell which base, and which of its layers, suits images.

    A logistic regression learns the labels from what a layer gives, and predicts the images of a fold that it did not
    see: a head of `fine_tune()` behind that layer can be expected to score about as well. A base runs once, however
    many of its layers are asked for, and what they give is kept. `autoplot()` draws the answer.

    Parameters
    ----------
    images
        A frame of images with labels, or a folder with one subfolder per class. Of a frame with `split`, rows of train
        and validation are divided into folds, and others are never read; one that has `fold`, as `vfold_images()`
        gives, is divided so.
    bases
        A Keras model, mostly one without its last layers, or a classifier; or several by their names. One that was
        trained on some of these images looks better than it is, which is told.
    layers
        The layers whose output is taken: names as `list_layers()` has them, or positions there, the same of all bases,
        or those of each by the name of the base; `"blocks"` for the last layer of each block, as `list_trainable()`
        has them. What a base itself gives where not given.
    v
        How many folds.
    generator
        How images are scaled, of all bases or by the name of the base; never augmented here. Where not given, grey
        levels are divided by 255, unless the base scales them itself. A classifier has its own.
    target_size
        Height and width of the images; those of each base where not given.
    exif
        Whether pictures are turned as their EXIF data say. A classifier has its own.
    pooling
        What becomes of maps: the mean (`"avg"`) or the maximum (`"max"`) of each channel.
    metrics
        Names of metrics, as `list_metrics()` lists them. The first is the one by which the best is told.
    confidence
        How often such an interval covers the truth.
    bootstraps
        How many samples are drawn again for intervals that have no formula.
    group
        The column that tells which images belong together: they stay in one fold, and intervals count them as one. None
        for none.
    control
        Of what `fit_control()` gives, `on_error`, `precision` and `threads`.
    progress
        Whether to show how far the work has come.
    seed
        Makes folds and drawn samples repeatable.

    Returns
    -------
    One row a base, layer and metric: `base`, `layer`, the columns of `score_predictions()`, `.difference` (to the layer
    that is best by this row, 0 for itself), and its paired interval `.difference_lower` to `.difference_upper`.

    Notes
    -----
    Numbers are brought to mean 0 and variance 1. How strongly weights are held down (L2) is chosen without the fold
    that is predicted: the other folds are predicted best by that strength, each by the rest of them (least log loss).
    The best of many is likely to have had luck, so differences to it are rather too large than too small.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from tidycnn import cnn, make_blood_cells
    >>> images = make_blood_cells(mkdtemp(), n=400, size=32, seed=1)
    >>> base = cnn((32, 32, 3), 4, filters=(4, 8), seed=1)
    >>> probed = linear_probe(images, base, ["pool_1", "pool_2"], metrics="accuracy", progress=False, seed=1)
    >>> probed[["base", "layer", ".metric"]].values.tolist()
    [['cnn', 'pool_1', 'accuracy'], ['cnn', 'pool_2', 'accuracy']]
    """
    check_count(v, "v", at_least=_FOLDS)
    seed = draw_seed(seed)
    known = _named_bases(bases)
    asked = {name: _layers_of(name, network_of(base)[0], layers, known) for name, base in known.items()}
    generators = _by_base(generator, "generator", known)
    are_classifiers = all(isinstance(base, TrainedClassifier) for base in known.values())
    frame = _divided(images, v, group, seed, progress)
    predictions: dict[tuple[str, str], pd.DataFrame] = {}
    with track("Probing", sum(map(len, asked.values())), shown=progress) as task:
        for name, base in known.items():
            network, classifier = network_of(base)
            # What is said to all bases is not said to a classifier among them, which has its own.
            is_said = classifier is None or are_classifiers
            own = generators[name] if is_said or isinstance(generator, Mapping) else None
            size = target_size if is_said else None
            preprocessing = preprocessing_of(network, classifier, own, size, exif=exif, argument="bases")
            part = part_of(network, list(asked[name].values()), pooling=pooling, argument="layers")
            reading: dict[str, Any] = {"precision": precision_of(control), "on_error": control.on_error}
            values, failed = layer_values(part, frame, preprocessing, control=control, **reading, progress=progress)
            if failed:
                warn_unread(frame["path"].iloc[failed].tolist())
            is_trained = trained_rows(network, classifier, frame)
            seen = frame if is_trained is None else frame.assign(**{TRAINED: is_trained})
            for layer, numbers in zip(asked[name], values, strict=True):
                predictions[name, layer] = _predicted(seen, numbers, failed)
                task.advance(note=f"{name}, {layer}")
    asking: dict[str, Any] = {"confidence": confidence, "bootstraps": bootstraps, "group": group, "seed": seed}
    return _scores(predictions, metrics, **asking)


def _named_bases(bases: Any) -> dict[str, Any]:
    """Give the bases by their names: those that they were given, else their own."""
    if isinstance(bases, Mapping):
        named = list(bases.items())
    else:
        several = bases if isinstance(bases, list) else [bases]
        named = [(str(network_of(base)[0].name), base) for base in several]
    if not named:
        raise InputError("`bases` must have at least one base.")
    twice = [name for name, n in Counter(name for name, _ in named).items() if n > 1]
    if twice:
        raise InputError(
            f"`bases` must have names of their own, but there are several by {listed(twice)}.",
            hint="Give each its name.",
        )
    return dict(named)


def _by_base(given: Any, argument: str, bases: Mapping[str, Any]) -> dict[str, Any]:
    """Give what each base has: its own, or what all have."""
    if not isinstance(given, Mapping):
        return dict.fromkeys(bases, given)
    check_known(given, argument, bases, noun="bases")
    return {name: given.get(name) for name in bases}


def _layers_of(name: str, network: Any, layers: Any, bases: Mapping[str, Any]) -> dict[str, str | int | None]:
    """Give the layers that are asked of a base, by their names as `list_layers()` has them."""
    wanted = _by_base(layers, "layers", bases)[name]
    if wanted is None:
        graph = graph_of(network)
        return {name if graph is None or len(graph.outputs) > 1 else graph.outputs[0].step.path: None}
    places = list(walk(network))
    if wanted == _OF_BLOCKS:
        ends: list[str | int] = [inside[-1].path for block, inside in blocks_of(network).items() if block != HEAD]
        if not ends:
            raise InputError(
                f"`layers` asks for the blocks of {name!r}, which has none that are known.",
                hint="Name layers: `list_layers()` shows them.",
            )
        wanted = ends
    several: list[str | int] = wanted if isinstance(wanted, list) else [wanted]
    if not several:
        raise InputError(f"`layers` must name at least one layer of {name!r}.")
    return {
        places[find_places(places, layer, "layers")[-1]].path if graph_of(network) else str(layer): layer
        for layer in several
    }


def _divided(images: Any, v: int, group: str | None, seed: int, progress: bool) -> pd.DataFrame:
    """Give the images that have a part in it, with the fold of each."""
    is_frame = isinstance(images, pd.DataFrame)
    frame = without_predictions(images) if is_frame else image_table(images, progress=progress)
    frame = complete_images(frame, needed=("path", "label"), progress=progress)
    frame = frame[decodable_rows(frame, "images", is_told=not is_frame)]
    if "split" in frame.columns and frame["split"].notna().any():
        frame = frame[frame["split"].isin(("train", "validation"))]
    if frame.empty:
        raise InputError(
            "`images` has no image to learn from.", hint="Its `split` must be train or validation, or missing."
        )
    if "fold" in frame.columns:
        frame = frame[frame["fold"].notna()]
        if "repetition" in frame.columns and frame["repetition"].nunique() > 1:
            raise InputError(
                f"`images` are divided {frame['repetition'].nunique()} times (`repetition`).",
                hint="Give the rows of one repetition.",
            )
        if frame["fold"].nunique() < _FOLDS:
            raise InputError(f"`images` must have at least {_FOLDS} folds, not {frame['fold'].nunique()}.")
        column = chosen_column(frame, group, "group", default="group")
        if column is not None:
            tell_parted_groups(group_names(frame, column), frame["fold"], "folds")
    check_labelled(frame, "images")
    check_levels(levels_of(frame), "images")
    return frame if "fold" in frame.columns else vfold_images(frame, v, group=group, seed=seed)


def _predicted(frame: pd.DataFrame, numbers: NDArray[np.float64], failed: Sequence[int]) -> pd.DataFrame:
    """Give the images with what is predicted of each by a regression that did not see its fold."""
    levels = levels_of(frame)
    there = np.delete(np.arange(len(frame)), failed)
    codes = np.asarray(frame["label"].cat.codes, dtype=np.int64)[there]
    folds = np.asarray(pd.factorize(frame["fold"])[0], dtype=np.int64)[there]
    probabilities = np.full((len(frame), len(levels)), np.nan)
    probabilities[there] = held_out_probabilities(numbers[there], codes, folds, len(levels))
    # Each image was held out, whatever its split is called.
    return with_predictions(frame.drop(columns="split", errors="ignore"), probabilities, levels)


def _scores(predictions: Mapping[tuple[str, str], pd.DataFrame], metrics: Sequence[str], **asking: Any) -> pd.DataFrame:
    """Score what was predicted by each layer, and say which is best."""
    titles = dict(zip(titles_of_layers(*zip(*predictions, strict=True)), predictions, strict=True))
    named = dict(zip(titles, predictions.values(), strict=True))
    comparison = compare_predictions(named, metrics, **asking)
    if len(titles) > 1:
        remark(spell_comparison(comparison))
    told = [titles[title] for title in comparison["model"]]
    parts = {name: [each[i] for each in told] for i, name in enumerate(("base", "layer"))}
    return comparison.assign(**parts)[columns_of("probe")]

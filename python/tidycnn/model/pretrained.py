"""Networks of `keras.applications`, without top, which take grey levels as they are."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from tidycnn.core.checks import check_choice, check_positive, checked
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, constant, described, listed, spell_shape
from tidycnn.core.frames import NA_REAL, columns_of
from tidycnn.core.progress import track
from tidycnn.core.seeds import draw_seed
from tidycnn.core.types import KerasModel, PathLike
from tidycnn.model.applications import APPLICATIONS, DEVIATIONS, MEANS, Application, Variant
from tidycnn.model.drawing import drawing_from
from tidycnn.model.weights import Published, adapt_to_file, checked_file, fetching, kept_file, load_into

_IMAGENET = "imagenet"
_CAFFE_MEANS = (123.68, 116.779, 103.939)
_BATCH = 8
_BATCHES = 3


@checked
def pretrained(
    name: str,
    weights: PathLike | None = "imagenet",
    *,
    input_shape: tuple[int, int, int] | None = None,
    pooling: Literal["avg", "max"] | None = None,
    alpha: float | None = None,
    seed: int | None = None,
) -> KerasModel:
    """Build a network that learned on ImageNet, to put a head on.

    Every network of `keras.applications` is there, without its top. Its first layers do to grey levels (0 to 255) what
    the network wants, so that it takes images as they are, and whatever is made of it carries them along: images must
    not be scaled before.

    Parameters
    ----------
    name
        The network, such as `"vgg16"` or `"mobilenet_v2"`; `list_pretrained()` shows all.
    weights
        `"imagenet"` for those learned there, which Keras keeps below `KERAS_HOME` or `~/.keras` and fetches once where
        it can; a file that has them (`.h5`, `.weights.h5` or `.keras`), which is checked to be what Keras publishes
        where it bears such a name; None for random ones.
    input_shape
        Height, width and channels of the images; the size that the weights were learned on where not given.
    pooling
        `"avg"` or `"max"` for a row of numbers an image, the mean or maximum of each map; None for the maps.
    alpha
        The width of the network, where it has several; 1 where not given.
    seed
        Number from which random weights follow; drawn where it is missing.

    Returns
    -------
    A Keras model, not compiled, all of which learns: `freeze_weights()` freezes it.

    Examples
    --------
    >>> pretrained("mobilenet_v2", weights=None, input_shape=(96, 96, 3), alpha=0.35, seed=1).output_shape
    (None, 3, 3, 1280)
    """
    application = find_application(name, "name")
    wanted = Published(application, _chosen_variant(application, alpha, weights))
    shape = _checked_shape(application, input_shape)
    if weights == _IMAGENET:
        file = application.file(wanted.variant, shape)
        if not kept_file(file).is_file():
            with fetching(wanted, shape):
                fetched: KerasModel = _built(application, shape, pooling=pooling, alpha=alpha, weights=_IMAGENET)
            if not kept_file(file).is_file():  # Keras heeds KERAS_HOME only when it is loaded.
                return fetched
        # Always read from the file, so that the first call gives the same layers as the next.
        weights = kept_file(file)
    path = None if weights is None else checked_file(weights, wanted)
    with drawing_from(draw_seed(seed)):
        model: KerasModel = _built(application, shape, pooling=pooling, alpha=alpha, weights=None)
    if path is not None:
        load_into(model, path, wanted)
        adapt_to_file(model, path, wanted)
    return model


@checked
def list_pretrained(name: Sequence[str] | None = None, *, measure: bool = False) -> pd.DataFrame:
    """List the networks that learned on ImageNet.

    Parameters
    ----------
    name
        Some of them; all where not given.
    measure
        Whether to measure how many images each looks at in a second on this machine, at its own size. A large one takes
        half a minute and more.

    Returns
    -------
    One row for each network and width: `name`, `alpha` (missing where there is one width), `parameters` without top,
    `depth` (how many convolutions and dense layers lie behind one another), `height` and `width` of the images that it
    learned on, `least` (the smallest height and width that it takes), `preprocessing` (what its first layers do to grey
    levels: `"caffe"` subtracts the means and puts blue first, `"tf"` scales to -1 to 1, `"torch"` to means of 0 and
    deviations of 1, `"included"` is the network's own), `weights`, the `file` of these, `here` (whether Keras has that
    file on this machine), and `images_per_second` where `measure` asks for it.

    Examples
    --------
    >>> list_pretrained(["vgg16", "resnet50"])[["name", "parameters"]].values.tolist()
    [['vgg16', 14714688], ['resnet50', 23587712]]
    """
    chosen = list(APPLICATIONS.values()) if name is None else [find_application(each, "name") for each in name]
    rows = [
        (
            application.name,
            NA_REAL if variant.alpha is None else variant.alpha,
            variant.parameters,
            application.depth,
            application.size,
            application.size,
            application.least,
            application.scaling,
            _IMAGENET,
            file,
            kept_file(file).is_file(),
        )
        for application in chosen
        for variant in application.variants
        for file in [application.file(variant, (application.size,) * 2)]
    ]
    columns = columns_of("pretrained")
    networks = pd.DataFrame(rows, columns=columns[:-1])
    if not measure:
        return networks
    return networks.assign(**{columns[-1]: _measured(chosen)})


def find_application(name: str, argument: str) -> Application:
    """Find a network by its name, however it is spelled: `"MobileNetV2"` is `"mobilenet_v2"`."""
    known = {_plain(each): application for each, application in APPLICATIONS.items()}
    known |= {_plain(application.function): application for application in APPLICATIONS.values()}
    found = known.get(_plain(name))
    if found is None:
        check_choice(name, argument, APPLICATIONS)
    return found  # type: ignore[return-value]


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _chosen_variant(application: Application, alpha: float | None, weights: PathLike | None) -> Variant:
    """Give the width that is asked for; without weights of ImageNet it may be any."""
    if alpha is not None and not application.has_alpha:
        raise InputError(
            f"`alpha` is {described(alpha)}, but {application.name!r} comes in one width.",
            hint=f"{listed(each.name for each in APPLICATIONS.values() if each.has_alpha)} come in several.",
        )
    if alpha is not None:
        check_positive(alpha, "alpha")
    found = application.variant(alpha)
    if found is None and weights == _IMAGENET:
        raise InputError(
            f"`alpha` must be one of {listed((each.alpha for each in application.variants), last='or')}, for which "
            f"{application.name!r} has weights of ImageNet, not {described(alpha)}.",
            hint=f"`weights = {constant(None)}` starts from random ones, of any width.",
        )
    return found or Variant(alpha, -1, "", None)


def _checked_shape(application: Application, shape: tuple[int, int, int] | None) -> tuple[int, int, int]:
    if shape is None:
        return (application.size, application.size, 3)
    if shape[2] != 3:
        raise InputError(
            f"`input_shape` must have 3 channels for {application.name!r}, not {shape[2]}.",
            hint="Grey pictures are given to such a network in three equal channels: a flow does that by itself.",
        )
    if min(shape[:2]) < application.least:
        raise InputError(
            f"`input_shape` must be at least {application.least} x {application.least} pixels for "
            f"{application.name!r}, not {shape[0]} x {shape[1]}.",
            hint=f"Such as {spell_shape((application.size, application.size, 3))}: images are enlarged to it.",
        )
    return shape


def _built(
    application: Application,
    shape: tuple[int, int, int],
    *,
    pooling: str | None,
    alpha: float | None,
    weights: str | None,
) -> Any:
    """Build a network behind layers that do to grey levels what it wants."""
    given: dict[str, Any] = {"include_top": False, "weights": weights, "input_shape": shape, "pooling": pooling}
    if alpha is not None:
        given["alpha"] = alpha
    build = getattr(keras.applications, application.function)
    if application.scaling == "included":
        return build(**given)
    image = keras.Input(shape, name="image")
    model = build(input_tensor=_scaled(image, application), **given)
    return keras.Model(image, model.outputs[0], name=model.name)


def _scaled(image: Any, application: Application) -> Any:
    if application.scaling == "tf":
        return keras.layers.Rescaling(1 / 127.5, -1.0, name="scaling")(image)
    if application.scaling == "torch":
        means, deviations = np.array(MEANS), np.array(DEVIATIONS)
        scale, offset = 1 / (255 * deviations), -means / deviations
        return keras.layers.Rescaling(scale.tolist(), offset.tolist(), name="scaling")(image)
    centred = keras.layers.Rescaling(1.0, [-mean for mean in _CAFFE_MEANS], name="scaling")(image)
    return keras.ops.flip(centred, axis=-1)


def _measured(chosen: Sequence[Application]) -> list[float]:
    """Measure how many images each network and width looks at in a second."""
    pairs = [(application, variant) for application in chosen for variant in application.variants]
    speeds = []
    with track("Measuring", len(pairs)) as task:
        for application, variant in pairs:
            shape = (application.size, application.size, 3)
            speeds.append(_speed(_built(application, shape, pooling="avg", alpha=variant.alpha, weights=None), shape))
            task.advance(note=application.name)
    return speeds


def _speed(model: Any, shape: tuple[int, int, int]) -> float:
    images = np.full((_BATCH, *shape), 128, dtype=np.float32)
    model.predict_on_batch(images)  # The first batch is compiled.
    begun = time.perf_counter()
    for _ in range(_BATCHES):
        model.predict_on_batch(images)
    return _BATCHES * _BATCH / (time.perf_counter() - begun)

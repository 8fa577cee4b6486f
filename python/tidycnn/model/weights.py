"""Files of weights for the networks of the table: where Keras keeps them, whether they are what they say, reading them.

Keras fetches what it publishes itself. Any file is looked into first: nothing in it may lead elsewhere, and it must be
of the network that is asked for.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tidycnn.core.errors import DependencyError, InputError, StoreError, constant, counted, first_line
from tidycnn.core.progress import remark
from tidycnn.core.types import PathLike
from tidycnn.model.allocation import bounded_variables
from tidycnn.model.applications import APPLICATIONS, DEVIATIONS, Application, Variant
from tidycnn.model.archive import check_archive, check_weights

_ENDINGS = (".h5", ".hdf5", ".keras")
_PIECE = 2**20
# Where Keras keeps files of those whose home it may not write to.
_WITHOUT_HOME = (Path("/tmp") if Path("/tmp").is_dir() else Path(tempfile.gettempdir())) / ".keras"


class Published(NamedTuple):
    """A file that Keras publishes: of which network and width it is."""

    application: Application
    variant: Variant

    @property
    def title(self) -> str:
        """What it has the weights of."""
        alpha = self.variant.alpha
        return f"{self.application.name!r}" if alpha is None else f"{self.application.name!r} with alpha = {alpha:g}"


def kept_file(name: str) -> Path:
    """Give the place of a file of weights where Keras keeps them: below `KERAS_HOME`, else `~/.keras`.

    Where Keras may not write there it keeps them in the folder for temporary files.
    """
    home = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()
    places = [folder / "models" / name for folder in (home, _WITHOUT_HOME)]
    return next((place for place in places if place.is_file()), places[0])


def find_published(name: str) -> Published | None:
    """Tell whose weights a file of a name has, as Keras publishes them without top; None for any other name."""
    for application in APPLICATIONS.values():
        for variant in application.variants:
            sizes = application.sizes or (application.size,)
            if name in (application.file(variant, (size, size)) for size in sizes):
                return Published(application, variant)
    return None


def check_hash(path: Path, wanted: str) -> None:
    """Refuse a file that is not what Keras publishes under its name."""
    known = _hash_of(path, wanted)
    if known != wanted:
        raise StoreError(
            f"{os.fspath(path)!r} is not what Keras publishes by this name: its hash is {known}, not {wanted}.",
            hint="Fetch it again, or give it another name if it has other weights.",
        )


@contextlib.contextmanager
def fetching(published: Published, size: Sequence[int]) -> Iterator[None]:
    """Let Keras fetch what it publishes, inside the block, and say which file to put where if it cannot."""
    place = kept_file(published.application.file(published.variant, size))
    remark(f"Keras fetches the weights of {published.title}, {place.name!r}, which is done once.")
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            # Which file is taken where there is none for the size of the images.
            warnings.filterwarnings("ignore", message="`input_shape` is undefined or non-square")
            yield
    except Exception as error:
        known = "" if published.variant.hash is None else f" (hash {published.variant.hash})"
        raise DependencyError(
            f"The weights of {published.title} could not be fetched: {first_line(error)}",
            hint=f"Put the file {place.name!r}{known} into {os.fspath(place.parent)!r}, or give `weights` its path. "
            f"`weights = {constant(None)}` starts from random ones.",
        ) from error


def checked_file(weights: PathLike, wanted: Published) -> Path:
    """Give the path of a file that may have the weights of a network, or say why it cannot."""
    path = Path(weights).expanduser()
    if not path.is_file():
        raise InputError(
            f"`weights` names the file {os.fspath(weights)!r}, which does not exist.",
            hint=f"`weights` is 'imagenet', a file, or {constant(None)} to start from random ones.",
        )
    if path.suffix not in _ENDINGS:
        raise InputError(f"`weights` must be a file that ends in .h5, .weights.h5 or .keras, not {path.name!r}.")
    found = find_published(path.name)
    if found is not None:
        if found.variant.hash is not None:
            check_hash(path, found.variant.hash)
        if found != wanted:
            raise InputError(
                f"`weights` {path.name!r} has the weights of {found.title}, not of {wanted.title}.",
                hint="`list_pretrained()` shows which file belongs to which network.",
            )
    return path


def load_into(model: Any, path: Path, wanted: Published) -> None:
    """Give a network the weights of a file, all of them or none."""
    subject = f"`weights` {os.fspath(path)!r} is damaged: it"
    values = check_archive(path, safe=True) if path.suffix == ".keras" else check_weights(path, subject)
    try:
        with warnings.catch_warnings(), bounded_variables(values):
            warnings.simplefilter("ignore")
            model.load_weights(path)
    except Exception as error:
        raise InputError(
            f"`weights` {os.fspath(path)!r} has not the weights of {wanted.title} without top: {_reason(error)}",
            hint=_guess(values) or "It may be of another width (`alpha`), or of a network with its top.",
        ) from error


def adapt_to_file(model: Any, path: Path, wanted: Published) -> None:
    """Let a network see pixels as the published weights in a file want them.

    Keras's EfficientNet has a layer more that scales them, where it fetches the weights itself.
    """
    hash_ = wanted.variant.hash
    if wanted.application.module != "efficientnet" or hash_ is None or _hash_of(path, hash_) != hash_:
        return
    layer = next(each for each in model.layers if type(each).__name__ == "Normalization")
    mean, variance, *count = layer.get_weights()
    layer.set_weights([mean, variance * np.array(DEVIATIONS, dtype=np.float32), *count])
    layer.finalize_state()


def _hash_of(path: Path, like: str) -> str:
    hasher = hashlib.sha256() if len(like) == 64 else hashlib.md5(usedforsecurity=False)
    with path.open("rb") as opened:
        while piece := opened.read(_PIECE):
            hasher.update(piece)
    return hasher.hexdigest()


def _reason(error: Exception) -> str:
    """Say in one sentence what Keras says."""
    text = " ".join(str(error).split())
    return f"{text[:300].rstrip('.')}."


def _guess(values: int) -> str | None:
    """Name the network that has as many values as a file."""
    found = [
        Published(application, variant).title
        for application in APPLICATIONS.values()
        for variant in application.variants
        if variant.parameters == values
    ]
    return f"Its {counted(values, 'value')} are as many as {found[0]} has." if found else None

"""Pictures that are drawn: a data set in the likeness of blood cells, for trying, teaching and testing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import cv2
import pandas as pd

from tidycnn.core import progress as progress_of
from tidycnn.core.checks import check_count, checked
from tidycnn.core.errors import InputError, described
from tidycnn.core.seeds import draw_seed, stream
from tidycnn.core.store import atomic_folder, is_clutter
from tidycnn.core.types import PathLike
from tidycnn.images._smear import CELLS, draw_smear
from tidycnn.images.table import image_table

_SIZE_MIN = 16
_QUALITY = 92
_OWN_FILE = re.compile(r"(?P<label>[A-Z]+)_\d+\.jpeg")


@checked
def make_blood_cells(
    dir: PathLike,  # noqa: A002
    n: int | Mapping[str, int] = 100,
    *,
    size: int = 96,
    progress: bool = True,
    seed: int | None = None,
) -> pd.DataFrame:
    """Draw a data set in the likeness of blood cells.

    Each picture shows one white cell among pale red ones: EOSINOPHIL (a nucleus of two lobes, red granules),
    LYMPHOCYTE (a round dark nucleus), MONOCYTE (a kidney-shaped nucleus) or NEUTROPHIL (several small lobes). Place,
    rotation, shape, stain, light, sharpness and noise vary. Nothing in them can be learnt about real cells.

    Parameters
    ----------
    dir
        Folder to make. It must be empty or missing, or hold pictures that this function drew: these are replaced.
    n
        How many images there are in all, as many of each kind as of the others where it can be divided by 4; or named
        numbers, such as `train = 400, test = 200`: then there is a folder for each name, with the class folders in it.
    size
        Height and width in pixels.
    progress
        Whether to show how far the work has come.
    seed
        Number from which the pictures follow: the same seed draws the same pictures, and a larger `n` draws further
        ones.

    Returns
    -------
    The images frame of the folder, as `image_table()` gives.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> make_blood_cells(mkdtemp(), n=8, size=32, seed=1)["label"].value_counts().tolist()
    [2, 2, 2, 2]
    """
    counts = {"": n} if isinstance(n, int) else dict(n)
    _check_counts(counts)
    check_count(size, "size", at_least=_SIZE_MIN)
    folder = Path(dir).expanduser()
    _check_folder(folder)
    seed = draw_seed(seed)
    with (
        progress_of.track("Drawing blood cells", sum(counts.values()), shown=progress) as task,
        atomic_folder(folder) as temporary,
    ):
        for number, (split, count) in enumerate(counts.items()):
            for label in CELLS:
                (temporary / split / label).mkdir(parents=True)
            for i in range(count):
                _draw_file(temporary / split, i, size, (seed, number))
                task.advance()
    splits: Mapping[str, str] | Literal[False] = False
    if "" not in counts:
        splits = {name.lower(): name for name in counts}
    return image_table(dir, splits=splits, progress=progress)


def _draw_file(folder: Path, i: int, size: int, keys: tuple[int, int]) -> None:
    label = list(CELLS)[i % len(CELLS)]
    picture = draw_smear(label, size, stream("pictures", *keys, i).generator())
    _, content = cv2.imencode(".jpeg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    (folder / label / f"{label}_{i // len(CELLS) + 1:04d}.jpeg").write_bytes(content.tobytes())


def _check_counts(counts: Mapping[str, int]) -> None:
    if not counts:
        raise InputError("`n` must be a number of images, or named numbers such as train = 400, test = 200.")
    for name, count in counts.items():
        check_count(count, "n", at_least=len(CELLS))
        if name and not re.fullmatch(r"\w[\w .-]*", name):
            raise InputError(f"`n` must have names that can be names of folders, not {described(name)}.")


def _check_folder(folder: Path) -> None:
    """Refuse a folder with anything that this module did not draw."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"`dir` must be a folder, but {str(folder)!r} is a file.")
    foreign = next((path for path in _files(folder) if not (_is_own(path) or is_clutter(path.name))), None)
    if foreign is not None:
        raise InputError(
            f"`dir` must be empty or hold drawn blood cells only, but {str(folder)!r} holds {foreign.name!r}.",
            hint="Name a new folder.",
        )


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())


def _is_own(path: Path) -> bool:
    named = _OWN_FILE.fullmatch(path.name)
    return named is not None and named["label"] in CELLS and path.parent.name == named["label"]

"""A fit that keeps itself in a folder, and goes on from there.

The folder has `fit.json` (the plan, the layers of the network, versions), `images.csv`, the checkpoints, and at last
the classifier. Whoever asks for the same fit again gets its end: the classifier, or a fit that goes on.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from tidycnn.core.errors import InputError, StoreError, constant, counted, listed, warn
from tidycnn.core.folders import StoredFolder, as_stored, check_target, read_folder, write_folder
from tidycnn.core.locks import alone_in
from tidycnn.core.machine import processor_count, processor_features
from tidycnn.core.progress import remark
from tidycnn.core.seeds import DrawnSeed
from tidycnn.core.settings import name_differences
from tidycnn.core.store import put_back
from tidycnn.core.types import PathLike
from tidycnn.fit._flows import FitFlows
from tidycnn.fit._kept_images import with_whole_paths
from tidycnn.fit.classifier import Classifier
from tidycnn.fit.folder import open_classifier
from tidycnn.fit.stored import CLASSIFIER, KEPT_FIT
from tidycnn.model.described import hash_weights, layers_as_data
from tidycnn.train.checkpoints import Checkpoint, Checkpoints, check_epochs
from tidycnn.train.mirrored import devices_of
from tidycnn.train.plan import Plan
from tidycnn.train.precision import PrecisionChoice

_IMAGES = ("path", "label", "split", "group", "hash")
# How many epochs there are, and how a flow works, is not what is learned in an epoch.
_WORKINGS = ("cache", "cache_size", "on_error", "save_to_dir", "save_prefix", "save_format")


@dataclass(frozen=True)
class KeptFit:
    """Where a fit keeps itself: its checkpoints, and its classifier where it has ended. `NOT_KEPT` keeps nothing.

    `rows` are those of the history so far, and `lock` is the open file that has the lock of the folder.
    """

    folder: Path | None = None
    checkpoints: Checkpoints | None = None
    classifier: Classifier | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)
    lock: int | None = None

    def spell_way_on(self) -> str:
        """Say how a fit that was ended early goes on."""
        return "" if self.folder is None else " The same call goes on from there."

    def finish(self, classifier: Classifier) -> None:
        """Keep the classifier of a fit that has come to its end."""
        if self.folder is not None:
            keep_classifier(classifier, self.folder)


NOT_KEPT = KeptFit()


def keep_classifier(classifier: Classifier, folder: Path) -> None:
    """Keep the classifier of what has come to its end; a disk that is full does not take it away."""
    try:
        classifier.save(folder / CLASSIFIER.noun, overwrite=True)
    except StoreError as error:
        warn(f"{error.message} The fit has ended, and is returned; the same call writes it there.")


def kept_seed(folder: PathLike | None, seed: int | None) -> int | None:
    """Give the seed of the fit that is kept in a folder where the user gave none."""
    if not (seed is None or isinstance(seed, DrawnSeed)):
        return seed
    known = _planned(folder, "seed", seed)
    return None if known is None else int(known)


def kept_precision(folder: PathLike | None, precision: PrecisionChoice) -> PrecisionChoice:
    """Give the precision of the fit that is kept in a folder where it was to be chosen."""
    known: PrecisionChoice = _planned(folder, "precision", precision) if precision == "auto" else precision
    return known


def is_begun(folder: Path | None) -> bool:
    """Tell whether a folder has a fit."""
    return folder is not None and (_place_of(folder) / KEPT_FIT.description).is_file()


def epochs_done(folder: Path | None, plan: Plan, model: Any, flows: FitFlows) -> int:
    """Tell how many of the epochs of a plan a folder has behind it: all where the fit has ended, none where none is.

    One that was begun otherwise, or has gone on further, is refused, whatever weights it began from.
    """
    if folder is None or not is_begun(folder):
        return 0
    path = _place_of(folder)
    _check_same(_stored(path), _describe(plan, model, flows, is_hashed=False), flows.images, folder)
    latest = Checkpoints(path / "checkpoints").latest()
    if latest is None:
        return 0
    check_epochs(latest, plan.epochs)
    return plan.epochs if latest.has_ended else latest.epoch


@contextlib.contextmanager
def keeping(
    folder: PathLike | None,
    plan: Plan,
    model: Any,
    flows: FitFlows,
    *,
    save_every: int | None,
    overwrite: bool = False,
    is_private: bool = False,
    lock: int | None = None,
) -> Iterator[KeptFit]:
    """Keep a fit in a folder inside the block: a new one, or the one that is there if it is the same.

    A private folder is closed to other users. `lock` is that of the folder where another process has handed it on.
    """
    if folder is None:
        yield NOT_KEPT
        return
    path = _place_of(folder)
    asked = _describe(plan, model, flows)
    with contextlib.ExitStack() as locks:
        is_there = (path / KEPT_FIT.description).is_file()
        if is_there:
            lock = locks.enter_context(alone_in(path, "a fit that runs", lock=lock))
        if is_private:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.chmod(0o700)  # Which a folder that is written in its place keeps.
        if overwrite or not is_there:
            write_folder(path, KEPT_FIT, asked, tables={"images": _table_of(flows.images)}, overwrite=overwrite)
            lock = locks.enter_context(alone_in(path, "a fit that runs"))
        stored = _stored(path)
        _check_same(stored, asked, flows.images, folder)
        with stored.believing():
            is_elsewhere = stored.facts["machine"] != asked["machine"]
        if is_elsewhere:
            warn("The fit was begun with other processors: it goes on, but not to the same bits.")
        checkpoints = Checkpoints(path / "checkpoints", save_every)
        latest = checkpoints.latest()
        yield KeptFit(path, checkpoints, _ended_fit(path, latest, plan), _rows_of(latest), lock)


def _rows_of(latest: Checkpoint | None) -> list[dict[str, Any]]:
    """Give the rows of the history so far."""
    states = dict(latest.callbacks) if latest else {}
    return list(states.get("RecordHistory", {}).get("rows", []))


def check_keeping(folder: PathLike | None, *, overwrite: bool) -> None:
    """Refuse a folder in which no fit could keep itself."""
    if folder is not None:
        path = _place_of(folder)
        check_target(path, KEPT_FIT, overwrite=overwrite or (path / KEPT_FIT.description).is_file())


def _place_of(folder: PathLike) -> Path:
    path = Path(folder).expanduser()
    put_back(path)
    return path


def _planned(folder: PathLike | None, name: str, otherwise: Any) -> Any:
    """Give what the plan of the fit that is kept in a folder has; something else where there is none."""
    if folder is None or not is_begun(Path(folder)):
        return otherwise
    stored = _stored(_place_of(folder))
    with stored.believing():
        return stored.facts["plan"][name]


def _stored(path: Path) -> StoredFolder:
    return read_folder(path, KEPT_FIT)


def _ended_fit(path: Path, latest: Checkpoint | None, plan: Plan) -> Classifier | None:
    """Give the classifier of a fit that has been at its end already."""
    if latest is None:
        return None
    check_epochs(latest, plan.epochs)
    if latest.epoch < plan.epochs and not latest.has_ended:
        return None
    place = path / CLASSIFIER.noun
    if not place.is_dir():
        return None
    classifier = open_classifier(place)
    if classifier.history["epoch"].max() != latest.epoch:  # It is that of fewer epochs.
        return None
    remark(f"The fit has ended already: its classifier is read from {str(place)!r}.")
    return classifier


def _check_same(stored: StoredFolder, asked: dict[str, Any], images: pd.DataFrame, folder: PathLike) -> None:
    with stored.believing():
        plan, layers, given = (stored.facts[name] for name in ("plan", "layers", "given"))
        plan = _learned(plan)
    found = [
        *name_differences(_learned(as_stored(asked["plan"])), plan),
        *name_differences(as_stored(asked["layers"]), layers, "model$"),
        *_image_differences(_table_of(images), stored.table("images")),
        *(["the arrays that the flow was given"] if given != asked["given"] else []),
        *(["the frozen weights"] if asked["frozen"] not in (None, stored.facts.get("frozen")) else []),
    ]
    if found:
        follows = any(name.startswith("`schedule$") for name in found)
        raise InputError(
            f"`folder` {str(folder)!r} has a fit that was begun otherwise: {listed(found, most=5)}.",
            hint="Ask for what was asked then, name another folder, or remove this one "
            f"(`overwrite = {constant(True)}`)."
            + " What a schedule is not given follows from `epochs`: give it the values of then."
            * follows,
        )


def _learned(plan: dict[str, Any]) -> dict[str, Any]:
    """Leave out of a plan what may change while a fit goes on."""
    flow = {name: value for name, value in plan["flow"].items() if name not in _WORKINGS}
    return {**{name: value for name, value in plan.items() if name != "epochs"}, "flow": flow}


def _describe(plan: Plan, model: Any, flows: FitFlows, *, is_hashed: bool = True) -> dict[str, Any]:
    machine = {
        "processors": processor_count(),
        "features": processor_features(),
        "devices": devices_of(plan.strategy),
    }
    given = [None if flow is None else flow.given_hash() for flow in (flows.train, flows.validation)]
    told = {"plan": plan.to_dict(), "layers": layers_as_data(model), "machine": machine, "given": given}
    # Checkpoints have no weights of layers that are computed once.
    return {**told, "frozen": hash_weights(model.non_trainable_weights) if plan.augment_passes and is_hashed else None}


def _table_of(images: pd.DataFrame) -> pd.DataFrame:
    kept = images[[name for name in _IMAGES if name in images.columns]].reset_index(drop=True)
    return with_whole_paths(kept)


def _image_differences(now: pd.DataFrame, then: pd.DataFrame) -> list[str]:
    if len(now) != len(then):
        return [f"`images` has {counted(len(now), 'image')}, not {len(then)}"]
    found = []
    # Images that have moved are the same.
    is_known = all("hash" in table.columns and table["hash"].notna().all() for table in (now, then))
    for name in _IMAGES[is_known:]:
        pairs = zip(_values_of(now, name), _values_of(then, name), strict=True)
        differing = [i for i, (here, before) in enumerate(pairs) if here != before]
        if differing:
            found.append(f"the `{name}` of {counted(len(differing), 'image')}, such as {now['path'][differing[0]]!r}")
    return found


def _values_of(table: pd.DataFrame, name: str) -> list[Any]:
    if name not in table.columns:
        return [None] * len(table)
    return [None if missing else value for value, missing in zip(table[name], table[name].isna(), strict=True)]

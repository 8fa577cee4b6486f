"""What a fit is asked, as data in a folder, so that another process can run it.

A model becomes a file of Keras, a frame a table, a generator its parameters and what it has learned. Each is written
once, however many fits are asked for it. What lives in this process alone, such as a function, is refused by name.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from tidycnn.core.bundle import read_bundle, write_bundle
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, StoreError, UnsafeError, described, in_language, spell_column
from tidycnn.core.frames import as_text
from tidycnn.core.preprocessing import LostFunction, find_function
from tidycnn.core.tables import read_table, write_table
from tidycnn.core.types import is_flow
from tidycnn.fit._kept_images import kept_images, with_index
from tidycnn.fit.classifier import Classifier
from tidycnn.fit.control import FitControl
from tidycnn.fit.folder import open_classifier
from tidycnn.fit.stored import read_model, write_model_for_processes
from tidycnn.flow.generator import ImageDataGenerator
from tidycnn.model.builders import Network
from tidycnn.train.decay import decay_of, remember_decay

_KIND = "$kind"
_HOUSES = ("keras", "tidycnn")
_KERAS = (keras.optimizers.Optimizer, keras.losses.Loss)


class Asked:
    """A folder with what fits are asked: `pack()` gives plain data that names its files, `unpack()` reads them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._packed: dict[int, tuple[Any, dict[str, Any]]] = {}

    def pack(self, value: Any, argument: str) -> Any:
        """Give plain data for a JSON file; `argument` is what messages call the value."""
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, os.PathLike):
            return os.fspath(value)
        if isinstance(value, list | tuple):
            return [self.pack(each, argument) for each in value]
        if isinstance(value, Mapping):
            return {as_text(name): self.pack(each, spell_column(argument, name)) for name, each in value.items()}
        if hasattr(value, "item") and getattr(value, "shape", None) == ():
            return self.pack(value.item(), argument)
        # The value is kept, so that no other one gets its identity.
        known, packed = self._packed.get(id(value), (None, {}))
        if known is None:
            packed = self._pack_object(value, argument)
            self._packed[id(value)] = (value, packed)
        return packed

    def unpack(self, data: Any) -> Any:
        """Give what was packed."""
        if isinstance(data, list):
            return [self.unpack(each) for each in data]
        if not isinstance(data, dict):
            return data
        if _KIND in data:
            return _READERS[data[_KIND]](self.folder, data)
        return {name: self.unpack(each) for name, each in data.items()}

    def _pack_object(self, value: Any, argument: str) -> dict[str, Any]:
        kind = next((name for name, kind in _CLASSES.items() if isinstance(value, kind)), None)
        if kind is None or is_flow(value):
            raise _refusal(argument, described(value))
        name = f"{kind}-{len(self._packed)}"
        return {_KIND: kind, "name": name, **_WRITERS[kind](value, self.folder / name, argument)}


def _refusal(argument: str, what: str) -> InputError:
    return InputError(
        f"`{argument}` cannot be given to another process: it is {what}.",
        hint=f"`{in_language('fit_control(workers=1)', 'fit_control(workers = 1)')}` runs the fits in this process.",
    )


def _write_frame(frame: pd.DataFrame, path: Path, argument: str) -> dict[str, Any]:
    table, index = kept_images(frame, "all")
    return {"columns": write_table(table, path, argument), "rows": len(table), "index": index}


def _read_frame(folder: Path, data: Mapping[str, Any]) -> pd.DataFrame:
    return with_index(read_table(folder / data["name"], data["columns"], data["rows"]), data["index"])


def _write_model(model: Any, path: Path, argument: str) -> dict[str, Any]:
    try:
        write_model_for_processes(model, path.with_suffix(".keras"))
    except UnsafeError as error:
        raise _refusal(argument, f"a model with code of its own. {error.message}") from error
    except StoreError as error:
        raise _refusal(argument, "a model that Keras cannot write") from error
    return {"decay": decay_of(getattr(model, "optimizer", None))}


def _read_model(folder: Path, data: Mapping[str, Any]) -> Any:
    model = read_model((folder / data["name"]).with_suffix(".keras"), safe=True)
    if getattr(model, "optimizer", None) is not None:
        remember_decay(model.optimizer, data["decay"])
    return model


def _write_classifier(classifier: Classifier, path: Path, argument: str) -> dict[str, Any]:
    dataclasses.replace(classifier).save(path)  # The user's own keeps the folder that it knows.
    return {}


def _write_generator(generator: ImageDataGenerator, path: Path, argument: str) -> dict[str, Any]:
    settings = generator.to_dict()
    function = settings["preprocessing_function"]
    if isinstance(find_function(function), LostFunction):
        raise _refusal(argument, f"a generator with the function {function!r}")
    whitening = None if generator.statistics is None else generator.statistics.whitening
    if whitening is not None:
        write_bundle(path, {"whitening": whitening})
    return {"settings": settings, "is_whitening": whitening is not None}


def _read_generator(folder: Path, data: Mapping[str, Any]) -> ImageDataGenerator:
    whitening = read_bundle(folder / data["name"])["whitening"] if data["is_whitening"] else None
    return ImageDataGenerator.from_dict(data["settings"], whitening)


def describe_keras(value: Any) -> dict[str, Any]:
    """Give an object or function of Keras as data; TypeError where it is nothing that Keras knows by name."""
    module = getattr(value if hasattr(value, "__name__") else type(value), "__module__", None) or ""
    if module.partition(".")[0] not in _HOUSES:
        raise TypeError(f"It is {described(value)}.")
    return {"config": keras.saving.serialize_keras_object(value), "decay": decay_of(value)}


def _write_keras(value: Any, path: Path, argument: str) -> dict[str, Any]:
    try:
        return describe_keras(value)
    except TypeError as error:
        raise _refusal(argument, described(value)) from error


def _read_keras(folder: Path, data: Mapping[str, Any]) -> Any:
    value = keras.saving.deserialize_keras_object(data["config"])
    return remember_decay(value, data["decay"]) if data["decay"] else value


def _write_settings(value: Any, path: Path, argument: str) -> dict[str, Any]:
    return {"settings": value.to_dict()}


# A classifier stands before what it may be taken for.
_CLASSES: dict[str, Any] = {
    "frame": pd.DataFrame,
    "classifier": Classifier,
    "generator": ImageDataGenerator,
    "control": FitControl,
    "network": Network,
    "keras": _KERAS,
    "model": keras.Model,
}
_WRITERS: dict[str, Callable[[Any, Path, str], dict[str, Any]]] = {
    "frame": _write_frame,
    "classifier": _write_classifier,
    "generator": _write_generator,
    "control": _write_settings,
    "network": _write_settings,
    "keras": _write_keras,
    "model": _write_model,
}
_READERS: dict[str, Callable[[Path, Mapping[str, Any]], Any]] = {
    "frame": _read_frame,
    "classifier": lambda folder, data: open_classifier(folder / data["name"]),
    "generator": _read_generator,
    "control": lambda folder, data: FitControl.from_dict(data["settings"]),
    "network": lambda folder, data: Network.from_dict(data["settings"]),
    "keras": _read_keras,
    "model": _read_model,
}

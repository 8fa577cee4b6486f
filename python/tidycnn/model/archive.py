"""Looks into a stored Keras model before Keras does: nothing in it may run code, reach elsewhere or fill the memory.

Keras opens an archive of a description (JSON) and weights (HDF5). Concerns kept apart: this module only reads and
refuses; `fit` opens the model, and `allocation` bounds the memory that it takes.
"""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py

from tidycnn.core.errors import StoreError, UnsafeError, constant, counted, listed

_DESCRIPTION = "config.json"
_WEIGHTS = "model.weights.h5"
_MEMBERS = {_DESCRIPTION, "metadata.json", _WEIGHTS}
# What is packed smaller than this many times over is no honest content once it is large.
_EXPANSION_MAX = 100
_LARGE = 2**24
_THRESHOLDS_MAX = 10**6

# Where Keras keeps what a model is made of. Its further functions (such as fetching files) have no business there.
_CLASS_MODULES = (
    "keras.layers",
    "keras.models",
    "keras.initializers",
    "keras.regularizers",
    "keras.constraints",
    "keras.optimizers",
    "keras.losses",
    "keras.metrics",
    "keras.random",
    "keras.quantizers",
    "keras.src.layers",
    "keras.src.models",
    "keras.src.ops",
    "keras.dtype_policies",
    "keras.src.dtype_policies",
    "keras.src.trainers.compile_utils",
)
_FUNCTION_MODULES = (
    "builtins",
    "keras.activations",
    "keras.initializers",
    "keras.losses",
    "keras.metrics",
    "keras.regularizers",
    "keras.ops",
    "keras.src.activations",
    "keras.src.ops",
)
# Layers of Keras's own networks that stand among functions, which may fetch weights.
_CLASSES = {
    ("keras.src.applications.convnext", "LayerScale"),
    ("keras.src.applications.convnext", "StochasticDepth"),
    ("keras.src.applications.inception_resnet_v2", "CustomScaleLayer"),
}
_ROOT_CLASSES = {"Sequential", "Model", "Functional", "DTypePolicy", "FloatDTypePolicy", "QuantizedDTypePolicy"}
_PLAIN = {"__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__slice__"}
# Classes of Keras that run code of the file, load other models, or read the files that it names.
_CARRIERS = {
    "Lambda",
    "TFSMLayer",
    "TorchModuleWrapper",
    "JaxLayer",
    "FlaxLayer",
    "StringLookup",
    "IntegerLookup",
    "IndexLookup",
    "TextVectorization",
}
_OWN = "tidycnn>"


def check_archive(path: Path, *, safe: bool) -> int:
    """Refuse a stored model that is damaged, that reaches outside itself, or (if `safe`) that carries code.

    Returns
    -------
    How many values its weights have.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive)
            broken = archive.testzip()
            if broken is not None:
                raise StoreError(f"{str(path)!r} is damaged: its part {broken!r} does not have the content it had.")
            description = json.loads(archive.read(_DESCRIPTION))
            weights = archive.read(_WEIGHTS)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, zipfile.zlib.error) as error:  # type: ignore[attr-defined]
        raise StoreError(f"{str(path)!r} is damaged: it is no whole archive ({error}).") from error
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{str(path)!r} is damaged: its part {_DESCRIPTION!r} is no JSON ({error}).") from error
    if safe:
        _check_description(description)
    return check_weights(io.BytesIO(weights), f"{str(path)!r} is damaged: its part {_WEIGHTS!r}")


def check_weights(file: Path | io.BytesIO, subject: str) -> int:
    """Refuse weights that are damaged or lead elsewhere, and tell how many values they have."""
    try:
        with h5py.File(file, "r") as opened:
            return _check_weights(opened)
    except OSError as error:
        if isinstance(error, StoreError):
            raise
        raise StoreError(f"{subject} is no whole HDF5 file ({error}).") from error


def _check_members(archive: zipfile.ZipFile) -> None:
    infos = archive.infolist()
    names = [info.filename for info in infos]
    lacking, unknown = _MEMBERS - set(names), set(names) - _MEMBERS
    if unknown or len(names) > len(set(names)):
        strange = sorted(unknown) or sorted({name for name in names if names.count(name) > 1})
        raise UnsafeError(f"The stored model has parts that no model of ours has: {listed(strange)}.")
    if lacking:
        raise StoreError(f"The stored model is damaged: it lacks its part {listed(sorted(lacking))}.")
    for info in infos:
        if info.flag_bits & 1:
            raise StoreError(f"The stored model is damaged: its part {info.filename!r} is encrypted.")
        _check_expansion(info.filename, info.file_size, info.compress_size)


def _check_expansion(name: str, declared: int, stored: int) -> None:
    if declared > _LARGE and declared > _EXPANSION_MAX * stored:
        raise UnsafeError(
            f"The stored model would fill the memory: its part {name!r} declares {counted(declared, 'byte')}, "
            f"but only {stored:,} are stored."
        )


def _check_description(description: Any) -> None:
    """Refuse everything that is not made of Keras's own classes and ours."""
    for node in _nodes(description):
        _check_thresholds(node.get("config"))
    code = dict.fromkeys(_spell(node) for node in _nodes(description) if not _is_known(node))
    if code:
        raise UnsafeError(
            f"The stored model carries code of its own: {', '.join(code)}.",
            hint=f"If you trust where it comes from, open it with `safe = {constant(False)}`; then that code runs.",
        )


def _check_thresholds(config: Any) -> None:
    """Refuse a metric that makes a list of thresholds too long to be meant."""
    n = config.get("num_thresholds") if isinstance(config, dict) else None
    if isinstance(n, int | float) and n > _THRESHOLDS_MAX:
        raise UnsafeError(f"The stored model would fill the memory: one of its metrics asks for {n:,} thresholds.")


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Give every object of a description, however deep it lies."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if "class_name" in value:
                yield value
            waiting.extend(reversed(value.values()))
        elif isinstance(value, list):
            waiting.extend(reversed(value))


def _is_known(node: dict[str, Any]) -> bool:
    name, module, registered = node["class_name"], node.get("module"), node.get("registered_name")
    if not isinstance(name, str) or name in _CARRIERS:
        return False
    if name in _PLAIN:
        return True
    if isinstance(registered, str) and ">" in registered:
        return registered.startswith(_OWN)
    if not isinstance(module, str):
        return False
    if name == "function":
        return _lies_in(module, _FUNCTION_MODULES)
    is_root = module == "keras" and name in _ROOT_CLASSES
    return is_root or (module, name) in _CLASSES or _lies_in(module, _CLASS_MODULES)


def _lies_in(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def _spell(node: dict[str, Any]) -> str:
    config = node.get("config")
    kind = config if node["class_name"] == "function" else node["class_name"]
    name = config.get("name") if isinstance(config, dict) else None
    return f"{kind} ({name!r})" if isinstance(name, str) else str(kind)


def _check_weights(group: Any) -> int:
    """Walk through the weights without following any link that leads elsewhere, and count their values."""
    waiting, seen, declared, stored, values = [group], set(), 0, 0, 0
    while waiting:
        group = waiting.pop()
        for name in group:
            if group.get(name, getlink=True, getclass=True) is not h5py.HardLink:
                raise UnsafeError(f"The weights of the stored model lead to another place, by {name!r}.")
            item = group[name]
            address = h5py.h5o.get_info(item.id).addr
            if address in seen:
                continue
            seen.add(address)
            if isinstance(item, h5py.Group):
                waiting.append(item)
            elif isinstance(item, h5py.Dataset):
                _check_dataset(name, item)
                values += math.prod(item.shape)
                declared += math.prod(item.shape) * item.dtype.itemsize
                stored += item.id.get_storage_size()
            else:
                raise UnsafeError(f"The weights of the stored model have a part that is no weight: {name!r}.")
    _check_expansion(_WEIGHTS, declared, stored)
    return values


def _check_dataset(name: str, dataset: Any) -> None:
    if dataset.external or dataset.is_virtual:
        raise UnsafeError(f"The weights of the stored model lead to another file, by {name!r}.")
    if dataset.dtype.kind not in "fiubV":
        raise UnsafeError(f"The weights of the stored model have a part that is no number: {name!r}.")
    _check_expansion(name, math.prod(dataset.shape) * dataset.dtype.itemsize, dataset.id.get_storage_size())

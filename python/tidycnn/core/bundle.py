"""Plain data with arrays among it, in one file that is believed only as a whole.

The file is NumPy's archive of arrays, which has a checksum for each; how they lie in the data stands in one of them.
Nothing in it is run when it is read.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidycnn.core.errors import InputError, StoreError, described
from tidycnn.core.store import atomic_file

_TREE = "tree"
_ARRAY, _DTYPE = "$array", "$dtype"


def write_bundle(path: Path, data: Mapping[str, Any]) -> None:
    """Write dicts and lists of numbers, texts, None and arrays, whole or not at all."""
    arrays: dict[str, Any] = {}
    tree = json.dumps(_packed(data, arrays)).encode()
    with atomic_file(path) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **(arrays | {_TREE: np.frombuffer(tree, dtype=np.uint8)}))


def read_bundle(path: Path) -> dict[str, Any]:
    """Read what `write_bundle()` wrote; tuples have become lists."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            tree = json.loads(archive[_TREE].tobytes())
            read: dict[str, Any] = _unpacked(tree, {name: archive[name] for name in archive.files})
    except OSError as error:
        raise StoreError(f"{str(path)!r} cannot be read: {error.strerror or error}.") from error
    except (ValueError, KeyError, TypeError, EOFError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
        raise StoreError(f"{str(path)!r} is damaged.") from error
    return read


def _packed(value: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _packed(each, arrays) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_packed(each, arrays) for each in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if not hasattr(value, "__array__"):
        raise InputError(f"{described(value)} cannot be written down: it is neither a number, a text nor an array.")
    name = f"array_{len(arrays)}"
    arrays[name] = np.asarray(value)
    if arrays[name].dtype.kind == "O":
        raise InputError("An array of objects cannot be written down.", hint="Numbers and texts can.")
    # NumPy forgets the names of types that are not its own, such as bfloat16.
    return {_ARRAY: name, _DTYPE: arrays[name].dtype.name}


def _unpacked(tree: Any, arrays: Mapping[str, NDArray[Any]]) -> Any:
    if isinstance(tree, list):
        return [_unpacked(each, arrays) for each in tree]
    if not isinstance(tree, dict):
        return tree
    if _ARRAY in tree:
        array = arrays[tree[_ARRAY]]
        return array if array.dtype.name == tree[_DTYPE] else array.view(np.dtype(tree[_DTYPE]))
    return {name: _unpacked(each, arrays) for name, each in tree.items()}

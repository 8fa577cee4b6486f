"""One thing in a folder: written whole or not at all, and looked at before it is believed.

A folder says in a description (JSON) of what kind and format it is, under which versions it was written, and which
columns its tables have; tables (CSV) and further files lie beside it. What is written and read is the business of those
who know the kind: `write_folder()` and `read_folder()` do for them what all kinds have in common.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from tidycnn.core.errors import (
    InputError,
    StoreError,
    TidycnnError,
    constant,
    described,
    first_line,
    listed,
    warn,
)
from tidycnn.core.store import atomic_folder, is_clutter, put_back
from tidycnn.core.tables import TableError, read_table, write_table
from tidycnn.core.targets import check_folder
from tidycnn.core.types import PathLike

# Who opens a folder of which kind, imported when needed so that lower stages need not know higher ones.
OPENERS = {"classifier": "tidycnn.fit.folder:open_classifier"}

_LIBRARIES = ("tidycnn", "keras", "tensorflow", "tensorflow-cpu", "numpy", "pandas")
# Other versions of these may give other results.
_DECISIVE = ("tidycnn", "keras", "tensorflow", "tensorflow-cpu")


@dataclass(frozen=True)
class FolderKind:
    """What all folders of a kind have in common.

    Parameters
    ----------
    name
        What the description says, and `OPENERS` knows.
    noun
        What messages call the thing: "holds a classifier". Its description is `<noun>.json`, so that kinds with one
        noun, such as a classifier of one model and one of many, are opened by the same function.
    format
        Which format this version writes, and alone reads.
    tables
        The names of the tables, each `<name>.csv`.
    files
        The names of further files and folders; none of them has to be there.
    caution
        What may be where the folder was written under other versions, as a sentence.
    needs_versions
        Whether other versions are refused.
    """

    name: str
    noun: str
    format: int
    tables: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    caution: str = ""
    needs_versions: bool = False

    @property
    def description(self) -> str:
        """The name of the description."""
        return f"{self.noun}.json"

    @property
    def told(self) -> str:
        """The noun with its article, where it has one."""
        return self.noun if self.noun.endswith("s") else f"a {self.noun}"

    @property
    def names(self) -> set[str]:
        """The names of all that may lie in the folder."""
        return {self.description, *(f"{table}.csv" for table in self.tables), *self.files}


@dataclass(frozen=True)
class StoredFolder:
    """A folder that was found to be of a kind that we know: its description, and what lies beside it."""

    path: Path
    kind: FolderKind
    facts: dict[str, Any]

    @contextlib.contextmanager
    def believing(self, name: str | None = None) -> Iterator[None]:
        """Say of what goes wrong inside the block that a file, the description where none is named, is damaged."""
        with telling_damage(self.path / (name or self.kind.description)):
            yield

    def file(self, name: str) -> Path:
        """Give the path of a file that must be there."""
        check_present(self.path / name)
        return self.path / name

    def table(self, name: str) -> pd.DataFrame:
        """Read a table."""
        with self.believing():
            columns, n = (self.facts["tables"][name][part] for part in ("columns", "rows"))
        path = self.file(f"{name}.csv")
        with telling_damage(path):
            return read_table(path, columns, n)


def write_folder(
    folder: PathLike,
    kind: FolderKind,
    facts: Mapping[str, Any],
    *,
    tables: Mapping[str, pd.DataFrame] | None = None,
    files: Mapping[str, Callable[[Path], object]] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a folder whole, or leave what is there; give its path.

    Parameters
    ----------
    folder
        Where: missing, empty or, with `overwrite`, a folder of this kind.
    kind, facts
        What it is, and what its description says, as plain data.
    tables
        Frames by the names that the kind has for them.
    files
        Functions that write the further files, each to the path that it is given, by the names that the kind has.
    overwrite
        Whether to replace one that is there.
    """
    target = Path(folder).expanduser()
    put_back(target)
    check_target(target, kind, overwrite=overwrite)
    with atomic_folder(target) as temporary:
        for name, write in (files or {}).items():
            write(temporary / name)
        shapes = {
            name: {"rows": len(table), "columns": write_table(table, temporary / f"{name}.csv", name)}
            for name, table in (tables or {}).items()
        }
        said = {"kind": kind.name, "format": kind.format, **facts}
        said.setdefault("versions", library_versions())
        # Escapes would make one character of two halves that stand side by side.
        text = json.dumps({**said, "tables": shapes}, indent=2, default=_plain, ensure_ascii=False)
        (temporary / kind.description).write_text(text + "\n", encoding="utf-8", errors="surrogatepass")
        check_target(target, kind, overwrite=overwrite)  # Meanwhile something may have come there.
    return target


def read_folder(folder: Path, kind: FolderKind) -> StoredFolder:
    """Read the description of a folder; there is a warning where it was written under other versions."""
    facts = _read_description(folder, kind.noun)
    if facts["kind"] != kind.name or facts.get("format") != kind.format:
        raise _unknown(folder, facts)
    stored = StoredFolder(folder, kind, facts)
    with stored.believing():
        _tell_versions(facts.get("versions", {}), kind)
    return stored


def open_folder(folder: PathLike, noun: str, **options: Any) -> Any:
    """Open a folder of any kind with this noun by the function that knows the kind, which gets the `options`.

    Where another process replaces the folder meanwhile, it is read again: parts of two may have come together.
    """
    path = Path(folder).expanduser()
    put_back(path)
    if not path.is_dir():
        raise InputError(f"`folder` must be a folder, but there is none at {str(folder)!r}.")
    while True:
        before = path.stat()
        try:
            facts = _read_description(path, noun)
            if facts["kind"] not in OPENERS:
                raise _unknown(path, facts)
            opened = opener(facts["kind"])(path, **options)
        except StoreError:
            if _is_still(path, before):
                raise
        else:
            if _is_still(path, before):
                return opened


def opener(kind: str) -> Callable[..., Any]:
    """Find the function that opens a folder of `kind`."""
    if kind not in OPENERS:
        raise StoreError(f"The folder says that it holds {described(kind)}, but we know {listed(OPENERS)}.")
    module, function = OPENERS[kind].split(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def check_target(folder: PathLike, kind: FolderKind, *, overwrite: bool, argument: str = "folder") -> None:
    """Refuse to write over anything but, if wished, a folder of this kind, and where nothing can be written."""
    target = Path(folder).expanduser()
    names = {name for name in check_folder(target, argument) if not is_clutter(name)}
    if names and not ({kind.description} <= names <= kind.names):
        raise InputError(
            f"`{argument}` must be empty or hold {kind.told} only, but {str(target)!r} holds "
            f"{listed(sorted(names - kind.names or names), most=3)}.",
            hint="Name a new folder.",
        )
    if names and not overwrite:
        raise InputError(
            f"`{argument}` must be new, but {str(target)!r} holds {kind.told}.",
            hint=f"Name a new folder, or replace {'those' if kind.noun.endswith('s') else 'that'} {kind.noun} with "
            + (f"`overwrite = {constant(True)}`." if argument == "folder" else "`--overwrite`."),
        )


def check_present(path: Path) -> None:
    """Refuse what is no file: a pipe would be waited at for ever, a device has no end."""
    if not path.is_file():
        state = "is no file" if path.exists() else "is missing"
        raise StoreError(f"{str(path.parent)!r} is damaged: {path.name!r} {state}.")


@contextlib.contextmanager
def telling_damage(path: Path) -> Iterator[None]:
    """Say of what goes wrong inside the block that the file is damaged."""
    try:
        yield
    except StoreError:
        raise
    except KeyError as error:
        raise StoreError(f"{str(path)!r} is damaged: it lacks {error}.") from error
    except OSError as error:
        raise StoreError(f"{str(path)!r} cannot be read: {error.strerror or error}.") from error
    except TableError as error:
        raise StoreError(f"{str(path)!r} is damaged: it {error}.") from error
    except (TidycnnError, ValueError, TypeError, AttributeError, EOFError, MemoryError, RecursionError) as error:
        raise StoreError(f"{str(path)!r} is damaged: {first_line(error)}") from error


def library_versions() -> dict[str, str]:
    """Tell the versions of what results are made with."""
    found = {}
    for name in _LIBRARIES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def _read_description(folder: Path, noun: str) -> dict[str, Any]:
    path = folder / f"{noun}.json"
    if not path.exists():
        raise StoreError(f"{str(folder)!r} holds no {noun}: {path.name!r} is missing.")
    check_present(path)
    with telling_damage(path):
        facts = json.loads(path.read_text(encoding="utf-8", errors="surrogatepass"))
        if not isinstance(facts, dict) or not isinstance(facts.get("kind"), str):
            raise ValueError("it does not say what it describes")
    return facts


def _unknown(folder: Path, facts: Mapping[str, Any]) -> StoreError:
    return StoreError(
        f"{str(folder)!r} holds {described(facts['kind'])} in format {described(facts.get('format'))}, "
        f"which this version does not know.",
        hint="It was written by a newer version of tidycnn: install that one.",
    )


def _tell_versions(written: Mapping[str, str], kind: FolderKind) -> None:
    here = library_versions()
    # TensorFlow goes by one of two names.
    names = {"tensorflow-cpu": "tensorflow"}
    then, now = (
        {names.get(name, name): version for name, version in versions.items() if name in _DECISIVE}
        for versions in (written, here)
    )
    other = [f"{name} {then[name]} (here {now.get(name, 'missing')})" for name in then if then[name] != now.get(name)]
    if other and kind.needs_versions:
        raise StoreError(
            f"The {kind.noun} was begun under other versions: {', '.join(other)}.",
            hint="Install those, or begin again in a new folder.",
        )
    if other:
        warn(f"The {kind.noun} was written under other versions: {', '.join(other)}. {kind.caution}".rstrip())


def _is_still(path: Path, before: os.stat_result) -> bool:
    """Tell whether no other process has replaced the folder while it was read, so that parts of two came together."""
    return not path.exists() or os.path.samestat(path.stat(), before)


def as_stored(data: Any) -> Any:
    """Give plain data as it comes back from a description."""
    return json.loads(json.dumps(data, default=_plain))


def _plain(value: Any) -> Any:
    """Give a number of NumPy as one of Python, and anything else as text: plans tell, they are not run again."""
    return value.item() if hasattr(value, "item") else str(value)

"""A frame of arguments, read row by row: what each row asks of a fit, what it is called, and where it is kept."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from tidycnn.core.checks import check_choice, check_known
from tidycnn.core.errors import InputError, described, listed, spell_column
from tidycnn.core.frames import as_text
from tidycnn.core.store import hash_bytes
from tidycnn.fit._asked import describe_keras
from tidycnn.fit.run import fit_classifier
from tidycnn.model.builders import BUILDERS, Network

# What is the same for all fits, or what only those who run them can say.
_OWN = ("images", "folder", "overwrite", "control", "progress")
_ODD = re.compile(r"[^A-Za-z0-9.]+")
_SLUG_MAX = 48


def fit_arguments() -> list[str]:
    """Name what a fit can be asked apart from where and how it runs."""
    return [name for name in inspect.signature(fit_classifier).parameters if name not in _OWN]


def check_grid(grid: pd.DataFrame, given: Sequence[str]) -> None:
    """Refuse a frame whose columns are no arguments, or given for all rows too."""
    if grid.empty:
        raise InputError(f"`grid` must have a row for each fit, but it is {described(grid)}.")
    check_known(map(str, grid.columns), "grid", fit_arguments(), noun="arguments of `fit_classifier()`")
    twice = [name for name in grid.columns if name in given]
    if twice:
        raise InputError(
            f"`grid` has the columns {listed(twice)}, which are given for all fits too.", hint="Give one of both."
        )


def rows_of(grid: pd.DataFrame) -> list[dict[str, Any]]:
    """Give the arguments of each row as plain values; what is missing is not asked."""
    columns = {str(name): grid[name].astype(object).tolist() for name in grid.columns}
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    return [{name: _plain(value) for name, value in row.items() if not _is_missing(value)} for row in rows]


def generator_of_row(row: Mapping[str, Any], generator: Any) -> Any:
    """Give the generator of a row: the one of all rows, or the one that is named."""
    if not isinstance(generator, Mapping):
        if "generator" in row:
            raise InputError(
                "`grid` has a column 'generator', but `generator` is one.",
                hint="Give several by their names, which the column then has.",
            )
        return generator
    name = row.get("generator")
    if name is None:
        raise InputError(f"`generator` names {listed(generator)}, and a column 'generator' of `grid` must say which.")
    check_choice(name, spell_column("grid", "generator"), generator)
    return generator[name]


def network_of_row(row: Mapping[str, Any], model: Any, classes: int, seed: int) -> Any:
    """Give the network of a row: the one of all rows, or the one that is named, which may have to be built."""
    if not isinstance(model, Mapping | str) and model is not None:
        if "model" in row:
            raise InputError(
                "`grid` has a column 'model', but `model` is one network.",
                hint="Give several by their names, which the column then has.",
            )
        return model
    known = dict(model) if isinstance(model, Mapping) else {}
    name = row.get("model", model if isinstance(model, str) else None)
    if name is None:
        raise InputError(
            "`model` must be given, or named in a column 'model' of `grid`.",
            hint=f"Names of networks are {listed([*known, *BUILDERS])}.",
        )
    check_choice(name, spell_column("grid", "model") if "model" in row else "model", [*known, *BUILDERS])
    size = row.get("target_size")
    return known[name] if name in known else Network(builder=name, classes=classes, target_size=size, seed=seed)


def name_rows(rows: pd.DataFrame) -> list[str]:
    """Name rows by what tells them apart: texts by themselves, other values with their column."""
    telling = [name for name in rows.columns if rows[name].map(_text).nunique() > 1]
    columns = [[_spelled(str(name), value) for value in rows[name].astype(object)] for name in telling]
    return [", ".join(parts) for parts in zip(*columns, strict=True)] if columns else [""] * len(rows)


def key_of(row: Mapping[str, Any]) -> str:
    """Name the folder of a fit by what it is asked, so that it is found again wherever the row stands."""
    data = {name: _as_data(value, name) for name, value in row.items()}
    content = json.dumps(data, sort_keys=True).encode()
    slug = "-".join(f"{name}-{_ODD.sub('-', _called(value))}" for name, value in row.items())[:_SLUG_MAX]
    return f"{slug.strip('-.')}-{hash_bytes(content)[:12]}"


def _as_data(value: Any, column: str) -> Any:
    """Give a value as data that is the same in every process, as the place of an object in memory is not."""
    try:
        return json.loads(json.dumps(value, default=_data_of))
    except (TypeError, ValueError) as error:
        raise InputError(
            f"`{spell_column('grid', column)}` must have numbers, texts, or objects of Keras, not {described(value)}.",
            hint="By them a fit is found again. Give such a value for all fits, outside of `grid`.",
        ) from error


def _data_of(value: Any) -> Any:
    if hasattr(value, "to_dict"):
        return value.to_dict()
    data = describe_keras(value)
    if isinstance(data["config"].get("config"), dict):
        data["config"]["config"].pop("name", None)  # Keras counts the objects of a process by their names.
    return data


def _called(value: Any) -> str:
    """Call a value by what it is, an object by its class."""
    try:
        json.dumps(value)
    except TypeError:
        return str(getattr(value, "__name__", type(value).__name__))
    return str(value)


def _plain(value: Any) -> Any:
    """Give a value as one of Python; whole numbers are one kind, as R writes them like others."""
    value = value.item() if hasattr(value, "item") and getattr(value, "shape", None) == () else value
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _is_missing(value: Any) -> bool:
    return pd.api.types.is_scalar(value) and bool(pd.isna(value))


def _text(value: Any) -> str:
    return "not given" if _is_missing(value) else as_text(_plain(value))


def _spelled(name: str, value: Any) -> str:
    return _text(value) if isinstance(value, str) else f"{name.lstrip('.')} {_text(value)}"

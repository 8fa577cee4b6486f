"""What public functions take, read from their source and not by importing them, which would load pandas and Keras.

`__init__.pyi` tells in which file a function stands; annotations, defaults and docstrings are those that stand there.
"""

from __future__ import annotations

import ast
import functools
from pathlib import Path
from typing import Any, Final, NamedTuple

import tidycnn

_ROOT = Path(tidycnn.__file__).parent
# What is no default, or none that its text tells.
UNTOLD: Final = ...


class Argument(NamedTuple):
    """An argument: what kinds of values it takes, its default, and what its documentation says."""

    name: str
    kinds: tuple[str, ...]
    default: Any
    help: str


@functools.cache
def read_arguments(function: str) -> dict[str, Argument]:
    """Give the arguments of a public function by their names."""
    path = _places()[function]
    found = _statement(path, function)
    if not isinstance(found, ast.FunctionDef):
        raise LookupError(f"{path} has no function {function}().")
    texts = _documented(ast.get_docstring(found) or "")
    written = found.args
    ordered = [*written.args, *written.kwonlyargs]
    defaults = [*[None] * (len(written.args) - len(written.defaults)), *written.defaults, *written.kw_defaults]
    return {
        each.arg: Argument(each.arg, tuple(_kinds(each.annotation, path)), _value(default, path), texts[each.arg])
        for each, default in zip(ordered, defaults, strict=True)
    }


def _documented(docstring: str) -> dict[str, str]:
    from docstring_parser import DocstringStyle, parse

    parameters = parse(docstring, DocstringStyle.NUMPYDOC).params
    return {name: each.description or "" for each in parameters for name in each.arg_name.split(", ")}


@functools.cache
def _places() -> dict[str, Path]:
    return {
        alias.name: _ROOT.joinpath(*(statement.module or "").split(".")).with_suffix(".py")
        for statement in _tree(_ROOT / "__init__.pyi").body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }


@functools.cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _statement(path: Path, name: str) -> ast.stmt | ast.expr | None:
    """Find what a name is at the top of a file: a function, the value that is given to it, or nothing that we read."""
    for statement in _tree(path).body:
        if isinstance(statement, ast.FunctionDef) and statement.name == name:
            return statement
        if isinstance(statement, ast.AnnAssign) and ast.unparse(statement.target) == name:
            return statement.value
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == name:
            return statement.value
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("tidycnn."):
            for alias in statement.names:
                if name == (alias.asname or alias.name):
                    home = _ROOT.joinpath(*(statement.module or "").split(".")[1:]).with_suffix(".py")
                    return _statement(home, alias.name)
    return None


def _kinds(annotation: ast.expr | None, path: Path) -> list[str]:
    """Give the members of an annotation as texts, our aliases as what they stand for."""
    if isinstance(annotation, ast.BinOp):
        return [*_kinds(annotation.left, path), *_kinds(annotation.right, path)]
    if isinstance(annotation, ast.Name):
        meant = _statement(path, annotation.id)
        if isinstance(meant, ast.BinOp | ast.Subscript):
            return _kinds(meant, path)
    return [] if annotation is None else [ast.unparse(annotation)]


def _value(default: ast.expr | None, path: Path) -> Any:
    if isinstance(default, ast.Name):
        meant = _statement(path, default.id)
        default = meant if isinstance(meant, ast.expr) else None
    try:
        return UNTOLD if default is None else ast.literal_eval(default)
    except ValueError:
        return UNTOLD

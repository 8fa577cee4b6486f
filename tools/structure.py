"""Tell which files and functions are too long, and which files of a package import each other in a circle.

    python tools/structure.py [ROOT]

Documentation counts for the file, not for the function; in R, whose documentation stands in comments, for neither.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILE_MAX = 350
BODY_MAX = 45
# air puts `name <- function(`, the parenthesis that closes its arguments and its last brace at the beginning of a line.
_R_BEGIN = re.compile(r"(\S+) <- function\(")


def main(root: Path) -> int:
    """Print what is wrong under a root, and tell whether anything is."""
    package = next(path.parent for path in sorted((root / "python").glob("*/__init__.py")))
    found = [*long_python(package), *long_r(root / "R"), *circles(package)]
    print("\n".join(found) or f"No file over {FILE_MAX} lines, no body over {BODY_MAX}, no circle.")
    return int(bool(found))


def long_python(package: Path) -> Iterator[str]:
    """Give the Python files and functions that are too long."""
    for path in sorted(package.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(package.parent).as_posix()
        yield from _too_long(name, len(text.splitlines()), FILE_MAX)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from _too_long(f"{name}: {node.name}()", _body_length(node), BODY_MAX)


def long_r(folder: Path) -> Iterator[str]:
    """Give the R files and functions that are too long."""
    for path in sorted(folder.glob("*.R")):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#'")]
        yield from _too_long(f"R/{path.name}", len(lines), FILE_MAX)
        for name, length in _r_bodies(lines):
            yield from _too_long(f"R/{path.name}: {name}()", length, BODY_MAX)


def circles(package: Path) -> Iterator[str]:
    """Give the groups of files in one package that import each other, directly or by others of that package."""
    import grimp

    sys.path.insert(0, str(package.parent))
    graph = grimp.build_graph(package.name, cache_dir=None)
    homes = {module.rpartition(".")[0] for module in graph.modules} - {""}
    for home in sorted(homes):
        files = sorted(module for module in graph.modules if module.rpartition(".")[0] == home)
        reached = {file: _reached(graph, file, set(files)) for file in files}
        groups = {frozenset(other for other in reached[file] if file in reached[other]) for file in files}
        for group in sorted(map(sorted, groups - {frozenset()})):
            yield f"{home}: a circle of {', '.join(module.rpartition('.')[2] for module in group)}"


def _body_length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    before = first.end_lineno if ast.get_docstring(node, clean=False) is not None else first.lineno - 1
    return (node.end_lineno or 0) - (before or 0)


def _r_bodies(lines: list[str]) -> Iterator[tuple[str, int]]:
    """Give the name and the length of every function at the top of an R file whose body stands in braces."""
    for i, line in enumerate(lines):
        if begin := _R_BEGIN.match(line):
            head = next(n for n in range(i, len(lines)) if lines[n].startswith(")")) if line.endswith("(") else i
            if lines[head].endswith("{"):
                end = next(n for n in range(head, len(lines)) if lines[n].startswith("}"))
                yield begin[1], end - head - 1


def _reached(graph: Any, file: str, files: set[str]) -> set[str]:
    """Give the files that a file imports, directly or by others."""
    reached: set[str] = set()
    waiting = [file]
    while waiting:
        new = (graph.find_modules_directly_imported_by(waiting.pop()) & files) - reached
        reached |= new
        waiting += new
    return reached


def _too_long(name: str, length: int, limit: int) -> Iterator[str]:
    if length > limit:
        yield f"{name}: {length} lines, {limit} are allowed"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1])))

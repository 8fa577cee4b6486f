"""Print the constraints that R and reticulate put on Python packages, for `pip install -c`.

pip cannot ask which R and which reticulate are installed. This runs with a bare Python, before any package is there:

    python3 tools/constraints.py >constraints.txt
"""

from __future__ import annotations

import shutil
import subprocess
from typing import NamedTuple

Version = tuple[int, ...]


class Constraint(NamedTuple):
    """A constraint, needed as long as `needs` ("R" or "reticulate") is older than `below`."""

    requirement: str
    needs: str
    below: Version
    reason: str


CONSTRAINTS = (
    Constraint("numpy<2", "reticulate", (1, 41), "it does not load NumPy 2: arrays stay Python objects, silently"),
    Constraint(
        "pandas<3", "reticulate", (1, 41), "it does not know pandas 3: data frames stay Python objects, silently"
    ),
    Constraint("rpy2<3.6", "R", (4, 5), "rpy2 3.6 asks for a function that this R does not have"),
)


def parse_version(text: str) -> Version:
    """Read "1.28.0.9000" or "1.28-1" as numbers."""
    return tuple(int(part) for part in text.strip().replace("-", ".").split("."))


def constraints(versions: dict[str, Version]) -> list[str]:
    """Give the lines of the constraints file for the installed versions; what is not installed asks for nothing."""
    return [
        f"{known.requirement}  # {known.needs} {'.'.join(map(str, versions[known.needs]))}: {known.reason}"
        for known in CONSTRAINTS
        if known.needs in versions and versions[known.needs] < known.below
    ]


def installed_versions() -> dict[str, Version]:
    """Ask R for its version and reticulate's."""
    if shutil.which("Rscript") is None:
        return {}
    question = (
        'cat("R", format(getRversion()), "\\n");'
        'if (nzchar(system.file(package = "reticulate")))'
        '  cat("reticulate", format(packageVersion("reticulate")), "\\n")'
    )
    answer = subprocess.run(["Rscript", "--no-init-file", "-e", question], capture_output=True, text=True, check=True)
    pairs = (line.split() for line in answer.stdout.splitlines())
    return {name: parse_version(version) for name, version in pairs}


if __name__ == "__main__":
    print("# Written by tools/constraints.py for the R that is installed here.")
    print(*constraints(installed_versions()), sep="\n")

#!/usr/bin/env bash
# Style, types and layers. With --steps it is a part of the tests and leaves the verdict to them.
set -uo pipefail
# shellcheck source=tools/steps.sh
. "$(dirname "$0")/steps.sh"

step "ruff: lint" ruff check .
step "ruff: format" ruff format --check .
step "mypy --strict" mypy
step "layers" lint-imports --no-logo
step "structure" python tools/structure.py
step "air: format of R" air format --check R tests/testthat tools examples
finish

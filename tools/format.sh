#!/usr/bin/env bash
# Formats Python by ruff and R by air.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/ruff check --fix .
.venv/bin/ruff format .
.venv/bin/air format R tests/testthat tools examples

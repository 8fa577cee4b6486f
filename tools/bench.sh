#!/usr/bin/env bash
# Runs every benchmark, in Python and in R, one after the other: they measure, so nothing else should run.
set -euo pipefail
cd "$(dirname "$0")/.."
export TIDYCNN_PYTHON="$PWD/.venv/bin/python"
shopt -s nullglob
for script in benchmarks/*.py; do
  printf '\n=== %s\n' "$script"
  .venv/bin/python "$script"
done
for script in benchmarks/*.R; do
  printf '\n=== %s\n' "$script"
  Rscript "$script"
done

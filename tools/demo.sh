#!/usr/bin/env bash
# Trains on drawn blood cells, or on the folder $1, from R, from Python and by the command line.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p demo

printf '\n=== In R: tools/demo.R\n'
Rscript tools/demo.R "$@"
printf '\n=== In Python: tools/demo.py\n'
.venv/bin/python tools/demo.py "$@"
printf '\n=== By the command line: tidycnn evaluate demo/classifier demo/images.csv\n'
.venv/bin/tidycnn evaluate demo/classifier demo/images.csv --metric accuracy --seed 1 --format table
printf '\nResults and plots are in demo/:\n'
ls demo

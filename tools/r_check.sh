#!/usr/bin/env bash
# R CMD check of the built package; with --as-cran as CRAN runs it, tests included. Errors and warnings fail.
set -euo pipefail
cd "$(dirname "$0")/.."
export TIDYCNN_PYTHON="$PWD/.venv/bin/python"
export _R_CHECK_FORCE_SUGGESTS_=false _R_CHECK_CRAN_INCOMING_=false
options="--no-tests"
[ "${1:-}" != --as-cran ] || options="--as-cran"

rm -f tidycnn_*.tar.gz
tools/r_package.sh
# shellcheck disable=SC2086
R CMD check --no-manual --ignore-vignettes $options --output=.make tidycnn_*.tar.gz
rm -f tidycnn_*.tar.gz
status=$(grep '^Status:' .make/tidycnn.Rcheck/00check.log)
case $status in *ERROR* | *WARNING*) exit 1 ;; esac

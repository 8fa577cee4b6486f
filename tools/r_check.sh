#!/usr/bin/env bash
# R CMD check of the built package; with --as-cran as CRAN runs it, tests included. Errors and warnings fail.
set -euo pipefail
cd "$(dirname "$0")/.."
export TIDYCNN_PYTHON="$PWD/.venv/bin/python"
export _R_CHECK_FORCE_SUGGESTS_=false _R_CHECK_CRAN_INCOMING_=false
options="--no-tests"
if [ "${1:-}" = --as-cran ]; then
  options="--as-cran"
  if ! curl -sfI -m 20 https://cran.r-project.org >/dev/null 2>&1; then
    echo "CRAN cannot be reached: empty repositories stand for it, and the clock is not compared." >&2
    # R warns of each repository that it cannot reach.
    empty="$PWD/.make/repository"
    mkdir -p "$empty/src/contrib"
    : >"$empty/src/contrib/PACKAGES"
    printf 'menu_name\tURL\tdefault\tsource\twin.binary\tmac.binary\n' >.make/repositories
    for name in CRAN BioCsoft BioCann BioCexp; do
      printf '%s\t"%s"\tfile://%s\tTRUE\tTRUE\tFALSE\tFALSE\n' "$name" "$name" "$empty" >>.make/repositories
    done
    # Where an installed package does not name its maintainer, CRAN is asked whether it has one.
    mkdir -p "$empty/web/packages"
    Rscript -e 'saveRDS(data.frame(Package = character(), Maintainer = character()), commandArgs(TRUE))' \
      "$empty/web/packages/packages.rds"
    export R_REPOSITORIES="$PWD/.make/repositories" R_CRAN_WEB="file://$empty" _R_CHECK_SYSTEM_CLOCK_=false
  fi
fi

rm -f tidycnn_*.tar.gz
tools/r_package.sh
# shellcheck disable=SC2086
R CMD check --no-manual --ignore-vignettes $options --output=.make tidycnn_*.tar.gz
rm -f tidycnn_*.tar.gz
status=$(grep '^Status:' .make/tidycnn.Rcheck/00check.log)
case $status in *ERROR* | *WARNING*) exit 1 ;; esac

#!/usr/bin/env bash
# Runs every check, names each, and says at the end what failed and how many tests passed.
# With --as-cran it is slower: R's check as CRAN runs it, the demo, and demo and tests on the other Debian as well.
set -uo pipefail
# shellcheck source=tools/steps.sh
. "$(dirname "$0")/steps.sh"

run_pytest() {
  # A file's tests stay together, because they share what it has fitted.
  pytest --numprocesses logical --maxprocesses 4 --dist loadfile --durations 5 -p no:cacheprovider |
    tee .make/pytest.log
}

run_testthat() {
  Rscript tools/testthat.R | tee .make/testthat.log
}

count_of() {  # count_of WORD: how many tests both suites closed with that word
  tail -q -n 1 .make/pytest.log .make/testthat.log | grep -o "[0-9]* $1" | awk '{ n += $1 } END { print n + 0 }'
}

rm -f .make/pytest.log .make/testthat.log
step "lint" tools/lint.sh
step "documentation of R is up to date" tools/docs.sh --check
step "pytest" run_pytest
step "testthat" run_testthat
step "R CMD build and check" tools/r_check.sh "$@"
if [ "${1:-}" = --as-cran ]; then
  step "demo" tools/demo.sh
  step "the other Debian" tools/other_debian.sh
fi

printf '\n'
finish_status=0
(finish) || finish_status=$?
printf '%d passed, %d failed, %d skipped\n' "$(count_of passed)" $(($(count_of failed) + $(count_of error))) "$(count_of skipped)"
exit $finish_status

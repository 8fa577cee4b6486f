#!/usr/bin/env bash
# Copies the R package into the new folder $1, with real files where the repository has a symbolic link,
# and without all that R does not need.
set -euo pipefail
tree=$1
cd "$(dirname "$0")/.."
mkdir -p "$tree/inst/python" "$tree/tests"
cp -r DESCRIPTION NAMESPACE R man "$tree"
for optional in LICENSE NEWS.md README.md .Rbuildignore vignettes; do
  [ ! -e "$optional" ] || cp -r "$optional" "$tree"
done
find inst -mindepth 1 -maxdepth 1 ! -name python -exec cp -r {} "$tree/inst" \;
find inst/python -mindepth 1 -maxdepth 1 ! -name tidycnn -exec cp -r {} "$tree/inst/python" \;
cp -r python/tidycnn "$tree/inst/python"
cp -r tests/testthat tests/testthat.R "$tree/tests"
find "$tree" -name __pycache__ -prune -exec rm -rf {} +

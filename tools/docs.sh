#!/usr/bin/env bash
# Writes man/ and NAMESPACE from the comments in R/. With --check it only says whether they are up to date.
set -euo pipefail
cd "$(dirname "$0")/.."
export TIDYCNN_PYTHON="$PWD/.venv/bin/python"
tree=.make/docs/tidycnn
rm -rf .make/docs
tools/r_tree.sh "$tree"
rm -rf "$tree/man"
Rscript tools/docs.R "$tree" >.make/docs.log 2>&1 || { cat .make/docs.log; exit 1; }
if [ "${1:-}" = --check ]; then
  diff -r "$tree/man" man && diff "$tree/NAMESPACE" NAMESPACE || { echo "Run \`make docs\`."; exit 1; }
else
  grep -v '^Writing\|^Loading\|^. Loading' .make/docs.log || true
  rm -rf man
  cp -r "$tree/man" man
  cp "$tree/NAMESPACE" NAMESPACE
fi
rm -rf .make/docs

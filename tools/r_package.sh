#!/usr/bin/env bash
# Builds tidycnn_<version>.tar.gz here, with real files in place of the symbolic link to the engine.
set -euo pipefail
cd "$(dirname "$0")/.."
rm -rf .make/package
tools/r_tree.sh .make/package/tidycnn
R CMD build --no-build-vignettes .make/package/tidycnn
rm -rf .make/package

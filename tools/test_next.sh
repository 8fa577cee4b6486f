#!/usr/bin/env bash
# Runs the tests of both languages with what pip takes where nothing is pinned (NumPy 2, pandas 3), in .venv-next.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .make
key=$(sha256sum pyproject.toml)
if [ "$(cat .venv-next/made-from 2>/dev/null)" != "$key" ]; then
  echo "Installing the newest Python packages into .venv-next (1 to 2 minutes)."
  "$(readlink -f .venv/bin/python)" -m venv .venv-next
  .venv-next/bin/python -m pip install --quiet --disable-pip-version-check --upgrade --upgrade-strategy eager \
    --editable '.[cpu,test]' 'numpy>=2' 'pandas>=3'
  echo "$key" >.venv-next/made-from
fi
export TIDYCNN_PYTHON="$PWD/.venv-next/bin/python" PATH="$PWD/.venv-next/bin:$PATH"
status=0
pytest -p no:cacheprovider || status=1
Rscript tools/testthat.R || status=1
exit $status

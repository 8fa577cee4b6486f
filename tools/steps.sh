# Sourced by the scripts that run several steps: each is named and timed, all run, and what failed is said at the end.
cd "$(dirname "$0")/.." || exit
export PATH="$PWD/.venv/bin:$PATH"
export TIDYCNN_PYTHON="$PWD/.venv/bin/python"
failed=()

step() {  # step NAME COMMAND...
  local name=$1 started=$SECONDS
  shift
  printf '\n=== %s\n' "$name"
  if "$@"; then
    printf -- '--- %s: ok (%d s)\n' "$name" $((SECONDS - started))
  else
    printf -- '--- %s: FAILED (%d s)\n' "$name" $((SECONDS - started))
    failed+=("$name")
  fi
}

finish() {
  if [ ${#failed[@]} -gt 0 ]; then
    printf 'Failed: '
    printf '%s; ' "${failed[@]}"
    printf '\n'
    exit 1
  fi
}

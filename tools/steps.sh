# Sourced by the scripts that run several steps: each is named and timed, all run, and what failed is said at the end.
# A step that ends with status 77 has said why it is not possible here: it is left out, and has not failed.
cd "$(dirname "$0")/.." || exit
export PATH="$PWD/.venv/bin:$PATH"
export TIDYCNN_PYTHON="$PWD/.venv/bin/python"
failed=() left_out=()

step() {  # step NAME COMMAND...
  local name=$1 started=$SECONDS status=0 verdict=ok
  shift
  printf '\n=== %s\n' "$name"
  "$@" || status=$?
  case $status in
    0) ;;
    77) verdict="left out" left_out+=("$name") ;;
    *) verdict=FAILED failed+=("$name") ;;
  esac
  printf -- '--- %s: %s (%d s)\n' "$name" "$verdict" $((SECONDS - started))
}

finish() {
  if [ ${#left_out[@]} -gt 0 ]; then
    printf 'Left out: '
    printf '%s; ' "${left_out[@]}"
    printf '\n'
  fi
  if [ ${#failed[@]} -gt 0 ]; then
    printf 'Failed: '
    printf '%s; ' "${failed[@]}"
    printf '\n'
    exit 1
  fi
}

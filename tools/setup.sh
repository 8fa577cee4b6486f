#!/usr/bin/env bash
# Sets up all that tidycnn needs: R and Python with their packages, .venv, and tidycnn itself in both languages.
# Run again, it does only what has changed since. On Debian as root it installs what the system lacks; elsewhere it
# says what to install and stops before it changes anything.
set -euo pipefail
cd "$(dirname "$0")/.."

R_PACKAGES="callr cli dplyr generics ggplot2 knitr magrittr markdown png reticulate rlang roxygen2 testthat tibble withr"

say() { printf '%s\n' "$*" >&2; }

find_python() {  # Debian's own comes first: one made by a version manager often has no shared library.
  local name
  for name in "${PYTHON:-}" /usr/bin/python3 python3 python3.13 python3.12 python3.11 python3.10; do
    [ -n "$name" ] && "$name" tools/python_fits.py 2>/dev/null && return
  done
  return 1
}

missing_r_packages() {
  # shellcheck disable=SC2086
  Rscript --no-init-file -e 'for (name in commandArgs(TRUE)) if (!nzchar(system.file(package = name))) cat("", name)' \
    $R_PACKAGES
}

missing_parts() {
  if ! command -v Rscript >/dev/null; then
    echo "R (4.1 or newer) with the packages $R_PACKAGES"
  else
    local packages
    packages=$(missing_r_packages)
    [ -z "$packages" ] || echo "the R packages$packages"
  fi
  find_python >/dev/null || echo "Python (3.10 or newer) with venv and a shared library"
}

debian_packages() {  # The shared library of Debian's Python is a package that bears its version.
  local version package
  version=$(apt-cache depends python3 2>/dev/null | grep -o -m1 'python3\.[0-9]*$' || echo python3.11)
  printf 'r-base-core python3 python3-venv lib%s' "$version"
  for package in $R_PACKAGES; do printf ' r-cran-%s' "$package"; done
}

install_system() {
  if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
    say "tidycnn needs, and this machine lacks:"
    missing_parts | sed 's/^/  - /' >&2
    say "On Debian or Ubuntu, as root:"
    say "  apt-get update && apt-get install -y --no-install-recommends $(debian_packages)"
    say "Elsewhere install R and Python by their own ways, then in R:"
    say "  install.packages(strsplit(\"$R_PACKAGES\", \" \")[[1]])"
    say "Nothing was changed. Run the command again when they are there."
    exit 1
  fi
  say "Installing what the system lacks: $(missing_parts | paste -sd ';')."
  apt-get update -qq
  # shellcheck disable=SC2046
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(debian_packages) >/dev/null
}

digest_of() {  # One digest of the contents and names of files and folders.
  find "$@" -name __pycache__ -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-32
}

is_made_from() { [ "$(cat "$1" 2>/dev/null)" = "$2" ]; }  # The mark lies in what it describes, and goes with it.

set_up_python() {
  local python key mark=.venv/made-from
  python=$(find_python)
  python3_constraints=$("$python" tools/constraints.py)
  key="$python $(printf '%s' "$python3_constraints" | cat - pyproject.toml | sha256sum | cut -c1-32)"
  is_made_from "$mark" "$key" && .venv/bin/python -c '' && return
  say "Installing the Python packages into .venv (1 to 2 minutes)."
  printf '%s\n' "$python3_constraints" >.make/constraints.txt
  "$python" -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint .make/constraints.txt \
    --editable '.[cpu,test]'
  echo "$key" >"$mark"
}

r_library() {  # The first library of R that may be written, else the user's own, which R looks into when it exists.
  Rscript --no-init-file -e '
    library <- Find(function(folder) file.access(folder, 2) == 0, .libPaths())
    if (is.null(library)) library <- path.expand(strsplit(Sys.getenv("R_LIBS_USER"), .Platform$path.sep)[[1]][[1]])
    dir.create(library, showWarnings = FALSE, recursive = TRUE)
    cat(library)'
}

set_up_r() {
  local library key
  library=$(r_library)
  key=$(digest_of DESCRIPTION NAMESPACE R man inst python/tidycnn tools/r_tree.sh)
  is_made_from "$library/tidycnn/made-from" "$key" && return
  say "Installing the R package into $library."
  rm -rf .make/tidycnn
  tools/r_tree.sh .make/tidycnn
  R CMD INSTALL --no-multiarch --library="$library" .make/tidycnn >.make/r-install.log 2>&1 ||
    { cat .make/r-install.log >&2; exit 1; }
  rm -rf .make/tidycnn
  echo "$key" >"$library/tidycnn/made-from"
}

[ -z "$(missing_parts)" ] || install_system
mkdir -p .make
exec 9>.make/lock
if command -v flock >/dev/null; then flock 9; fi
set_up_python
set_up_r

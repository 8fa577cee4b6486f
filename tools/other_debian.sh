#!/usr/bin/env bash
# Runs a command on the other stack: in a Debian 13, or in a Debian 12 where this is Debian 13, made in a folder.
#
#   tools/other_debian.sh [COMMAND...]      `make demo test` where no command is given
#
# As root on Debian. The folder is kept for the next time: TIDYCNN_DEBIAN names it, else it is in the user's cache. The
# files of this checkout are copied into it each time, to /srv/tidycnn. Where it is not possible, the script says why
# and ends with status 77.
set -euo pipefail
cd "$(dirname "$0")/.."

leave_out() {
  printf '%s is left out: %s.\n' "$name" "$1" >&2
  exit 77
}

choose_suite() {
  suite=trixie name="Debian 13"
  if [ "$(. /etc/os-release 2>/dev/null && echo "${VERSION_CODENAME:-}")" = trixie ]; then
    suite=bookworm name="Debian 12"
  fi
}

check_machine() {
  command -v apt-get >/dev/null || leave_out "it is made by Debian's tools, and this is no Debian"
  [ "$(id -u)" -eq 0 ] || leave_out "making one in a folder needs root"
  unshare --mount --pid --fork true 2>/dev/null || leave_out "mounts are not permitted here"
}

# shellcheck disable=SC2016
find_mirror() {  # The repository of Debian that apt asks here.
  apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' 'Created-By: Packages' |
    awk '$1 == "Debian" && $2 == "Debian" && $3 ~ /^https?:/ { print $3; exit }'
}

make_debian() {
  local mirror new=$root.new
  [ ! -e "$root" ] || rmdir "$root" 2>/dev/null ||
    leave_out "in its folder, $root, is something else (TIDYCNN_DEBIAN may name another)"
  echo "Making $name in $root (1 minute; it is kept)."
  apt-get update -qq || true
  mirror=$(find_mirror)
  [ -n "$mirror" ] || leave_out "apt knows no mirror of Debian here"
  command -v debootstrap >/dev/null ||
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap >/dev/null ||
    leave_out "debootstrap is not here and cannot be installed"
  rm -rf "$new"
  mkdir -p "$new"
  if ! (
    eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
    export http_proxy https_proxy
    exec unshare --mount debootstrap --variant=minbase --force-check-gpg --include=ca-certificates,make \
      "$suite" "$new" "$mirror" >.make/debootstrap.log 2>&1
  ); then
    rm -rf "$new"
    leave_out "debootstrap failed: $(tail -n 1 .make/debootstrap.log)"
  fi
  mv "$new" "$root"
}

pip_settings() {  # How pip reaches packages here; the first value of a setting counts. Folders of this machine do not.
  echo "[global]"
  .venv/bin/python -m pip config list |
    sed -nE "s/^[^.]*\.(index-url|extra-index-url|trusted-host|proxy|cert|timeout|default-timeout)='(.*)'$/\1 = \2/p" |
    sed -E 's/ file:[^ ]*//g; s/^default-timeout/timeout/; / = ?$/d' | awk '!given[$1]++'
}

connect() {  # The network may be another than last time.
  local file
  apt-config dump Acquire | grep -E '^Acquire::(https?|Check-[A-Za-z-]+|Retries)' | grep -vi 'auto-\?detect' \
    >"$root/etc/apt/apt.conf.d/00acquire" || true
  pip_settings >"$root/etc/pip.conf"
  for file in /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt \
    "$(sed -n 's/^cert = //p' "$root/etc/pip.conf")"; do
    [ ! -f "$file" ] || install -D -m 644 "$file" "$root$file"
  done
}

copy_checkout() {  # What was set up there stays.
  local there=$root/srv/tidycnn
  mkdir -p "$there"
  find "$there" -mindepth 1 -maxdepth 1 ! -name .venv ! -name .make -exec rm -rf {} +
  tar -cf - --exclude=./.git --exclude=./.venv --exclude=./.make --exclude=./demo --exclude=__pycache__ . |
    tar -xf - -C "$there" --no-same-owner
}

# All mounts and processes are in namespaces of their own, and end with the command: the folder can always be deleted.
# shellcheck disable=SC2016
inside() {
  local passed=() variable
  for variable in http_proxy https_proxy no_proxy TERM CI; do
    [ -z "${!variable:-}" ] || passed+=("$variable=${!variable}")
  done
  unshare --mount --pid --fork --kill-child bash -euc '
    root=$1
    shift
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    status=0
    chroot "$root" "$@" || status=$?
    exit $status
  ' _ "$root" env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    "${passed[@]}" bash -c 'cd /srv/tidycnn && exec "$@"' _ "$@"
}

choose_suite
check_machine
[ -x .venv/bin/python ] || tools/setup.sh
root=${TIDYCNN_DEBIAN:-${XDG_CACHE_HOME:-$HOME/.cache}/tidycnn-debian/$suite}
mkdir -p .make "$(dirname "$root")"
exec 8>"$root.lock"
flock 8
[ -x "$root/usr/bin/make" ] || make_debian
connect
copy_checkout
if ! inside make setup; then
  inside apt-get -o APT::Update::Error-Mode=any update -qq 2>/dev/null || leave_out "what it lacks cannot be had without its mirror"
  exit 1
fi
[ $# -gt 0 ] || set -- make demo test
inside "$@"

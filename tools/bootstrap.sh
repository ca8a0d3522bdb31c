#!/usr/bin/env bash
# Makes .venv complete: the locked packages of requirements/dev.txt and this repository's own
# packages. Needs Python 3.11 or later; pip and the venv package may be missing, root is not needed.
# An index configured for pip (pip.conf, PIP_*, UV_*) is used; none is named here.
set -euo pipefail
cd "$(dirname "$0")/.."
locked=requirements/dev.txt
installer=requirements/installer.txt
stamp=.venv/.complete

say() { printf '\033[36m%s\033[0m\n' "setup: $*" >&2; }
fail() { printf '\033[31m%s\033[0m\n' "setup: $*" >&2; exit 1; }

# A download that fails is tried again: an index or a mirror may be away for a moment.
persistent() {
  local left
  for left in 2 1 0; do
    "$@" && return
    ((left)) || return 1
    say "that failed; trying again in 5 seconds"
    sleep 5
  done
}

find_python() {
  local candidate
  for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  local asked=${PYTHON:-python3}
  fail "Python 3.11 or later is needed, and $asked is" \
    "$("$asked" --version 2>/dev/null || echo "not there")." \
    "Debian 12, Ubuntu 24.04 and later have it as python3; elsewhere install one beside the" \
    "system's own and say: PYTHON=/path/to/python3.11 make setup"
}

# What the environment was made from: when it changes, packages are installed anew.
fingerprint() { sha256sum "$locked" "$installer" tools/bootstrap.sh | sha256sum | cut -d' ' -f1; }

# A pip to start from: ours of last time, else the interpreter's own, else the wheel it bundles,
# else the distribution's, downloaded and unpacked without root. Left in the array `pip`.
find_pip() {
  local python=$1 wheel
  if [ -e .venv/.installer/lock ]; then
    pip=(env "PYTHONPATH=.venv/.installer" .venv/bin/python -m pip)
    return
  fi
  if "$python" -m pip --version >/dev/null 2>&1; then
    pip=("$python" -m pip)
    return
  fi
  wheel=$(bundled_wheel "$python")
  if [ -z "$wheel" ]; then
    say "no pip here: unpacking the distribution's python3-pip-whl"
    unpack_pip_wheel
    wheel=$(find "$scratch/unpacked" -name 'pip-*.whl' | sort | tail -1)
  fi
  [ -n "$wheel" ] || fail "no pip found; install the package python3-pip or python3-venv"
  pip=("$python" "$wheel/pip")
}

bundled_wheel() {
  "$1" - <<'PYTHON'
import pathlib, sysconfig
places = [pathlib.Path(sysconfig.get_path("stdlib"), "ensurepip", "_bundled"),
          pathlib.Path("/usr/share/python-wheels")]
wheels = [str(wheel) for place in places for wheel in place.glob("pip-*.whl")]
print(wheels[-1] if wheels else "")
PYTHON
}

unpack_pip_wheel() {
  command -v apt-get >/dev/null && command -v dpkg >/dev/null \
    || fail "this Python has no pip and the system has no apt-get: install pip first"
  mkdir -p "$scratch"/{unpacked,state/lists/partial,cache/archives/partial}
  local retries=(-o "Acquire::Retries=5")
  local private=("${retries[@]}" -o "APT::Sandbox::User=root" -o "Dir::State=$scratch/state"
    -o "Dir::State::status=/var/lib/dpkg/status" -o "Dir::Cache=$scratch/cache")
  (
    cd "$scratch"
    apt-get "${retries[@]}" -o "APT::Sandbox::User=root" -qq download python3-pip-whl 2>/dev/null || {
      apt-get "${private[@]}" -qq update && apt-get "${private[@]}" -qq download python3-pip-whl
    }
    dpkg -x python3-pip-whl_*.deb unpacked
  ) || fail "python3-pip-whl could not be downloaded; is the network reachable?"
}

usable() { .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

install_packages() {
  local python uv=.venv/.installer/bin/uv
  python=$(find_python)
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  if ! usable; then
    say "creating .venv with $("$python" --version)"
    # --without-pip: needs no ensurepip, and uv is quicker anyway.
    "$python" -m venv --without-pip --clear .venv
  fi
  if ! cmp -s "$installer" .venv/.installer/lock; then
    say "installing uv"
    rm -rf .venv/.installer
    find_pip "$python"
    persistent "${pip[@]}" install --quiet --no-warn-script-location --root-user-action=ignore \
      --timeout 60 --require-hashes --upgrade --target .venv/.installer -r "$installer" \
      || fail "uv could not be installed; is the package index reachable?"
    cp "$installer" .venv/.installer/lock
  fi
  find_pip "$python"
  eval "$("${pip[@]}" config list | "$python" tools/index_settings.py)"
  say "installing the locked packages of $locked"
  local quiet=--quiet  # a terminal gets progress bars, a log only the lines above
  [ ! -t 2 ] || quiet=
  export UV_HTTP_RETRIES=${UV_HTTP_RETRIES:-5} UV_HTTP_TIMEOUT=${UV_HTTP_TIMEOUT:-120}
  persistent "$uv" pip sync $quiet --require-hashes --python .venv/bin/python "$locked" \
    || fail "the locked packages could not be installed; the lines above say why"
}

mkdir -p .millage
exec 9> .millage/setup.lock
! command -v flock >/dev/null || flock 9
complete=$(fingerprint)
if [ "$(cat "$stamp" 2>/dev/null)" != "$complete" ] || ! usable; then
  install_packages
  echo "$complete" > "$stamp"
fi
.venv/bin/python tools/link_packages.py

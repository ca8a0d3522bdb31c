#!/usr/bin/env bash
# Fill a folder with the wheels of requirements/runtime.txt, each checked against its hash, and
# print its path. It is named by the hash of the requirements, so an unchanged file costs nothing.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

requirements="$root/requirements/runtime.txt"
machine=$(uname -m)
key=$({ cat "$requirements"; echo "$machine"; } | sha256sum | cut -c1-16)
cache="${MILLAGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/millage}/wheelhouse"
wheelhouse="$cache/$key"

if [[ ! -d $wheelhouse ]]; then
  python=python3
  [[ -x $root/.venv/bin/python ]] && python="$root/.venv/bin/python"
  mkdir -p "$cache"
  partial=$(mktemp -d "$cache/.partial.XXXXXX")
  trap 'rm -rf "$partial"' EXIT
  platforms=()
  for level in manylinux_2_36 manylinux_2_28 manylinux_2_17 manylinux2014 manylinux_2_5 manylinux1; do
    platforms+=(--platform "${level}_$machine")
  done
  # The images' Python and C library are named, as the host's may be others. The environment has no
  # pip of its own: the one that made it lies beside it.
  PYTHONPATH="$root/.venv/.installer" "$python" -m pip download --quiet --retries 8 --timeout 60 --no-deps --require-hashes --only-binary :all: \
    --implementation cp --python-version 3.11 --abi cp311 --abi abi3 --abi none "${platforms[@]}" \
    --dest "$partial" --requirement "$requirements" 2>"$partial/pip.log" || {
    tail -n 15 "$partial/pip.log" >&2
    exit 1
  }
  rm "$partial/pip.log"
  chmod 755 "$partial"
  # Somebody else may have been faster; either is as good.
  mv -T "$partial" "$wheelhouse" 2>/dev/null || [[ -d $wheelhouse ]]
fi
printf '%s\n' "$wheelhouse"

#!/usr/bin/env bash
# Build PostgreSQL, RabbitMQ, Python and Prometheus images from distribution packages, for sites
# without a registry: millage/postgres:local, millage/rabbitmq:local and so on.
#
#   tools/images/build.sh [--force] [postgres] [rabbitmq] [python] [prometheus]     (default: all)
#
# An image built from the same files is left alone; --force builds anew. The base file system is kept under
# ${MILLAGE_CACHE:-${XDG_CACHE_HOME:-~/.cache}/millage}/images, so only the first run makes it.
# Exit codes: 0 the images are there; 2 wrong use; 3 no engine, no tool or not root; 4 a build failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

readonly SUITE=bookworm # the one whose Python is 3.11
readonly CACHE="${MILLAGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/millage}/images"
readonly BASE_IMAGE=millage/base:local
readonly BASE_TARBALL="$CACHE/base-$SUITE-$HOSTTYPE.tar"
# The classic builder is what the distribution's engine has; nothing here needs another.
export DOCKER_BUILDKIT=0

say() { printf 'images: %s\n' "$*"; }

fail() {
  local code=$1
  shift
  printf 'images: %s\n' "$*" >&2
  exit "$code"
}

# A time in seconds with one decimal, so that short steps do not print as 0.
now() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f s", b - a }'; }

present() { docker image inspect "$1" >/dev/null 2>&1; }

# An image is up to date while the files it was built from are unchanged.
recipe() { cat "$1"/* install-packages.sh | sha256sum | cut -c1-16; }
built_from() {
  docker image inspect --format '{{index .Config.Labels "org.millage.recipe"}}' "$1" 2>/dev/null
}
size() { docker image inspect --format '{{.Size}}' "$1" | awk '{ printf "%.0f MB", $1 / 1e6 }'; }

need_bootstrap() {
  command -v mmdebstrap >/dev/null && return
  ((EUID == 0)) || fail 3 "mmdebstrap is missing, and installing it needs root"
  say "installing mmdebstrap"
  apt-get -o Acquire::Retries=5 update -qq >/dev/null 2>&1 || true
  DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=5 install -y -qq --no-install-recommends \
    mmdebstrap debian-archive-keyring >/dev/null 2>&1 || fail 3 "mmdebstrap cannot be installed"
}

# The package lists stay in, so that no image needs an update of its own; manuals do not.
# shellcheck disable=SC2016  # the hook's $1 is the new root, filled in by mmdebstrap
bootstrap() {
  need_bootstrap
  local began
  began=$(now)
  mkdir -p "$CACHE"
  mmdebstrap --quiet --aptopt='Acquire::Retries "5"' --format=tar --variant=minbase --skip=cleanup/apt/lists \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt=force-unsafe-io \
    --customize-hook='upload install-packages.sh /usr/local/bin/install-packages' \
    --customize-hook='chmod 0755 "$1/usr/local/bin/install-packages"' \
    "$SUITE" "$BASE_TARBALL.part" || fail 4 "the base file system could not be made"
  mv "$BASE_TARBALL.part" "$BASE_TARBALL"
  say "base file system made in $(since "$began"), kept at $BASE_TARBALL"
}

need_base() {
  ((force == 0)) && present "$BASE_IMAGE" && return
  if ((force == 1)) || [[ ! -f $BASE_TARBALL ]]; then bootstrap; fi
  local began
  began=$(now)
  docker import "$BASE_TARBALL" "$BASE_IMAGE" >/dev/null
  say "$BASE_IMAGE imported in $(since "$began"), $(size "$BASE_IMAGE")"
}

build_one() {
  local name=$1 tag="millage/$1:local" began
  began=$(now)
  docker build --quiet --build-arg "BASE_IMAGE=$BASE_IMAGE" --tag "$tag" \
    --label "org.millage.recipe=$(recipe "$name")" "$name" \
    >"$logs/$name" 2>&1 || return 1
  say "$tag built in $(since "$began"), $(size "$tag")"
}

force=0
wanted=()
for word in "$@"; do
  case "$word" in
    --force) force=1 ;;
    postgres | rabbitmq | python | prometheus) wanted+=("$word") ;;
    *) fail 2 "usage: tools/images/build.sh [--force] [postgres] [rabbitmq] [python] [prometheus]" ;;
  esac
done
((${#wanted[@]})) || wanted=(postgres rabbitmq python prometheus)

timeout 30 docker version >/dev/null 2>&1 || fail 3 "no Docker engine answers; see tools/docker_engine.sh"
whole=$(now)
missing=()
for name in "${wanted[@]}"; do
  if ((force == 0)) && [[ $(built_from "millage/$name:local") == "$(recipe "$name")" ]]; then
    say "millage/$name:local is there, $(size "millage/$name:local")"
  else
    missing+=("$name")
  fi
done

if ((${#missing[@]})); then
  need_base
  logs=$(mktemp -d)
  trap 'rm -rf "$logs"' EXIT
  # Side by side: each waits for downloads much of the time.
  declare -A pids=()
  for name in "${missing[@]}"; do
    build_one "$name" &
    pids[$name]=$!
  done
  failed=()
  for name in "${missing[@]}"; do
    wait "${pids[$name]}" || failed+=("$name")
  done
  for name in ${failed[@]+"${failed[@]}"}; do
    say "millage/$name:local failed: $(tail -n 15 "$logs/$name")" >&2
  done
  ((${#failed[@]} == 0)) || exit 4
fi
say "done in $(since "$whole")"

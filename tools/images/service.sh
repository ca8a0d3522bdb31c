#!/usr/bin/env bash
# Build the image of one or more services: millage/<name>:local.
#
#   tools/images/service.sh NAME...        or --all for the seven
#
# MILLAGE_BASE_IMAGE names the Python to stand on. Without it: python:3.11-slim-bookworm if the
# engine has it or can fetch it, else millage/python:local from the distribution's packages.
# MILLAGE_IMAGE_TAG replaces `local`.
# Exit codes: 0 built; 2 wrong use; 3 no engine; 4 a build failed.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"

readonly OFFICIAL=python:3.11-slim-bookworm
readonly LOCAL=millage/python:local
readonly TAG="${MILLAGE_IMAGE_TAG:-local}"
export DOCKER_BUILDKIT=0 # the distribution's engine has the classic builder only

say() { printf 'images: %s\n' "$*"; }

fail() {
  local code=$1
  shift
  printf 'images: %s\n' "$*" >&2
  exit "$code"
}

now() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f s", b - a }'; }
present() { docker image inspect "$1" >/dev/null 2>&1; }

choose_base() {
  if [[ -n ${MILLAGE_BASE_IMAGE:-} ]]; then
    base=$MILLAGE_BASE_IMAGE
  elif present "$OFFICIAL"; then
    base=$OFFICIAL
  elif present "$LOCAL"; then
    base=$LOCAL
  elif timeout 120 docker pull --quiet "$OFFICIAL" >/dev/null 2>&1; then
    base=$OFFICIAL
  else
    say "$OFFICIAL cannot be fetched; using the distribution's Python"
    tools/images/build.sh python
    base=$LOCAL
  fi
  say "service images stand on $base"
}

# Only what an image needs, so that neither tests nor secrets lying about reach the engine.
stage() {
  local name=$1
  install -d "$context/$name/libs" "$context/$name/services"
  tar -c --exclude=__pycache__ --exclude=tests --exclude='*.egg-info' --exclude='.*' \
    requirements/runtime.txt libs/taxkit/src libs/reportkit/src libs/contracts/src jurisdictions "services/$name" |
    tar -x -C "$context/$name"
  cp -a --reflink=auto "$wheelhouse" "$context/$name/wheelhouse"
}

build_one() {
  local name=$1 began
  began=$(now)
  stage "$name"
  docker build --quiet --build-arg "BASE_IMAGE=$base" --tag "millage/$name:$TAG" \
    --label "org.opencontainers.image.title=millage $name" \
    --label "org.opencontainers.image.revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
    --file "$context/$name/services/$name/Dockerfile" "$context/$name" >"$context/$name.log" 2>&1 || {
    tail -n 25 "$context/$name.log" >&2
    fail 4 "millage/$name:$TAG failed after $(since "$began")"
  }
  rm -rf "${context:?}/$name"
  say "millage/$name:$TAG built in $(since "$began"), $(docker image inspect \
    --format '{{.Size}}' "millage/$name:$TAG" | awk '{ printf "%.0f MB", $1 / 1e6 }')"
}

known=()
for folder in services/*/Dockerfile; do known+=("$(basename "$(dirname "$folder")")"); done
[[ ${1:-} == --all ]] && set -- "${known[@]}"
(($#)) || fail 2 "usage: tools/images/service.sh NAME... | --all   (${known[*]})"
for name in "$@"; do
  [[ -f services/$name/Dockerfile ]] || fail 2 "no service is named $name; there are ${known[*]}"
done
timeout 10 docker version >/dev/null 2>&1 || fail 3 "no Docker engine answers; see tools/docker_engine.sh"

began=$(now)
wheelhouse=$(tools/images/wheelhouse.sh)
say "wheelhouse ready in $(since "$began"): $(find "$wheelhouse" -name '*.whl' | wc -l) wheels, $(du -sh "$wheelhouse" | cut -f1)"
choose_base
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
for name in "$@"; do build_one "$name"; done

#!/usr/bin/env bash
# Generates the Python stubs of proto/ into libs/contracts, or proves them current with --check.
set -euo pipefail
cd "$(dirname "$0")/.."
out=libs/contracts/src
target=$out
[ "${1:-}" = "--check" ] && target=$(mktemp -d) && trap 'rm -rf "$target"' EXIT
mkdir -p "$target"
[ "$target" = "$out" ] && find "$out/millage" -name '*_pb2*' -delete
mapfile -t files < <(cd proto && find millage -name '*.proto' | sort)
PATH="$PWD/.venv/bin:$PATH" .venv/bin/python -m grpc_tools.protoc -Iproto --python_out="$target" --grpc_python_out="$target" \
  --mypy_out="$target" --mypy_grpc_out="$target" "${files[@]}" 2> >(grep -v '^Writing' >&2)
if [ "$target" != "$out" ]; then
  diff -rq -x '*.toml' -x py.typed -x __pycache__ -x '*.egg-info' "$target" "$out" || {
    echo "libs/contracts is not what proto/ generates: run 'make generate' and commit the result." >&2; exit 1; }
fi

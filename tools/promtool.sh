#!/usr/bin/env bash
# promtool, wherever it is: runs it with the arguments given.
#
# Order: $PROMTOOL, the PATH, the cache, and last the distribution's prometheus package, unpacked
# into the cache without root. Package lists of its own are fetched when the machine has none.
set -euo pipefail

cache="${MILLAGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/millage}"
home="$cache/prometheus"

fetch() {
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || {
        echo "promtool.sh: no promtool here and no apt to fetch it with; install prometheus or set PROMTOOL" >&2
        exit 1
    }
    mkdir -p "$cache"
    work=$(mktemp -d "$cache/prometheus.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    options=(-o "Acquire::Retries=5")
    if ! apt-cache show prometheus >/dev/null 2>&1; then
        mkdir -p "$work/lists/partial" "$work/archives/partial"
        options+=(-o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work" -o "Dir::Cache::archives=$work/archives")
        apt-get "${options[@]}" update -qq >&2
    fi
    echo "promtool.sh: unpacking the distribution's prometheus package into $home" >&2
    (cd "$work" && apt-get "${options[@]}" download -q prometheus >/dev/null)
    dpkg-deb -x "$work"/prometheus_*.deb "$work/root"
    # Two runs may meet here: the first to move wins, the other uses what it finds.
    mv -T "$work/root" "$home" 2>/dev/null || [ -x "$home/usr/bin/promtool" ]
    rm -rf "$work"
    trap - EXIT
}

if [ -n "${PROMTOOL:-}" ]; then
    tool=$PROMTOOL
elif command -v promtool >/dev/null; then
    tool=promtool
else
    tool="$home/usr/bin/promtool"
    [ -x "$tool" ] || fetch
fi
exec "$tool" "$@"

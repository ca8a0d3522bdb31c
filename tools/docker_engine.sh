#!/usr/bin/env bash
# Provide a Docker engine: use the one that answers, else install the distribution's and start it.
#
#   tools/docker_engine.sh start   (default) leave an engine answering, or say why there is none
#   tools/docker_engine.sh stop    end the engine this script started, and no other
#   tools/docker_engine.sh status  say which engine answers
#
# Exit codes: 0 an engine answers (start, status) or none of ours is left (stop);
#             2 wrong use; 3 not root; 4 no packages; 5 the engine did not come up; 1 status: none.
# MILLAGE_DOCKER_DIR holds the data, log and pid file; DOCKER_HOST may name another unix socket.
set -euo pipefail

readonly STATE_DIR="${MILLAGE_DOCKER_DIR:-/var/lib/millage-docker}"
readonly SOCKET="${DOCKER_HOST:-unix:///var/run/docker.sock}"
readonly PID_FILE="$STATE_DIR/dockerd.pid"
readonly LOG_FILE="$STATE_DIR/dockerd.log"
readonly START_SECONDS="${MILLAGE_DOCKER_START_SECONDS:-180}"

say() { printf 'docker engine: %s\n' "$*"; }

fail() {
  local code=$1
  shift
  printf 'docker engine: %s\n' "$*" >&2
  exit "$code"
}

answers() { command -v docker >/dev/null && timeout 30 docker version --format ok >/dev/null 2>&1; }

describe() {
  docker version --format 'engine {{.Server.Version}}, client {{.Client.Version}}' 2>/dev/null
}

# Ours only if the pid still belongs to a dockerd: the number may have been given to another.
our_pid() {
  local pid
  pid=$(cat "$PID_FILE" 2>/dev/null) || return 1
  [[ $(cat "/proc/$pid/comm" 2>/dev/null) == dockerd ]] || return 1
  printf '%s\n' "$pid"
}

install_engine() {
  command -v apt-get >/dev/null ||
    fail 4 "no engine answers at $SOCKET, and only Debian and Ubuntu packages are known here"
  local began=$SECONDS
  say "installing docker.io and docker-compose from the distribution"
  apt-get -o Acquire::Retries=5 update -qq >/dev/null 2>&1 || say "apt-get update had warnings; going on with the lists at hand"
  # iptables comes along for the bridge network, as recommended packages are left out.
  DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=5 install -y -qq --no-install-recommends \
    docker.io docker-compose iptables ca-certificates >"$STATE_DIR/apt.log" 2>&1 ||
    fail 4 "the packages cannot be installed; the end of $STATE_DIR/apt.log: $(tail -n 3 "$STATE_DIR/apt.log")"
  say "installed in $((SECONDS - began)) s"
}

wait_until_answers() {
  local deadline=$((SECONDS + START_SECONDS))
  until answers; do
    our_pid >/dev/null ||
      fail 5 "dockerd ended at once; the end of $LOG_FILE: $(tail -n 5 "$LOG_FILE")"
    ((SECONDS < deadline)) ||
      fail 5 "dockerd did not answer within $START_SECONDS s; see $LOG_FILE"
    sleep 0.3
  done
}

start_engine() {
  if answers; then
    say "already answering at $SOCKET ($(describe)); nothing to do"
    return
  fi
  [[ $SOCKET == unix://* ]] || fail 5 "nothing answers at $SOCKET, and only a unix socket can be served"
  ((EUID == 0)) || fail 3 "none answers at $SOCKET, and installing or starting one needs root"
  install -d -m 0711 "$STATE_DIR"
  if ! command -v dockerd >/dev/null || ! command -v docker >/dev/null; then install_engine; fi
  if answers; then
    say "the distribution's service is answering ($(describe))"
    return
  fi
  : >"$LOG_FILE"
  # setsid: the engine outlives the shell, and a Ctrl-C meant for a test run does not reach it.
  setsid dockerd --host "$SOCKET" --data-root "$STATE_DIR/data" --exec-root /run/millage-docker \
    --pidfile "$STATE_DIR/engine.pid" >>"$LOG_FILE" 2>&1 </dev/null &
  printf '%s\n' "$!" >"$PID_FILE"
  wait_until_answers
  say "started ($(describe)), pid $(our_pid), log $LOG_FILE"
}

stop_engine() {
  local pid
  if ! pid=$(our_pid); then
    rm -f "$PID_FILE"
    say "none was started from here; nothing to stop"
    return
  fi
  kill "$pid"
  for _ in $(seq 100); do
    our_pid >/dev/null || break
    sleep 0.3
  done
  our_pid >/dev/null && fail 5 "dockerd $pid did not end within 30 s"
  rm -f "$PID_FILE"
  say "stopped (was pid $pid); the images stay in $STATE_DIR/data"
}

case "${1:-start}" in
  start) start_engine ;;
  stop) stop_engine ;;
  status) if answers; then say "answering at $SOCKET ($(describe))"; else fail 1 "none answers at $SOCKET"; fi ;;
  *) fail 2 "usage: tools/docker_engine.sh [start|stop|status]" ;;
esac

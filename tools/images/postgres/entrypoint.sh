#!/bin/bash
# Create the cluster on the first start, then run PostgreSQL in the foreground.
set -euo pipefail

[[ ${1:-postgres} == -* ]] && set -- postgres "$@"
if [[ $1 != postgres ]]; then exec "$@"; fi

if ((EUID == 0)); then
  install -d -o postgres -g postgres -m 0700 "$PGDATA"
  install -d -o postgres -g postgres -m 2775 /run/postgresql
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}
password=${POSTGRES_PASSWORD:-}
[[ -n ${POSTGRES_PASSWORD_FILE:-} ]] && password=$(<"$POSTGRES_PASSWORD_FILE")
unset POSTGRES_PASSWORD

run_init_files() {
  local file
  # shellcheck disable=SC1090  # the files are the site's own
  for file in /docker-entrypoint-initdb.d/*; do
    case "$file" in
      *.sh) if [[ -x $file ]]; then "$file"; else . "$file"; fi ;;
      *.sql) psql -v ON_ERROR_STOP=1 -q -U "$user" -d "$database" -f "$file" ;;
    esac
  done
}

create_cluster() {
  if [[ -z $password && ${POSTGRES_HOST_AUTH_METHOD:-} != trust ]]; then
    echo "POSTGRES_PASSWORD is needed for a new cluster" >&2
    exit 1
  fi
  # shellcheck disable=SC2086  # the variable holds several arguments, as in the official image
  initdb -U "$user" --pwfile=<(printf '%s\n' "${password:-unused}") -E UTF8 \
    --auth-local=trust --auth-host=scram-sha-256 ${POSTGRES_INITDB_ARGS:-}
  echo "host all all all ${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
  # Without TCP nobody takes the half-made cluster for a ready one.
  pg_ctl -w -s -D "$PGDATA" -o "-c listen_addresses=''" start
  if [[ $database != postgres ]]; then
    printf 'create database :"name";\n' | psql -q -U "$user" -d postgres -v name="$database"
  fi
  run_init_files
  pg_ctl -w -s -D "$PGDATA" -m fast stop
}

[[ -s $PGDATA/PG_VERSION ]] || create_cluster
exec "$@" -c listen_addresses='*'

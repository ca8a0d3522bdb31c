#!/bin/sh
# One database and one role per service; doing it again changes nothing but a changed password.
# PGHOST, PGUSER, PGPASSWORD and <SERVICE>_DATABASE_PASSWORD come from the environment.
set -eu

for service in cashiering receivables levy collections taxsale distribution notifications; do
  variable="$(printf '%s' "$service" | tr '[:lower:]' '[:upper:]')_DATABASE_PASSWORD"
  word=""
  eval "word=\$$variable"
  # The password goes in by standard input: arguments can be read by other processes.
  psql --quiet --no-psqlrc --dbname postgres --set ON_ERROR_STOP=1 <<SQL
\set service $service
\set word '$word'
SELECT format('CREATE ROLE %I NOLOGIN', :'service')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'service') \gexec
ALTER ROLE :"service" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'word';
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8''', :'service', :'service')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'service') \gexec
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
SQL
  echo "database $service is there"
done

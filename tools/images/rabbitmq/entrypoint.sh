#!/bin/bash
# Run RabbitMQ in the foreground as its own user.
set -euo pipefail

if [[ $1 != rabbitmq-server ]]; then exec "$@"; fi

if ((EUID == 0)); then
  # Erlang sizes its port table by the limit, and engines hand out a thousand million.
  limit=$(ulimit -n)
  if [[ $limit == unlimited || $limit -gt 65536 ]]; then ulimit -n 65536; fi
  chown rabbitmq:rabbitmq /var/lib/rabbitmq /etc/rabbitmq /etc/rabbitmq/enabled_plugins
  exec setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups "$0" "$@"
fi
for name in USER PASS; do
  file="RABBITMQ_DEFAULT_${name}_FILE"
  if [[ -n ${!file:-} ]]; then export "RABBITMQ_DEFAULT_$name=$(<"${!file}")"; fi
done
exec "$@"

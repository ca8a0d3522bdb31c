#!/bin/sh
# Install distribution packages inside an image and leave no caches behind.
set -e
export DEBIAN_FRONTEND=noninteractive
install() { apt-get -o Acquire::Retries=5 install -y -qq --no-install-recommends "$@" >/tmp/install.log 2>&1; }
# The lists come with the base; only a base gone stale needs new ones.
if ! install "$@"; then
  apt-get -o Acquire::Retries=5 update -qq
  install "$@" || { tail -n 20 /tmp/install.log >&2; exit 1; }
fi
apt-get clean
rm -rf /tmp/install.log /var/cache/debconf/*-old /var/lib/dpkg/*-old /var/log/apt /var/log/dpkg.log

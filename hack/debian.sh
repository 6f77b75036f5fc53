#!/usr/bin/env bash
# Install the Debian packages that make integration and make bench use, and with `cluster` those of make
# cluster-up too. As root; starts no service.
set -euo pipefail
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "hack/debian.sh installs Debian packages: run it as root on Debian, or install redis-server, postgresql and wrk your way" >&2
  exit 1
fi

policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then # the tests start servers of their own
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
packages=(libgomp1 postgresql redis-server wrk)
if [ "${1:-}" = cluster ]; then
  while read -r package; do packages+=("$package"); done < <(awk '!/^#/ {print $2}' "$(dirname "$0")/cluster/programs.txt" | sort -u)
fi
apt-get install -q -y --no-install-recommends "${packages[@]}"

#!/usr/bin/env bash
# End the cluster and forget its state; programs and images stay. Ends only what start.sh has started.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=hack/cluster/settings.sh
. "$here/settings.sh"
if ! cd "$RUN" 2>/dev/null; then exit 0; fi

stop() { # name
  local pid
  if alive "$1"; then
    pid=$(cat "$1.pid")
    kill "$pid"
    for _ in $(seq 50); do
      alive "$1" || break
      sleep 0.2
    done
    if alive "$1"; then kill -9 "$pid"; fi
  fi
  rm -f "$1.pid"
}

for name in local-path-provisioner coredns kubelet proxy scheduler controller-manager; do stop "$name"; done
if alive containerd; then end_containers >/dev/null 2>&1; fi
# a shim outlives a containerd that was killed, and the pod's processes with it
for shim in $(pgrep -f -- "^/usr/bin/containerd-shim-runc-v2 .*-address $RUN/containerd.sock"); do
  pkill -9 -P "$shim"
  kill -9 "$shim"
done
for name in apiserver etcd containerd; do stop "$name"; done

awk -v run="$RUN/" 'index($2, run) == 1 {print $2}' /proc/mounts | sort -r | while read -r mount; do umount -l "$mount"; done
if [ -x "$BIN/kube-proxy" ]; then "$BIN/kube-proxy" --cleanup >/dev/null 2>&1; fi
while iptables -w -t nat -D POSTROUTING -s "$PODS" ! -d "$PODS" -j MASQUERADE 2>/dev/null; do :; done
while iptables -w -D FORWARD -d "$SERVICES" -j REJECT 2>/dev/null; do :; done
ip link del windlass0 2>/dev/null
ip addr del "$NODE_IP/32" dev lo 2>/dev/null
# containerd/ holds the unpacked images, which the next start needs
find . -mindepth 1 -maxdepth 1 -not -name containerd -exec rm -rf {} +
exit 0

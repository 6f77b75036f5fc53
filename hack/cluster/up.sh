#!/usr/bin/env bash
# Have a one-node Kubernetes on this machine: Linux, root, no Docker, no image registry, no download but Go
# modules and Debian packages. Does nothing when it runs and is healthy; starts it anew when it is half dead.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=hack/cluster/settings.sh
. "$here/settings.sh"
"$here/check.sh"
mkdir -p "$RUN"
exec 9>"$CLUSTER_HOME/lock" # one at a time
flock 9

is_healthy() {
  local name
  for name in etcd apiserver controller-manager scheduler containerd kubelet proxy coredns local-path-provisioner; do
    alive "$name" || return
  done
  kubectl get --raw /readyz --request-timeout=5s && kubectl wait --for=condition=Ready node/node --timeout=15s
}

if is_healthy >/dev/null 2>&1; then
  echo "The cluster runs." >&2
else
  "$here/build.sh" 9>&-
  "$here/base-images.sh" 9>&-
  "$here/down.sh" 9>&-
  if ! "$here/start.sh" 9>&-; then
    echo "The cluster did not start: see $RUN/logs, then try: make cluster-down cluster-up" >&2
    exit 1
  fi
fi
echo "export KUBECONFIG=$KUBECONFIG"

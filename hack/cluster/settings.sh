# Where the cluster lives and what it is called: sourced by the scripts beside it.
# shellcheck shell=bash disable=SC2034 # used by those who source it
CLUSTER_HOME=${CLUSTER_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/windlass/cluster}
BIN=$CLUSTER_HOME/bin
RUN=$CLUSTER_HOME/run       # state: gone after cluster-down, but for containerd's copies of images
IMAGES=$CLUSTER_HOME/images # an OCI image layout: what a new cluster starts with
KUBECONFIG=$RUN/admin.conf
NODE_IP=10.250.0.1
PODS=10.244.0.0/24
SERVICES=10.96.0.0/16
DEBIAN_IMAGE=localhost/debian:bookworm-slim
PYTHON_IMAGE=localhost/python:3.11-slim
export KUBECONFIG PATH=$PATH:/usr/local/go/bin:$BIN # the machine's own go and kubectl come first

containers() { ctr -a "$RUN/containerd.sock" -n k8s.io "$@"; }

alive() { # name: is the process that start.sh started under this name still that process?
  local pid
  pid=$(cat "$RUN/$1.pid" 2>/dev/null) && [ "/proc/$pid/cwd" -ef "$RUN" ]
}

end_containers() { # all of them, also what a cluster that died has left in containerd
  local id
  for id in $(containers tasks ls -q); do containers tasks kill -s SIGKILL "$id" || true; done
  for id in $(containers containers ls -q); do
    containers tasks rm -f "$id" >/dev/null 2>&1 || true
    containers containers rm "$id" || true
  done
}

keep() { # image: into the layout, every layer compressed anew, for which gzip takes twice as long
  buildah push --quiet --compression-format zstd --compression-level 1 "$1" "oci:$IMAGES:$1"
}

is_kept() { # image
  grep --quiet --fixed-strings "\"$1\"" "$IMAGES/index.json" 2>/dev/null
}

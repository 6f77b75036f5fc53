#!/usr/bin/env bash
# Build the programs of a one-node Kubernetes from their Go modules, with no other download.
# Skips what is there at the wanted version. 12 minutes on 2 cores the first time.
# With names as arguments: only those.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=hack/cluster/settings.sh
. "$here/settings.sh"
kubernetes_version=1.34.4 # the newest line that runs on cgroup v1 and on Debian 12's containerd
sources=$CLUSTER_HOME/src
mkdir -p "$BIN" "$sources"
export CGO_ENABLED=0

only=" $* "
is_wanted() { # name
  [ "$only" = "  " ] || [ "${only#* "$1" }" != "$only" ]
}

is_built() { # name version
  [ -x "$BIN/$1" ] && [ -f "$BIN/.$1-$2" ]
}

mark_built() { # name version: this version and no older one
  rm -f "$BIN/.$1-"[0-9v]*
  touch "$BIN/.$1-$2"
}

module() { # name: start an empty module to build from, for these programs can't be `go install`ed with replaces
  if ! command -v go >/dev/null; then
    echo "$1 is built from its Go module and there is no go: install Go 1.24 or newer" >&2
    return 1
  fi
  echo "Building $1 ..." >&2
  rm -rf "${sources:?}/$1"
  mkdir -p "$sources/$1"
  cd "$sources/$1"
  go mod init "cluster/$1" 2>/dev/null
}

program() { # name package version
  if ! is_wanted "$1" || is_built "$1" "$3"; then return; fi
  module "$1"
  go get -tool "$2@$3"
  go build -trimpath -ldflags '-s -w' -o "$BIN/$1" "$2"
  mark_built "$1" "$3"
}

# Kubernetes names its own libraries as v0.0.0 and replaces them by folders of its repository; as modules
# they are published as v0.<minor>.
kubernetes() { # programs
  local name wanted=() library folder
  for name in "$@"; do
    if is_wanted "$name" && ! is_built "$name" "$kubernetes_version"; then wanted+=("$name"); fi
  done
  if [ ${#wanted[@]} = 0 ]; then return; fi
  module kubernetes
  folder=$(go mod download -json "k8s.io/kubernetes@v$kubernetes_version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  for library in $(sed -nE 's,^\s+(k8s.io/[a-z0-9-]+) v0\.0\.0( .*)?$,\1,p' "$folder/go.mod" | sort -u); do
    go mod edit "-replace=$library=$library@v0.${kubernetes_version#1.}"
  done
  go mod edit "-require=k8s.io/kubernetes@v$kubernetes_version"
  {
    printf '//go:build tools\n\npackage tools\n\n'
    printf 'import _ "k8s.io/kubernetes/cmd/%s"\n' "$@"
  } >tools.go
  go mod tidy -e
  local version=gitVersion=v$kubernetes_version minor=${kubernetes_version#1.}
  local flags="-s -w -X k8s.io/client-go/pkg/version.$version"
  flags="$flags -X k8s.io/component-base/version.$version -X k8s.io/component-base/version.gitMajor=1"
  flags="$flags -X k8s.io/component-base/version.gitMinor=${minor%%.*}"
  for name in "${wanted[@]}"; do
    echo "Building $name ..." >&2
    go build -trimpath -ldflags "$flags" -o "$BIN/$name" "k8s.io/kubernetes/cmd/$name"
    mark_built "$name" "$kubernetes_version"
  done
}

programs=(kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy)
if [ -x "$BIN/kubectl" ] || ! command -v kubectl >/dev/null; then programs+=(kubectl); fi
kubernetes "${programs[@]}"
program etcd go.etcd.io/etcd/server/v3 v3.6.0
program coredns github.com/coredns/coredns v1.15.0
program local-path-provisioner github.com/rancher/local-path-provisioner v0.0.30
program helm helm.sh/helm/v4/cmd/helm v4.3.1
program kubeconform github.com/yannh/kubeconform/cmd/kubeconform v0.8.0

#!/usr/bin/env bash
# Make the certificates of a new cluster and a kubeconfig for each who speaks to its API, in the run folder.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=hack/cluster/settings.sh
. "$here/settings.sh"
cd "$RUN"
curve="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"

certificate() { # name subject [extension]
  # shellcheck disable=SC2086 # several arguments
  openssl req $curve -subj "$2" -keyout "certs/$1.key" -out "certs/$1.csr" 2>/dev/null
  openssl x509 -req -in "certs/$1.csr" -CA certs/ca.crt -CAkey certs/ca.key -CAcreateserial -days 365 -out "certs/$1.crt" \
    -extfile <(printf '%s\nextendedKeyUsage=clientAuth,serverAuth\n' "${3:-}") 2>/dev/null
}

kubeconfig() { # name, also that of its certificate
  local configure="kubectl config --kubeconfig=$1.conf"
  {
    $configure set-cluster windlass-local --server=https://127.0.0.1:6443 --certificate-authority=certs/ca.crt --embed-certs
    $configure set-credentials "$1" --client-certificate="certs/$1.crt" --client-key="certs/$1.key" --embed-certs
    $configure set-context windlass-local --cluster=windlass-local --user="$1"
    $configure use-context windlass-local
  } >/dev/null
}

umask 077
# shellcheck disable=SC2086 # several arguments
openssl req -x509 $curve -days 365 -subj /CN=windlass-local -keyout certs/ca.key -out certs/ca.crt 2>/dev/null
openssl genrsa -out certs/sa.key 2048 2>/dev/null
openssl rsa -in certs/sa.key -pubout -out certs/sa.pub 2>/dev/null
in_cluster=kubernetes.default.svc
certificate apiserver /CN=kube-apiserver "subjectAltName=IP:127.0.0.1,IP:${SERVICES%.*}.1,IP:$NODE_IP,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:$in_cluster,DNS:$in_cluster.cluster.local"
certificate kubelet /O=system:nodes/CN=system:node:node "subjectAltName=IP:$NODE_IP,DNS:node"
certificate admin /O=system:masters/CN=admin
certificate controller-manager /CN=system:kube-controller-manager
certificate scheduler /CN=system:kube-scheduler
certificate proxy /CN=system:kube-proxy
certificate front-proxy /CN=front-proxy
for name in admin controller-manager scheduler kubelet proxy; do kubeconfig "$name"; done

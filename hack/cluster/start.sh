#!/usr/bin/env bash
# Start the programs of the cluster, which up.sh has seen to be there, and wait until pods can run. About 10 s.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=hack/cluster/settings.sh
. "$here/settings.sh"
mkdir -p "$RUN"/{certs,logs,cni}
cd "$RUN"
# a fifth of the API server's work under load is collecting garbage; it takes a gigabyte more instead
export GOGC=300

start() { # name program arguments
  local name=$1
  shift
  setsid nohup "$@" >"logs/$name.log" 2>&1 &
  echo $! >"$name.pid"
}

wait_for() { # command
  for _ in $(seq 240); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.25
  done
  echo "timed out: $*" >&2
  return 1
}

# The node's address lives on lo, for not every kernel has a dummy device: traffic to it never leaves the machine.
ip addr show dev lo | grep -q "$NODE_IP/" || ip addr add "$NODE_IP/32" dev lo
sysctl -qw net.ipv4.ip_forward=1
# one rule for all pods, instead of the bridge plugin's one per pod, which stay behind when pods are killed
iptables -w -t nat -A POSTROUTING -s "$PODS" ! -d "$PODS" -j MASQUERADE
# what kube-proxy leads nowhere, while a Service loses its last pod, must not leave the machine: whoever is outside
# may take the connection and answer
iptables -w -I FORWARD -d "$SERVICES" -j REJECT

"$here/certificates.sh"
"$here/configuration.sh"

# --unsafe-no-fsync: the data lives as long as the cluster, and disks of CI machines are slow
start etcd "$BIN/etcd" --data-dir etcd --unsafe-no-fsync \
  --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
  --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
  --initial-cluster default=http://127.0.0.1:2380
start apiserver "$BIN/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 --advertise-address="$NODE_IP" --secure-port=6443 \
  --tls-cert-file=certs/apiserver.crt --tls-private-key-file=certs/apiserver.key --client-ca-file=certs/ca.crt \
  --kubelet-client-certificate=certs/admin.crt --kubelet-client-key=certs/admin.key \
  --kubelet-preferred-address-types=InternalIP --service-cluster-ip-range="$SERVICES" \
  --service-account-issuer=https://kubernetes.default.svc \
  --service-account-key-file=certs/sa.pub --service-account-signing-key-file=certs/sa.key \
  --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged=true \
  --requestheader-client-ca-file=certs/ca.crt --requestheader-allowed-names=front-proxy \
  --proxy-client-cert-file=certs/front-proxy.crt --proxy-client-key-file=certs/front-proxy.key \
  --requestheader-extra-headers-prefix=X-Remote-Extra- \
  --requestheader-group-headers=X-Remote-Group --requestheader-username-headers=X-Remote-User
start containerd containerd -c containerd.toml
wait_for containers version
end_containers >/dev/null
flock "$CLUSTER_HOME/images.lock" "$here/load.py" "$IMAGES" "$RUN/containerd.sock" >/dev/null

wait_for kubectl get --raw /readyz
start controller-manager "$BIN/kube-controller-manager" --leader-elect=false --kubeconfig=controller-manager.conf \
  --authentication-kubeconfig=controller-manager.conf --authorization-kubeconfig=controller-manager.conf \
  --use-service-account-credentials --service-account-private-key-file=certs/sa.key --root-ca-file=certs/ca.crt \
  --allocate-node-cidrs --cluster-cidr="$PODS" --service-cluster-ip-range="$SERVICES" \
  --cluster-signing-cert-file=certs/ca.crt --cluster-signing-key-file=certs/ca.key
start scheduler "$BIN/kube-scheduler" --leader-elect=false --kubeconfig=scheduler.conf \
  --authentication-kubeconfig=scheduler.conf --authorization-kubeconfig=scheduler.conf
start kubelet "$BIN/kubelet" --config=kubelet.yaml --kubeconfig=kubelet.conf --root-dir="$RUN/kubelet" \
  --hostname-override=node --node-ip="$NODE_IP"
start proxy "$BIN/kube-proxy" --config=proxy.yaml
start coredns "$BIN/coredns" -conf Corefile
kubectl apply -f "$here/storage.yaml" >/dev/null
start local-path-provisioner "$BIN/local-path-provisioner" start --kubeconfig admin.conf --config local-path.json \
  --namespace local-path-storage --configmap-name local-path-config --helper-image "$DEBIAN_IMAGE" \
  --service-account-name local-path-provisioner-service-account

wait_for kubectl wait --for=condition=Ready node/node --timeout=1s
# the first pods are refused and back off without these
wait_for kubectl -n default get serviceaccount/default configmap/kube-root-ca.crt

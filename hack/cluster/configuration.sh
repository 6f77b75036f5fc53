#!/usr/bin/env bash
# Write the configuration files of the cluster's programs into the run folder.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=hack/cluster/settings.sh
. "$here/settings.sh"
cd "$RUN"

# restrict_oom_score_adj: where root lacks CAP_SYS_RESOURCE, every pod fails without it with
# "can't get final child's PID from pipe: EOF". Network namespaces below the state folder go with the cluster.
cat >containerd.toml <<TOML
version = 2
root = "$RUN/containerd"
state = "$RUN/containerd-state"
[grpc]
  address = "$RUN/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$RUN/cni"
TOML

cat >cni/10-bridge.conflist <<JSON
{"cniVersion": "0.4.0", "name": "windlass", "plugins": [
  {"type": "bridge", "bridge": "windlass0", "isGateway": true, "hairpinMode": true,
   "ipam": {"type": "host-local", "dataDir": "$RUN/addresses",
            "ranges": [[{"subnet": "$PODS"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
JSON

: >resolv.conf # pods know the cluster's names only
cat >kubelet.yaml <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failCgroupV1: false
failSwapOn: false
cgroupDriver: cgroupfs
containerRuntimeEndpoint: unix://$RUN/containerd.sock
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $RUN/certs/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $RUN/certs/kubelet.crt
tlsPrivateKeyFile: $RUN/certs/kubelet.key
clusterDNS: [$NODE_IP]
clusterDomain: cluster.local
resolvConf: $RUN/resolv.conf
podLogsDir: $RUN/pod-logs
evictionHard: {memory.available: 200Mi, nodefs.available: 2%, imagefs.available: 2%}
imageGCHighThresholdPercent: 100
maxPods: 200
YAML

cat >proxy.yaml <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
clientConnection: {kubeconfig: $RUN/proxy.conf}
clusterCIDR: $PODS
hostnameOverride: node
conntrack: {maxPerCore: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
YAML

# Names outside the cluster do not exist, said at once: without an upstream CoreDNS would answer SERVFAIL, and
# glibc asks again for 40 s.
cat >Corefile <<CORE
cluster.local:53 in-addr.arpa:53 {
  bind $NODE_IP
  errors
  kubernetes cluster.local in-addr.arpa {
    kubeconfig $RUN/admin.conf
    ttl 5
  }
  cache 5
}
.:53 {
  bind $NODE_IP
  template ANY ANY {
    rcode NXDOMAIN
  }
}
CORE

cat >local-path.json <<JSON
{"nodePathMap": [{"node": "DEFAULT_PATH_FOR_NON_LISTED_NODES", "paths": ["$RUN/volumes"]}]}
JSON

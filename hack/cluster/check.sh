#!/usr/bin/env bash
# Say in one line why this machine can't run hack/cluster, and what to do about it. Silent when it can.
set -euo pipefail
cd "$(dirname "$0")"

if [ "$(uname -s)" != Linux ] || [ "$(id -u)" != 0 ]; then
  echo "cluster-up starts containerd and a kubelet, so it needs Linux and root; elsewhere use kind, minikube or k3d" >&2
  exit 1
fi
missing=() packages=()
while read -r program package; do
  case $program in
    '#'*) continue ;;
  esac
  if ! command -v "$program" >/dev/null; then
    missing+=("$program")
    case " ${packages[*]-} " in
      *" $package "*) ;;
      *) packages+=("$package") ;;
    esac
  fi
done <programs.txt
if [ ${#missing[@]} != 0 ]; then
  echo "missing here: ${missing[*]}; install with: apt-get install -y --no-install-recommends ${packages[*]}" >&2
  exit 1
fi

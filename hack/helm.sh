#!/usr/bin/env bash
# Print the path of a helm that is new enough, building it as hack/cluster does where there is none.
# `hack/helm.sh kubeconform` does the same for kubeconform.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=${1:-helm}

is_usable() { # path
  case $program in
    helm) "$1" version --template '{{.Version}}' 2>/dev/null | grep -Eq '^v(3\.(1[7-9]|[2-9][0-9])|[4-9])' ;;
    *) [ -x "$1" ] ;;
  esac
}

found=$(command -v "$program" || true)
if [ -n "$found" ] && is_usable "$found"; then
  echo "$found"
  exit 0
fi
# shellcheck source=hack/cluster/settings.sh
. "$here/cluster/settings.sh"
if ! is_usable "$BIN/$program"; then
  if ! "$here/cluster/build.sh" "$program" >&2; then
    echo "$program could not be built (see above): install it your way, helm 3.17 or newer, and try again" >&2
    exit 1
  fi
fi
echo "$BIN/$program"

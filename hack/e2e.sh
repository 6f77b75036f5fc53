#!/usr/bin/env bash
# The stories on a real cluster: `hack/e2e.sh`, or with arguments for pytest. Uses hack/cluster, which it
# starts where it does not run, and fails where no cluster can be had; it never skips.
set -euo pipefail
cd "$(dirname "$0")/.."
hack/setup.sh dev
# shellcheck source=hack/cluster/settings.sh
. hack/cluster/settings.sh
hack/cluster/up.sh >/dev/null
tag=$(python3 hack/up/tag.py)
hack/cluster/images.sh "localhost/windlass:$tag"
export E2E_KUBECONFIG=$KUBECONFIG E2E_TAG=$tag
exec .venv/bin/pytest tests/e2e -p no:xdist --durations 20 "$@"

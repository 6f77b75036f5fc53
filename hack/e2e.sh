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

# what an upgrade begins with: chart and image of the commit before this one
if ! git rev-parse --verify --quiet HEAD~1 >/dev/null; then
  echo "this clone has no commit before HEAD to upgrade from: git fetch --unshallow" >&2
  exit 1
fi
previous=$CLUSTER_HOME/previous
rm -rf "$previous"
mkdir -p "$previous"
git archive HEAD~1 | tar --extract --directory "$previous"
previous_tag=$(python3 "$previous/hack/up/tag.py")
"$previous/hack/cluster/images.sh" "localhost/windlass-previous:$previous_tag"

export E2E_KUBECONFIG=$KUBECONFIG E2E_TAG=$tag E2E_PREVIOUS=$previous E2E_PREVIOUS_TAG=$previous_tag
exec .venv/bin/pytest tests/e2e tests/ports/test_promotions_contract.py -p no:xdist --durations 20 -m "e2e and not full" "$@"

#!/usr/bin/env bash
# Build Windlass's image without Docker, as TAG or localhost/windlass:dev, and load it into the cluster where
# one runs. Layers that have not changed are neither built nor sent again; a tag other than dev names its
# content (hack/up/tag.py), so that an image that is there is the right one.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=hack/cluster/settings.sh
. "$here/settings.sh"
"$here/check.sh"
tag=${1:-${TAG:-localhost/windlass:dev}}
cd "$here/../.."
"$here/base-images.sh"
exec 8>"$CLUSTER_HOME/images.lock" # a second build at the same time would do the same work again
flock 8

if [ "${tag##*:}" = dev ] || ! is_kept "$tag"; then
  # A clone's files are as old as the clone, and buildah takes a file of another age for another file: without
  # their times, layers are found again.
  context=$CLUSTER_HOME/context
  rm -rf "$context"
  mkdir -p "$context"
  tar --create --sort=name --mtime=@0 --exclude=__pycache__ Dockerfile .dockerignore LICENSE prefect.yaml requirements.lock src \
    hack/images | tar --extract --directory "$context"

  # certificates: the builder's machine may reach its package registry through a proxy that only it trusts
  buildah bud --quiet --layers --isolation chroot --network host --volume /etc/ssl/certs:/etc/ssl/certs:ro \
    --build-arg "BASE=$PYTHON_IMAGE" --build-arg "VERSION=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)" \
    --build-arg "REVISION=$(git rev-parse HEAD 2>/dev/null || echo unknown)" --tag "$tag" "$context" >/dev/null
  keep "$tag"
  for old in $(buildah images --noheading --format '{{.Name}}:{{.Tag}}' | grep "^${tag%:*}:" | grep -vx "$tag" || true); do
    buildah rmi "$old" >/dev/null # its layers stay where the new image has them
  done
  buildah images --noheading --format "$tag {{.ID}} {{.Size}}" "$tag"
fi
if alive containerd; then "$here/load.py" "$IMAGES" "$RUN/containerd.sock" "$tag"; fi

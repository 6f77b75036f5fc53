#!/usr/bin/env bash
# Make the images that Windlass's own image and its servers stand on, from Debian's packages and no image
# registry. Skips those whose recipe has not changed. About 2 minutes the first time.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=hack/cluster/settings.sh
. "$here/settings.sh"
mkdir -p "$IMAGES"
exec 8>"$CLUSTER_HOME/images.lock" # one at a time
flock 8
empty=$(mktemp -d)
trap 'rm -rf "$empty"' EXIT

is_made() { # image recipe: made by just this, and there as what a new cluster loads?
  [ "$(buildah inspect --type image --format '{{index .OCIv1.Config.Labels "recipe"}}' "$1" 2>/dev/null)" = "$2" ] &&
    grep -qs "\"$1\"" "$IMAGES/index.json"
}

id_of() { # image
  buildah inspect --type image --format '{{.FromImageID}}' "$1"
}

from_nothing() { # image folder program recipe: one layer with what is in the folder
  local container
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$2" / >/dev/null
  buildah config --cmd "$3" --label "recipe=$4" "$container"
  buildah commit --quiet --rm "$container" "$1" >/dev/null
  keep "$1"
}

debian() {
  local recipe root="$empty/debian"
  recipe=$(declare -f debian from_nothing | cksum)
  if is_made "$DEBIAN_IMAGE" "$recipe"; then return; fi
  debootstrap --variant=minbase --include=ca-certificates bookworm "$root" >&2
  # as Debian's slim images do: no manuals, no translations, now and with later packages
  {
    printf 'path-exclude /usr/share/%s/*\n' doc info locale man
    echo 'path-include /usr/share/doc/*/copyright'
  } >"$root/etc/dpkg/dpkg.cfg.d/slim"
  find "$root"/usr/share/{doc,info,locale,man} -not -type d -not -name copyright -delete
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/dev/*
  # initdb asks for the name of who runs it
  echo 'windlass:x:10001:10001::/tmp:/usr/sbin/nologin' >>"$root/etc/passwd"
  echo 'windlass:x:10001:' >>"$root/etc/group"
  from_nothing "$DEBIAN_IMAGE" "$root" sh "$recipe"
}

pause() { # what holds the namespaces of a pod: catatonit can
  local recipe
  recipe=$(cksum <"$(command -v catatonit)")
  if is_made localhost/pause:1 "$recipe"; then return; fi
  mkdir "$empty/pause"
  cp -L "$(command -v catatonit)" "$empty/pause/pause"
  from_nothing localhost/pause:1 "$empty/pause" '["/pause", "-P"]' "$recipe"
}

on_debian() { # image dockerfile
  local recipe
  recipe="$(cksum <"$2") $(id_of "$DEBIAN_IMAGE")"
  if is_made "$1" "$recipe"; then return; fi
  mkdir -p "$empty/context"
  buildah bud --quiet --isolation chroot --network host --build-arg "BASE=$DEBIAN_IMAGE" --label "recipe=$recipe" \
    --tag "$1" --file "$2" "$empty/context" >/dev/null
  keep "$1"
}

minio() {
  local program recipe container
  program=$("$here/../minio.sh")
  recipe="$(basename "$program") $(id_of "$DEBIAN_IMAGE")"
  if is_made localhost/windlass-minio:dev "$recipe"; then return; fi
  container=$(buildah from "$DEBIAN_IMAGE")
  buildah copy --quiet "$container" "$program" /usr/local/bin/minio >/dev/null
  buildah config --cmd minio --user 10001:10001 --label "recipe=$recipe" "$container"
  buildah commit --quiet --rm "$container" localhost/windlass-minio:dev >/dev/null
  keep localhost/windlass-minio:dev
}

pause
debian
on_debian "$PYTHON_IMAGE" "$here/../images/python.Dockerfile"
on_debian localhost/windlass-redis:dev "$here/../images/redis.Dockerfile"
on_debian localhost/windlass-postgresql:dev "$here/../images/postgresql.Dockerfile"
minio

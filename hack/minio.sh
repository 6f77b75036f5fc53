#!/usr/bin/env bash
# Print the path of a MinIO server program, building it from its Go module when it is not in the cache
# (its public images are gone). About 5 minutes on 2 cores the first time.
set -euo pipefail
version=v0.0.0-20260212201848-7aac2a2c5b7c
cache=${XDG_CACHE_HOME:-$HOME/.cache}/windlass/bin
program=$cache/minio-$version

if [ -n "${MINIO_BIN:-}" ]; then
  echo "$MINIO_BIN"
  exit 0
fi
if [ ! -x "$program" ]; then
  if ! command -v go >/dev/null; then PATH=$PATH:/usr/local/go/bin; fi
  if ! command -v go >/dev/null; then
    echo "MinIO is built from its Go module and there is no go: install Go 1.24 or newer, or name a program you have: MINIO_BIN=<minio>" >&2
    exit 1
  fi
  mkdir -p "$cache"
  building=$(mktemp -d "$cache/building.XXXXXX")
  trap 'rm -rf "$building"' EXIT
  echo "Building MinIO $version with $(go version) ..." >&2
  if ! CGO_ENABLED=0 GOBIN=$building go install -trimpath -ldflags '-s -w' "github.com/minio/minio@$version" >&2; then
    echo "MinIO could not be built (see above): it needs Go 1.24 or newer and the Go module proxy; or name a program you have: MINIO_BIN=<minio>" >&2
    exit 1
  fi
  mv "$building/minio" "$program"
fi
echo "$program"

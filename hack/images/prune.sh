#!/bin/sh
# Take out of a virtual environment what nothing of ours imports, then compile the rest: the image's root is
# read-only when it runs. Prints the size before and after.
set -eu
venv=$1
packages=$(echo "$venv"/lib/python3*/site-packages)
size() { du -sm "$venv" | cut -f1; }
before=$(size)

# tests of others, sources of C programs, source maps
find "$packages" -depth -type d \( -name test -o -name tests \) -exec rm -rf {} +
find "$packages" -type f \( -name '*.a' -o -name '*.h' -o -name '*.hpp' -o -name '*.c' -o -name '*.cpp' \
  -o -name '*.pyx' -o -name '*.pxd' -o -name '*.map' \) -delete
rm -rf "$packages/pyarrow/include" "$packages/pyarrow/src"

# CatBoost imports plotly only to draw, which we do with matplotlib; the rest is notebook widgets and manuals
rm -rf "$packages"/plotly* "$packages"/_plotly_utils "$venv/share" "$venv/etc" "$venv/include"
# the asyncio half of the client: kopf, Prefect and we use the other one, or kubernetes_asyncio
rm -rf "$packages/kubernetes/aio"
# Arrow's RPC: neither pandas nor MLflow nor Prefect asks for it
rm -f "$packages"/pyarrow/libarrow_flight.* "$packages"/pyarrow/libarrow_python_flight.* "$packages"/pyarrow/_flight.*
# what the lock has for building the package
rm -rf "$packages"/hatchling* "$packages"/trove_classifiers*

# extension modules only: the libraries that wheels bring along (*.libs) were moved about by patchelf and
# do not always survive
find "$packages" -name '*.cpython-*.so' -exec strip --strip-debug {} +

python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash "$packages" >/dev/null || true # some hold templates that are no Python
echo "$venv: $before MB without bytecode, $(size) MB pruned and compiled"

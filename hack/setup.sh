#!/usr/bin/env bash
# Make .venv hold what a lock file says: "runtime" is all the demo needs, "dev" adds tests and checks.
# A stamp remembers what was installed: a second run costs nothing, a changed lock installs again.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$(pwd -P)

case ${1:-} in
  runtime) lock=requirements.lock ;;
  dev) lock=requirements-dev.lock ;;
  *) echo "usage: hack/setup.sh runtime|dev" >&2; exit 2 ;;
esac
stamp=.venv/.installed-$1

fingerprint() { # of a lock file and of what the package itself declares
  cat pyproject.toml "$1" | cksum
}

is_installed() { # stamp lock
  [ -f "$1" ] && [ "$(cat "$1")" = "$(fingerprint "$2")" ]
}

is_usable() { # a .venv of a wanted Python, made at this place: its programs name their path
  grep -qsF "$root/.venv" .venv/bin/activate &&
    .venv/bin/python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null
}

install() {
  if command -v uv >/dev/null; then
    uv pip install --python .venv/bin/python "$@"
  else
    .venv/bin/python -m pip install --disable-pip-version-check --no-compile "$@"
  fi
}

if is_usable; then
  if is_installed "$stamp" "$lock"; then exit 0; fi
  # the dev lock holds all that the runtime lock does
  if [ "$1" = runtime ] && is_installed .venv/.installed-dev requirements-dev.lock; then exit 0; fi
else
  python=$(hack/python.sh)
  echo "Making .venv with $("$python" --version), then installing $lock: a few minutes the first time"
  rm -rf .venv
  "$python" -m venv .venv
fi

rm -f "$stamp"
install --require-hashes --no-deps -r "$lock"
install --no-deps --no-build-isolation --editable .
echo "Compiling ..."
.venv/bin/python -m compileall -q -j 0 .venv/lib >/dev/null || true # some packages carry templates that are no Python
if ! .venv/bin/python -c 'import lightgbm' 2>/dev/null; then
  echo "LightGBM does not start here, most likely for want of OpenMP: install it (Debian, Ubuntu: apt install libgomp1; macOS: brew install libomp) and run make again" >&2
  exit 1
fi
echo "Making the empty databases that Prefect and MLflow begin with ..."
.venv/bin/python -P -m windlass.embedded.prepare
fingerprint "$lock" >"$stamp"

#!/usr/bin/env bash
# Print the path of a Python that can run Windlass: the first candidate that really starts, for a
# version manager's shim may exist with no Python behind it. PYTHON=<program> asks for that one.
set -euo pipefail

probe='
import sys
if not (3, 11) <= sys.version_info < (3, 14):
    sys.exit(1)
try:
    import ensurepip, venv
except ImportError:
    sys.exit(3)
print(getattr(sys, "_base_executable", sys.executable))
'
candidates=${PYTHON:-python3.13 python3.12 python3.11 python3 python}
without_venv=
for candidate in $candidates; do
  status=0
  found=$("$candidate" -c "$probe" 2>/dev/null) || status=$?
  if [ "$status" = 0 ]; then
    echo "$found"
    exit 0
  fi
  if [ "$status" = 3 ] && [ -z "$without_venv" ]; then without_venv=$candidate; fi
done

if [ -n "$without_venv" ]; then
  echo "$without_venv lacks its venv module: install it (Debian, Ubuntu: apt install $without_venv-venv) and run make again" >&2
else
  echo "Windlass needs Python 3.11, 3.12 or 3.13, and none of these runs as one: $candidates. Install one (Debian 12: apt install python3 python3-venv; macOS: brew install python@3.13), or name it: make test PYTHON=<program>" >&2
fi
exit 1

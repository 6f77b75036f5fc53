"""Makes the work pool be as the values say: `python -m windlass.cluster.work_pool FILE LIMIT`.

An init container of the worker: a worker by itself would make a pool whose pods `restricted`
namespaces refuse, and would never update it. A limit of 0 is none.
"""

import json
import sys
from contextlib import closing
from pathlib import Path

from windlass.adapters.prefect_pools import reconcile_pool
from windlass.bootstrap.clients import prefect_client
from windlass.bootstrap.environment import settings
from windlass.cluster.pod import run, say
from windlass.services.patience import patiently

_PATIENCE = 240.0
"""Seconds for Prefect to come up; after that the pod is restarted and says why."""


def main() -> None:
    """Wait for Prefect, then compare and write."""
    template = json.loads(Path(sys.argv[1]).read_bytes())
    limit = int(sys.argv[2]) or None
    known = settings()
    name = known.cluster.work_pool

    def attempt() -> str:
        # over a new connection: one that is kept may lead to a server on its way out
        with closing(prefect_client(known.prefect)) as rest:
            return reconcile_pool(rest, name, template, limit)

    say(f"work pool {name}: {patiently(attempt, _PATIENCE, say)}")


if __name__ == "__main__":
    run(main)

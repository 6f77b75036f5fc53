"""Keeps flow runs and their Jobs together: `python -m windlass.cluster.runs SIGN`.

It runs beside Prefect's worker. The file SIGN is touched after each look, failed ones too: its age
says whether this process works, not whether Prefect and Kubernetes do. A look that waits for
systems which do not answer takes half a minute.
"""

import logging
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from windlass.bootstrap.cluster_runs import run_keeper_ports
from windlass.bootstrap.environment import settings
from windlass.cluster.pod import run
from windlass.services.run_keeper import RunKeeper


def main(arguments: Sequence[str]) -> None:
    """Keep them together until SIGTERM, which ends this at once: nothing has to be finished."""
    # as process 1 of a container it would not hear a signal that nobody handles
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    sign = Path(arguments[0])
    with run_keeper_ports(settings()) as ports:
        RunKeeper(ports=ports, alive=sign.touch).keep(threading.Event())


if __name__ == "__main__":
    run(lambda: main(sys.argv[1:]))

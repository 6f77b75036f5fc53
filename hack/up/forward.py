"""Open the pages of the release here: `make forward`, until Ctrl-C.

kubectl's port-forward ends when its pod does; here each is begun again, and says why it had ended.
"""

import argparse
import subprocess
import sys
import threading
import time

from clusters import Cluster, choose_existing
from problem import Problem
from release import RELEASE

PAGES = {"prefect-server": 4200, "mlflow": 5000}
_PAUSE = 2.0


def main() -> int:
    """Forward every page in a thread of its own."""
    parser = argparse.ArgumentParser(prog="make forward")
    parser.add_argument("--context", default="")
    parser.add_argument("--namespace", default="windlass")
    arguments = parser.parse_args()
    try:
        cluster = choose_existing(arguments.context)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"Cluster: {cluster}. Ctrl-C ends it.", flush=True)
    for page, port in PAGES.items():
        work = (cluster, arguments.namespace, page, port)
        threading.Thread(target=_keep_open, args=work, daemon=True).start()
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        print()
    return 0


def _keep_open(cluster: Cluster, namespace: str, page: str, port: int) -> None:
    target = f"svc/{RELEASE}-{page}"
    command = cluster.kubectl("-n", namespace, "port-forward", target, str(port))
    while True:
        print(f"{page}: http://127.0.0.1:{port}", flush=True)
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        said = (ended.stderr or ended.stdout).strip().splitlines()[-1:] or ["it said nothing"]
        print(f"{page}: the port-forward ended: {said[0]}; trying again", flush=True)
        time.sleep(_PAUSE)


if __name__ == "__main__":
    sys.exit(main())

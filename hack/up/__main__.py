"""Have Windlass on a cluster: `make up`; `make up CONTEXT=… REGISTRY=…` for one that is not local.

Builds the images that changed, gives them to the cluster, installs or upgrades the chart, and
returns when all is Ready. Needs kubectl, helm, and Docker or what hack/cluster needs.
"""

import argparse
import sys

from clusters import Cluster, choose
from images import provide
from problem import Problem
from release import check, install, next_steps


def main() -> int:
    """Do it; 1 and one message where it can't be done."""
    arguments = _arguments()
    try:
        cluster: Cluster = choose(arguments.context, arguments.registry)
        print(f"Cluster: {cluster}", flush=True)
        check(cluster, arguments.namespace)
        images = provide(cluster)
        install(cluster, arguments.namespace, images, arguments.set)
        print(next_steps(cluster, arguments.namespace))
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; make up goes on where it was.", file=sys.stderr)
        return 130
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make up")
    parser.add_argument("--context", default="", help="a context that is not a local one")
    parser.add_argument("--registry", default="", help="where its images are pushed to")
    parser.add_argument("--namespace", default="windlass")
    parser.add_argument("--set", action="append", default=[], help="a chart value, name=value")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

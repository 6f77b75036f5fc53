"""Remove the release: `make down`. Data and passwords stay; its last words delete them."""

import argparse
import sys

from clusters import choose_existing
from problem import Problem, output
from release import RELEASE


def main() -> int:
    """Do it; 1 and one message where it can't be done."""
    parser = argparse.ArgumentParser(prog="make down")
    parser.add_argument("--context", default="")
    parser.add_argument("--namespace", default="windlass")
    arguments = parser.parse_args()
    namespace = arguments.namespace
    try:
        cluster = choose_existing(arguments.context)
        print(f"Cluster: {cluster}", flush=True)
        command = cluster.helm("uninstall", RELEASE, "--namespace", namespace, "--wait")
        print(output([*command, "--ignore-not-found"], "see what helm says", seconds=300).strip())
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    select = f"-n {namespace} delete pvc,secret,configmap -l app.kubernetes.io/instance={RELEASE}"
    print(f"Data and passwords are kept. To delete them for good: kubectl {select}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

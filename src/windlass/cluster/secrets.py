"""Makes the Secrets of a release: `python -m windlass.cluster.secrets PLAN`, before all else.

A template can't: it would make other passwords at each upgrade, and none under GitOps.
"""

import json
import sys

from windlass.adapters.kubernetes_client import in_cluster
from windlass.adapters.kubernetes_secrets import KubernetesSecrets
from windlass.bootstrap.environment import settings
from windlass.cluster.pod import run, say
from windlass.services.passwords import Wanted, ensure


def main() -> None:
    """Make what is missing."""
    wanted = [Wanted(**each) for each in json.loads(sys.argv[1])]
    cluster = settings().cluster
    store = KubernetesSecrets(in_cluster(), cluster.namespace, cluster.release)
    for line in ensure(store, wanted) or ["every Secret is there"]:
        say(line)


if __name__ == "__main__":
    run(main)

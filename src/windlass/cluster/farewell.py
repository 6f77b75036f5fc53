"""Before a release is removed: `python -m windlass.cluster.farewell SECONDS`, a pre-delete hook.

Open promotions are aborted while operator and servers still run, and lose their finalizer, so that
neither `helm uninstall` nor the end of the namespace waits for an operator that is gone.
"""

import sys

from windlass.adapters.kubernetes_client import in_cluster
from windlass.adapters.kubernetes_promotions import KubernetesPromotions, NoPromotionsHere
from windlass.bootstrap.environment import settings
from windlass.cluster.pod import run, say
from windlass.services.farewell import abort_all, let_go


def main() -> None:
    """Abort, wait, let go."""
    seconds, cluster = float(sys.argv[1]), settings().cluster
    promotions = KubernetesPromotions(in_cluster(), cluster.namespace)
    account = f"system:serviceaccount:{cluster.namespace}:{cluster.release}-farewell"
    try:
        for promotion in abort_all(promotions, account, seconds):
            say(f"{promotion.key} is still {promotion.status.phase} after {seconds:.0f} s")
        let_go(promotions, say)
    except NoPromotionsHere:
        say("somebody deleted the custom resource, and all promotions with it")


if __name__ == "__main__":
    run(main)

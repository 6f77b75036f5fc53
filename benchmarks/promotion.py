"""How long a promotion takes on a cluster, and how fast a bad one is taken back.

Needs a release on a local cluster: `make up`, then `make bench-promotion`. Prints a table and
writes benchmarks/results/promotion.json. The evaluation's Job pod is most of what a promotion
takes: it is measured with and without one. What is taken back is measured from the step's
beginning, which is no later than the first bad answer.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support import candidates
from tests.support.candidates import BETTER, FIRST, registered, trained
from tests.support.kube import Kube
from tests.support.production import GATES, MODEL, Production, condition, moment, promotion
from tests.support.release import Release
from tests.support.traffic import asking, start_users
from windlass.bootstrap.systems import Systems

RESULTS = Path(__file__).parent / "results" / "promotion.json"
ROUNDS = 3


def promoted(production: Production, name: str, version: str, **spec: object) -> float:
    """Seconds from apply until the condition Promoted is True."""
    steps = {"steps": [], "minRequests": 1}
    manifest = promotion(name, version, rollout=steps, rollback={"soak": "0s"}, **spec)
    begun = time.time()
    production.apply(manifest)
    status = production.reached(name, "Soaking", "Succeeded")
    assert condition(status, "Promoted")[0] == "True"
    since = next(each for each in status["conditions"] if each["type"] == "Promoted")
    return moment(since["lastTransitionTime"]) - begun


def taken_back(production: Production, systems: Systems, name: str) -> float:
    """Seconds from the first request that the bad candidate saw until every pod obeys again."""
    version = registered(systems, candidates.fragile())
    rollout = {"steps": [{"weight": 50, "duration": "60s"}], "minRequests": 20}
    bodies = [candidates.request(age=False)]
    with asking(production.release.kube, f"http://inference-{MODEL}/predict", bodies):
        production.apply(promotion(name, version, gates=GATES[:1], rollout=rollout))
        production.reached(name, "Progressing")
        status = production.reached(name, "RolledBack")
    back = next(each for each in status["conditions"] if each["type"] == "RoutingApplied")
    return moment(back["lastTransitionTime"]) - moment(status["rollout"]["startedAt"])


def shown(name: str, values: Sequence[float]) -> str:
    """One line of the table."""
    return f"{name}: median {statistics.median(values):.1f} s of {len(values)}"


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--namespace", default="windlass")
    arguments = parser.parse_args()
    kube = Kube(Path(os.environ["KUBECONFIG"]), arguments.namespace)
    release = Release(kube, "windlass", "")
    image = release.pod("operator")["spec"]["containers"][0]["image"]
    start_users(kube, image, {"app.kubernetes.io/instance": release.name})
    found: dict[str, list[float]] = {"evaluated": [], "not evaluated": [], "taken back": []}
    stamp = int(time.time())
    with release.systems() as systems:
        production = Production(release)
        for number in range(ROUNDS):
            recipe = (FIRST, BETTER)[number % 2]
            version = registered(systems, trained(recipe))
            found["evaluated"].append(
                promoted(production, f"bench-{stamp}-{number}", version, gates=GATES[:1])
            )
            version = registered(systems, trained((FIRST, BETTER)[(number + 1) % 2]))
            found["not evaluated"].append(
                promoted(
                    production,
                    f"bench-{stamp}-{number}-plain",
                    version,
                    gates=GATES[:1],
                    evaluation=None,
                )
            )
        found["taken back"].append(taken_back(production, systems, f"bench-{stamp}-bad"))
    for name, values in found.items():
        print(shown(name, values))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

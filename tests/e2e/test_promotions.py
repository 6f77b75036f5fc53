"""ModelPromotions on the cluster: what users of a model notice, and what is left afterwards.

Each begins with what the one before left in production.
"""

import json

import pytest

from tests.e2e.conftest import URL
from tests.support import candidates
from tests.support.candidates import BETTER, FIRST, WORSE, trained
from tests.support.kube import until
from tests.support.production import (
    GATES,
    MODEL,
    Production,
    condition,
    moment,
    now,
    promotion,
)
from tests.support.repository import ROOT
from tests.support.traffic import asking
from windlass.bootstrap.systems import Systems

pytestmark = pytest.mark.e2e

SAMPLE = ROOT / "k8s" / "samples" / "promotion-predictive-maintenance.yaml"


def test_a_fresh_model_answers_what_to_do_and_its_first_version_needs_one_file(
    production: Production, systems: Systems
) -> None:
    code, version, said = production.predict(candidates.request())
    assert (code, version) == (503, "none")
    assert "no model promoted yet" in json.dumps(said)

    first = candidates.registered(systems, trained(FIRST))
    # training in a pod, in a story before this one, has left versions too
    assert systems.registry.versions(MODEL)[-1].version == first
    kube = production.release.kube
    kube.kubectl("apply", "-f", str(SAMPLE))
    kube.kubectl(
        "wait", f"mprom/{MODEL}", "--for=condition=Promoted", "--timeout=120s", seconds=130
    )
    status = production.reached(MODEL, "Succeeded", seconds=60)

    assert status["candidate"]["version"] == first
    assert {gate["verdict"] for gate in status["gates"][:2]} == {"Passed"}
    assert condition(status, "Ready")[0] == "True"
    production.serves(first, candidates.request())
    assert production.events(MODEL)[-1] == "Succeeded"
    listed = kube.kubectl("get", "mprom", MODEL)
    assert listed.split()[:2] == ["NAME", "MODEL"]
    assert "Succeeded" in listed
    shown = kube.kubectl("get", "mprom", MODEL, "-o", "json", "--show-managed-fields")
    owners = json.loads(shown)["metadata"]["managedFields"]
    [of_status] = [each for each in owners if each.get("subresource") == "status"]
    assert (of_status["manager"], of_status["fieldsV1"]) == ("windlass", {"f:status": {}})


def test_a_better_version_replaces_it_and_no_user_notices(
    production: Production, systems: Systems
) -> None:
    before = production.alias()
    version = candidates.registered(systems, trained(BETTER))
    seen: dict[int, list[float]] = {}
    with asking(production.release.kube, URL, [candidates.request()]) as traffic:
        name = production.apply(promotion("better", version))

        def ended() -> bool:
            status = production.status(name)
            rollout = status.get("rollout", {})
            applied = status.get("phase") == "Progressing" and rollout.get("requests")
            if applied and not rollout.get("shadow"):
                seen.setdefault(rollout["weight"], []).append(now())
            return status.get("phase") == "Succeeded"

        until(ended, 120, "the end of a promotion")

    assert traffic.failed == []
    assert set(traffic.versions()) == {before, version}
    for weight in (10, 50):
        answers = traffic.versions(since=seen[weight][0], until=seen[weight][-1])
        share = answers[version] / answers.total()
        assert share == pytest.approx(weight / 100, abs=0.03), (weight, answers)
    production.serves(version, candidates.request())
    phases = ["Evaluating", "Progressing", "Promoting", "Soaking", "Succeeded"]
    assert production.events(name) == phases


def test_a_worse_version_ends_at_its_gate_with_the_numbers(
    production: Production, systems: Systems
) -> None:
    champion = production.alias()
    version = candidates.registered(systems, trained(WORSE))
    with asking(production.release.kube, URL, [candidates.request()]) as traffic:
        name = production.apply(promotion("worse", version))
        status = production.reached(name, "Failed")

    worst = trained(WORSE).metrics["average_precision"]
    assert f"{worst:.3f}"[:4] in status["message"]
    assert status["message"].startswith("average_precision: ")
    assert set(traffic.versions()) == {champion}
    assert traffic.failed == []
    production.serves(champion, candidates.request())
    assert condition(status, "Promoted")[0] == "False"


@pytest.mark.parametrize("how", ["slow", "fragile"])
def test_a_bad_version_is_taken_back_before_users_suffer(
    production: Production, systems: Systems, how: str
) -> None:
    champion = production.alias()
    made = candidates.slow() if how == "slow" else candidates.fragile()
    version = candidates.registered(systems, made)
    limits = {"errorRate": 0.01, "p99LatencyMs": 5 if how == "slow" else 500}
    rollout = {
        "steps": [{"weight": 20, "duration": "30s"}],
        "minRequests": 20,
        "limits": limits,
    }
    # live requests lack a feature that every row of the plant has
    with asking(production.release.kube, URL, [candidates.request(age=how == "slow")]) as traffic:
        name = production.apply(promotion(how, version, gates=GATES[:1], rollout=rollout))
        status = production.reached(name, "RolledBack", seconds=150)
        ended = now()

    assert traffic.failed == []
    begun = moment(status["rollout"]["startedAt"])
    assert ended - begun <= 30
    assert status["reason"] == "CanaryFailed"
    why = ["slower than 5 ms"] if how == "slow" else ["failures in a row", "errors in"]
    assert any(words in status["message"] for words in why), status["message"]
    production.serves(champion, candidates.request())
    held = systems.registry.version(MODEL, version)
    assert held is not None
    assert held.held
    again = production.apply(promotion(f"{how}-again", version, gates=GATES[:1]))
    waiting = until(
        lambda: production.status(again) if production.status(again).get("reason") else None,
        60,
        "a reason",
    )
    assert waiting["reason"] == "Held"
    production.release.kube.kubectl("delete", "mprom", again, "--wait")

"""Taking a promotion back by hand, and systems that die in the middle of one."""

import json

import pytest

from tests.e2e.conftest import URL, kill
from tests.support import candidates
from tests.support.candidates import BETTER, FIRST, trained
from tests.support.kube import until
from tests.support.production import (
    GATES,
    MODEL,
    STRAIGHT,
    Production,
    journal,
    moment,
    now,
    promotion,
)
from tests.support.release import Release
from tests.support.traffic import asking
from windlass.bootstrap.systems import Systems

pytestmark = pytest.mark.e2e


def test_a_manual_rollback_takes_back_all_of_it_and_sticks(
    production: Production, systems: Systems
) -> None:
    before = production.alias()
    version = candidates.registered(systems, trained(BETTER))
    key = "maintenance:settings"
    consumers = [{"redis": {"key": key}}]
    name = production.apply(promotion("taken-back", version, consumers=consumers, gates=GATES[:1]))
    with asking(production.release.kube, URL, [candidates.request()]) as traffic:
        production.reached(name, "Succeeded")
        assert _redis(production, key)["model_key"] == f"{MODEL}/{version}"
        begun = now()
        production.control(name, "rollback")
        until(lambda: production.status(name)["phase"] == "RolledBack", 30, "the way back")
    assert moment(production.status(name)["finishedAt"]) - begun <= 5
    assert traffic.failed == []
    production.serves(before, candidates.request())
    assert _redis(production, key).get("model_key") is None

    # nobody asks any more: steps would hold for want of requests
    again = production.apply(promotion("again", version, gates=GATES[:1], rollout=STRAIGHT))
    until(lambda: production.status(again).get("reason") == "Held", 60, "a hold")
    assert production.alias() == before
    production.control(again, "release")
    production.reached(again, "Succeeded")
    production.serves(version, candidates.request())


def test_kills_of_every_system_delay_a_promotion_and_decide_nothing(
    production: Production, systems: Systems
) -> None:
    release = production.release
    version = candidates.registered(systems, trained(FIRST))
    rollout = {
        "steps": [
            {"shadow": True, "duration": "10s"},
            {"weight": 10, "duration": "10s"},
            {"weight": 50, "duration": "10s"},
        ],
        "minRequests": 20,
        "progressDeadline": "5m",
        "limits": {"errorRate": 0.01, "p99LatencyMs": 500},
    }
    manifest = promotion(
        "killed", version, rollout=rollout, gates=GATES[:1], rollback={"soak": "10s"}
    )
    with asking(release.kube, URL, [candidates.request()]) as traffic:
        production.apply(manifest)
        production.reached("killed", "Evaluating")
        _kill(release, "prefect-server")
        production.reached("killed", "Progressing", seconds=180)
        _kill(release, "mlflow")
        _at_weight(production, "killed", 10)
        _kill(release, "operator")
        _kill(release, "redis")
        _at_weight(production, "killed", 50)
        _kill(release, "minio")
        production.reached("killed", "Soaking", seconds=180)
        _kill(release, "postgresql")
        status = production.reached("killed", "Succeeded", seconds=180)
    assert traffic.failed == []
    assert journal(status).count("SetAlias") == 1
    production.serves(version, candidates.request())


def _kill(release: Release, component: str) -> None:
    kill(release.pod(component)["metadata"]["uid"])


def _at_weight(production: Production, name: str, weight: int) -> None:
    def there() -> bool:
        status = production.status(name)
        assert status["phase"] in ("Progressing", "Promoting"), status
        return bool(status.get("rollout", {}).get("weight") == weight)

    until(there, 120, f"weight {weight}")


def _redis(production: Production, key: str) -> dict[str, object]:
    password = production.release.kube.secret(f"{production.release.name}-redis", "password")
    script = f"redis-cli --no-auth-warning -a {password} --raw get {key}"
    pod = f"pod/{production.release.name}-redis-0"
    said = production.release.kube.execute(pod, "sh", "-c", script).strip()
    found: dict[str, object] = json.loads(said or "{}")
    return found

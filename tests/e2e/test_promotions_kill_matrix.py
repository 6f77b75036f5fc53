"""Every system dies in every phase of a promotion: users notice nothing, and it goes on.

Alphabetical order brings it after the story of the first model, which needs an empty platform.
"""

import json
from collections.abc import Callable

import httpx
import pytest

from tests.e2e.conftest import APPROVER, AUTHOR, URL, kill
from tests.support import candidates
from tests.support.candidates import BETTER, FIRST, registered, trained
from tests.support.kube import Document, until
from tests.support.prefect_worlds import new_block
from tests.support.production import GATES, MODEL, STRAIGHT, Production, promotion
from tests.support.release import Release, is_ready
from tests.support.traffic import asking
from windlass.adapters.promotion_documents import promotion_of
from windlass.bootstrap.systems import Systems
from windlass.domain.names import Version
from windlass.services.audit import history_of

pytestmark = [pytest.mark.e2e, pytest.mark.full]

SYSTEMS = ("mlflow", "prefect-server", "redis", "minio", "postgresql", "operator")

LASTING = ("AwaitingApproval", "Progressing", "Promoting", "Soaking")
"""Phases that can be made to last until all systems have died in them, one after the other."""
LASTS = "180s"
PATIENCE = 300
"""Seconds for the end of a phase that lasts, and starts late for want of a system."""


@pytest.fixture(autouse=True)
def champion(production: Production, systems: Systems) -> str:
    """Some version is in production."""
    if not production.alias():
        version = registered(systems, trained(FIRST))
        first = promotion("matrix-first", version, rollout=STRAIGHT, gates=GATES[:1])
        production.apply(first)
        production.reached("matrix-first", "Succeeded")
    return production.alias()


@pytest.mark.parametrize("system", SYSTEMS)
def test_one_dies_while_both_versions_are_looked_up_and_scored(
    production: Production, champion: str, system: str
) -> None:
    """Validating and Evaluating last no longer than their work, so each has its own promotion."""
    release, name = production.release, f"scored-without-{system}"
    version = _registered(release, champion)
    with asking(release.kube, URL, [candidates.request()]) as traffic:
        back = _kill(release, system)
        production.apply(promotion(name, version, rollout=STRAIGHT, gates=GATES[:1]))
        back()
        _flow_pod_runs(production, name)
        assert production.status(name)["phase"] == "Evaluating"
        _kill(release, system)()
        production.reached(name, "Succeeded", seconds=240)
    assert traffic.failed == []
    assert set(traffic.versions()) == {champion, version}
    assert _phases(production, name) == ["Validating", "Evaluating", *_PASSED_AND_DONE]
    assert _times(production, name, "SetAlias") == 1
    production.serves(version, candidates.request())


_PASSED_AND_DONE = ["AwaitingApproval", "Progressing", "Promoting", "Soaking", "Succeeded"]


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("phase", LASTING)
def test_all_die_one_after_the_other_in_a_phase(
    production: Production, champion: str, phase: str
) -> None:
    release, name = production.release, f"deadly-{phase.lower()}"
    version, block = _registered(release, champion), f"eta-runtime/{name}"
    manifest = _approved(name, version, {phase: LASTS}, block)
    acting = ("--as", AUTHOR, "--as-group", "system:authenticated")
    with asking(release.kube, URL, [candidates.request()]) as traffic:
        release.kube.kubectl("apply", "-f", "-", *acting, text=json.dumps(manifest))
        for each in LASTING:
            production.reached(name, each, seconds=PATIENCE)
            if each == phase:
                _all_die(production, name, phase)
            if each == "AwaitingApproval":
                production.control(name, "approve", APPROVER)
            if each == "Promoting":
                # its consumer did not exist: that kept it in this phase
                with release.prefect() as prefect:
                    new_block(prefect, block, {"model_key": "none"})
        production.reached(name, "Succeeded", seconds=240)
    assert traffic.failed == []
    assert set(traffic.versions()) == {champion, version}
    assert _phases(production, name) == ["Validating", *_PASSED_AND_DONE]
    assert _times(production, name, "SetAlias") == 1
    with release.prefect() as prefect:
        assert _told(prefect, block) == f"{MODEL}/{version}"
    production.serves(version, candidates.request())


def _approved(name: str, version: str, lasts: dict[str, str], block: str) -> Document:
    """A promotion that waits for an approval, whose phases last as long as `lasts` says."""
    manifest = promotion(
        name,
        version,
        evaluation=None,
        gates=GATES[:1],
        approval={"required": True},
        rollout={
            "steps": [{"weight": 10, "duration": lasts.get("Progressing", "5s")}],
            "minRequests": 20,
            "progressDeadline": "15m",
            "limits": {"errorRate": 0.01, "p99LatencyMs": 500},
        },
        consumers=[{"prefectBlock": {"name": block}}],
        rollback={"soak": lasts.get("Soaking", "5s")},
    )
    manifest["metadata"]["annotations"] = {"windlass.dev/created-by": AUTHOR}
    return manifest


def _registered(release: Release, champion: str) -> str:
    """Another version than the one in production, over addresses that end with their pods."""
    with release.systems() as systems:
        current = systems.registry.version(MODEL, Version(champion))
        first = trained(FIRST)
        is_first = current is not None and current.bundle_digest == first.bundle.digest
        return registered(systems, trained(BETTER) if is_first else first)


def _all_die(production: Production, name: str, phase: str) -> None:
    for system in SYSTEMS:
        found = production.status(name)
        assert found["phase"] == phase, f"before the end of {system}: {found}"
        _kill(production.release, system)()


def _kill(release: Release, system: str) -> Callable[[], None]:
    """Kill a system; returns a wait for its next pod.

    Another pod: kubelet lets one that dies often wait ever longer before it starts it again.
    """
    pod = release.pod(system)
    uid = pod["metadata"]["uid"]
    kill(uid)
    release.kube.kubectl("delete", "pod", pod["metadata"]["name"], "--wait=false")

    def replaced() -> bool:
        pods = release.pods(system)
        return [each["metadata"]["uid"] != uid and is_ready(each) for each in pods] == [True]

    def back() -> None:
        until(replaced, 120, f"another pod of {system}")

    return back


def _flow_pod_runs(production: Production, name: str) -> None:
    """Wait until the pod that scores both versions works."""

    def runs() -> bool:
        flow_run = production.status(name).get("evaluation", {}).get("flowRunId")
        pods = production.release.flow_pods(flow_run) if flow_run else []
        return any(pod["status"]["phase"] == "Running" for pod in pods)

    until(runs, 120, f"the evaluation of {name}")


def _journal(production: Production, name: str) -> list[tuple[str, str]]:
    """Step and message of the whole journal, also of what status has no room for."""
    with production.release.systems() as systems:
        entries = history_of(systems.objects, promotion_of(production.get(name)))
    return [(entry.step, entry.message) for entry in entries]


def _phases(production: Production, name: str) -> list[str]:
    """Every phase it entered, in order: an outage brings about none of its own."""
    changes = [said for step, said in _journal(production, name) if step == "Phase"]
    return [said.split(":")[0].split(" to ")[1] for said in changes]


def _times(production: Production, name: str, step: str) -> int:
    return [found for found, _ in _journal(production, name)].count(step)


def _told(prefect: httpx.Client, block: str) -> str:
    slug, _, own = block.partition("/")
    found = prefect.get(f"/block_types/slug/{slug}/block_documents/name/{own}").json()
    return str(found["data"]["model_key"])

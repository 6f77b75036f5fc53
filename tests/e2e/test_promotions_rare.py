"""What happens rarely: unusable bundles, no traffic, rivals, a moved alias, a suspension."""

import json
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from tests.e2e.conftest import APPROVER, AUTHOR, URL
from tests.support import candidates
from tests.support.candidates import BETTER, FIRST, registered, trained, with_file
from tests.support.kube import until
from tests.support.prefect_worlds import new_block
from tests.support.production import (
    GATES,
    MODEL,
    STRAIGHT,
    Production,
    condition,
    now,
    promotion,
)
from tests.support.release import Release
from tests.support.traffic import asking
from windlass.bootstrap.systems import Systems
from windlass.domain.bundle import bundle_prefix
from windlass.domain.names import Version
from windlass.pipelines.predictive_maintenance.model import MODEL_FILE
from windlass.services.bundles import make_bundle

pytestmark = [pytest.mark.e2e, pytest.mark.full]

QUIET = {"gates": GATES[:1], "evaluation": None, "rollback": {"soak": "0s"}}
"""Of promotions that are about something else than evidence."""


@pytest.fixture(autouse=True)
def champion(production: Production, systems: Systems) -> str:
    """Some version is in production."""
    if not production.alias():
        version = registered(systems, trained(FIRST))
        production.apply(promotion("rare-first", version, rollout=STRAIGHT, **QUIET))
        production.reached("rare-first", "Succeeded")
    return production.alias()


def _unreadable(systems: Systems) -> Version:
    return registered(systems, with_file(trained(BETTER), b"CBM1" + b"\xff" * 4096))


def _crashing(systems: Systems) -> Version:
    return registered(systems, candidates.crashing())


def _altered(systems: Systems) -> Version:
    """Its bundle changes in the store after it was registered."""
    made = with_file(trained(BETTER), trained(FIRST).bundle.files[MODEL_FILE])
    version = registered(systems, made)
    place = f"{bundle_prefix(made.bundle.digest)}/{MODEL_FILE}"
    systems.objects.put(place, trained(BETTER).bundle.files[MODEL_FILE])
    return version


def _reordered(systems: Systems) -> Version:
    good = trained(BETTER)
    manifest = replace(good.bundle.manifest, features=good.bundle.manifest.features[::-1])
    return registered(systems, replace(good, bundle=make_bundle(manifest, good.bundle.files)))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_unreadable, "can't be read"),
        (_crashing, "its process was ended by SIGSEGV while loading"),
        (_altered, "does not match the digest"),
        (_reordered, "or another order of them"),
    ],
)
def test_a_bundle_that_cannot_be_served_fails_its_probe(
    production: Production,
    systems: Systems,
    champion: str,
    make: Callable[[Systems], Version],
    words: str,
) -> None:
    name = f"probe-{make.__name__.strip('_')}"
    with asking(production.release.kube, URL, [candidates.request()]) as traffic:
        production.apply(promotion(name, make(systems), **QUIET))
        status = production.reached(name, "Failed")
    assert status["reason"] == "ProbeFailed"
    assert words in status["message"]
    assert traffic.failed == []
    production.serves(champion, candidates.request())


@pytest.mark.parametrize(
    ("choice", "phase", "reason"),
    [
        ("Hold", "Failed", "NoTraffic"),
        ("Pass", "Succeeded", "Soaked"),
        ("Fail", "Failed", "NoTraffic"),
    ],
)
def test_without_traffic_it_ends_as_its_author_chose(
    production: Production, systems: Systems, choice: str, phase: str, reason: str
) -> None:
    before = production.alias()
    version = registered(systems, trained(FIRST if choice == "Pass" else BETTER))
    rollout = {
        "steps": [{"weight": 50, "duration": "1s"}],
        "minRequests": 20,
        "onNoTraffic": choice,
        "progressDeadline": "10s",
    }
    name = production.apply(promotion(f"quiet-{choice.lower()}", version, rollout=rollout, **QUIET))
    status = production.reached(name, phase)
    assert status["reason"] == reason
    production.serves(version if phase == "Succeeded" else before, candidates.request())


def test_a_second_promotion_of_a_model_waits_for_the_first(
    production: Production, systems: Systems
) -> None:
    version = registered(systems, trained(BETTER))
    production.apply(promotion("queue-first", version, suspend=True, **QUIET))
    until(lambda: production.status("queue-first").get("reason") == "Suspended", 30, "a stop")
    later = registered(systems, trained(FIRST))
    production.apply(promotion("queue-second", later, rollout=STRAIGHT, **QUIET))
    until(lambda: production.status("queue-second").get("reason") == "Queued", 30, "a queue")
    assert production.status("queue-second")["phase"] == "Pending"
    production.control("queue-first", "abort")
    production.reached("queue-second", "Succeeded")
    production.serves(later, candidates.request())


def test_a_promotion_that_supersedes_takes_the_place_of_an_open_one(
    production: Production, systems: Systems
) -> None:
    version = registered(systems, trained(BETTER))
    production.apply(promotion("old", version, approval={"required": False}, **QUIET))
    production.reached("old", "Progressing")
    newer = registered(systems, trained(FIRST))
    production.apply(promotion("new", newer, policy="Supersede", rollout=STRAIGHT, **QUIET))
    assert production.reached("old", "Superseded")["message"]
    production.reached("new", "Succeeded")
    production.serves(newer, candidates.request())


@pytest.mark.parametrize("policy", ["Report", "Revert", "Adopt"])
def test_an_alias_that_somebody_moved_is_seen_in_half_a_minute(
    production: Production, systems: Systems, policy: str
) -> None:
    ours = registered(systems, trained(BETTER))
    name = production.apply(
        promotion(f"drift-{policy.lower()}", ours, rollout=STRAIGHT, driftPolicy=policy, **QUIET)
    )
    production.reached(name, "Succeeded")
    other = registered(systems, trained(FIRST))
    begun = now()
    systems.registry.set_alias(MODEL, "champion", other)  # type: ignore[arg-type] # a test's shorthand
    reason = {"Report": "Drifted", "Revert": "Reverted", "Adopt": "Adopted"}[policy]

    def seen() -> bool:
        return any(e["outcome"] == reason for e in production.status(name)["journal"])

    until(seen, 30, f"{reason} in the journal")
    assert now() - begun <= 30
    expected = {"Report": (other, ours), "Revert": (ours, ours), "Adopt": (other, other)}[policy]

    def settled() -> bool:
        served = {champion for champion, _, _ in production.routes()}
        return (production.alias(), served) == (expected[0], {expected[1]})

    until(settled, 30, f"alias and routing at {expected}")
    systems.registry.set_alias(MODEL, "champion", expected[1])  # type: ignore[arg-type] # a test's shorthand


def test_a_suspended_promotion_stands_still_in_each_phase_and_goes_on(
    production: Production, systems: Systems, prefect: httpx.Client
) -> None:
    name, block = "stands", "eta-runtime/stands"
    version = registered(systems, trained(FIRST))
    manifest = promotion(
        name,
        version,
        gates=GATES[:1],
        rollout={"steps": [{"weight": 50, "duration": "2s"}], "minRequests": 20},
        consumers=[{"prefectBlock": {"name": block}}],
        rollback={"soak": "10s"},
        suspend=True,
    )
    with asking(production.release.kube, URL, [candidates.request()]) as traffic:
        production.apply(manifest)
        for phase in ("Pending", "Evaluating", "Progressing", "Promoting", "Soaking"):
            production.reached(name, phase)
            _stands_still(production, name, phase)
            if phase == "Promoting":
                # until now there was nothing to tell, so that it stayed in this phase
                new_block(prefect, block, {"model_key": "none"})
            _suspend(production, name, suspended=False)
        status = production.reached(name, "Succeeded")
    assert traffic.failed == []
    assert condition(status, "Ready")[0] == "True"
    production.serves(version, candidates.request())


@pytest.mark.usefixtures("people")
def test_an_approval_of_a_suspended_promotion_counts_once_it_goes_on(
    production: Production, systems: Systems
) -> None:
    name, version = "stands-unapproved", registered(systems, trained(BETTER))
    manifest = promotion(name, version, rollout=STRAIGHT, approval={"required": True}, **QUIET)
    manifest["metadata"]["annotations"] = {"windlass.dev/created-by": AUTHOR}
    acting = ("--as", AUTHOR, "--as-group", "system:authenticated")
    production.release.kube.kubectl("apply", "-f", "-", *acting, text=json.dumps(manifest))
    production.reached(name, "AwaitingApproval")
    _stands_still(production, name, "AwaitingApproval")
    production.control(name, "approve", APPROVER)
    until(lambda: production.status(name).get("approval"), 30, "the approval")
    _stands_still(production, name, "AwaitingApproval")
    _suspend(production, name, suspended=False)
    assert production.reached(name, "Succeeded")["approval"]["by"] == APPROVER
    production.serves(version, candidates.request())


def test_serving_starts_from_its_bundle_when_the_training_run_is_gone(
    production: Production, champion: str
) -> None:
    kube = production.release.kube
    with production.release.mlflow() as mlflow:
        found = mlflow.get(
            "/api/2.0/mlflow/model-versions/get", params={"name": MODEL, "version": champion}
        ).json()
        run = {"run_id": found["model_version"]["run_id"]}
        mlflow.post("/api/2.0/mlflow/runs/delete", json=run).raise_for_status()
        _collect_garbage(production.release, run["run_id"])
        gone = mlflow.get("/api/2.0/mlflow/runs/get", params=run)
        assert gone.status_code == 404, gone.text
    kube.kubectl("rollout", "restart", f"deploy/inference-{MODEL}")
    kube.kubectl("rollout", "status", f"deploy/inference-{MODEL}", "--timeout=120s", seconds=130)
    until(lambda: len(production.servers()) == 2, 60, "two pods")
    production.serves(champion, candidates.request())


def _collect_garbage(release: Release, run: str) -> None:
    access = {
        "MLFLOW_TRACKING_URI": "http://localhost:5000",
        "MLFLOW_TRACKING_USERNAME": "admin",
        "MLFLOW_TRACKING_PASSWORD": release.kube.secret(f"{release.name}-mlflow", "admin-password"),
    }
    backend = "postgresql+psycopg2://mlflow@$PGHOST:$PGPORT/mlflow"
    collect = f'mlflow gc --backend-store-uri "{backend}" --run-ids {run}'
    variables = [f"{name}={value}" for name, value in access.items()]
    target = f"deploy/{release.name}-mlflow -c mlflow"
    release.kube.execute(target, "env", *variables, "sh", "-c", collect)


def _stands_still(production: Production, name: str, phase: str) -> None:
    _suspend(production, name, suspended=True)
    until(lambda: production.status(name)["reason"] == "Suspended", 30, "a stop")
    routes = production.routes()
    assert production.status(name)["phase"] == phase
    assert production.routes() == routes


def _suspend(production: Production, name: str, *, suspended: bool) -> None:
    patch = f'{{"spec": {{"suspend": {str(suspended).lower()}}}}}'
    production.release.kube.kubectl("patch", "mprom", name, "--type=merge", "--patch", patch)

"""The streaming runtime as an endless pod: promotions reach it while it runs, and it is replaced.

Each begins with what the one before left.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from redis import Redis

from tests.e2e.conftest import kill
from tests.support import agency
from tests.support.candidates import ports_of
from tests.support.kube import Document, until
from tests.support.plant import crew
from tests.support.production import STRAIGHT, Production, now, promotion
from tests.support.release import Release, created, state_of
from tests.support.repository import ROOT
from windlass.bootstrap.systems import Systems
from windlass.domain.names import ModelName
from windlass.pipelines.transit_eta import steps

pytestmark = pytest.mark.e2e

MODEL = ModelName("transit-eta")
BLOCK = "eta-runtime/streaming"
DEPLOYMENT = "eta-runtime"
POLL_SECONDS = 1.0
LOADING_SECONDS = 2.0
"""To notice that a bundle is wanted, fetch it, verify it and predict every vehicle anew."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """Vehicles, all of one route, and what Redis says of them."""

    redis: Redis
    snapshot: Document
    vehicles: tuple[str, ...] = tuple(f"bus-{number}" for number in range(50))

    def drive(self) -> str:
        """Every vehicle tells where it is; returns when."""
        moment = datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
        for vehicle in self.vehicles:
            document = {**self.snapshot, "vehicle_id": vehicle, "timestamp": moment}
            self.redis.set(f"vehicle:{vehicle}", json.dumps(document))
        return moment

    def told(self) -> str:
        """The model that promotions want."""
        return str(json.loads(self.redis.get("eta:settings") or "{}").get("model_key", ""))

    def predicted(self, field: str) -> set[Any]:
        """A field of all vehicles' predictions; None for a vehicle that has none."""
        found = self.redis.mget([f"predictions:{vehicle}" for vehicle in self.vehicles])
        return {json.loads(raw)[field] if raw else None for raw in found}


@pytest.fixture(scope="module")
def fleet(windlass: Release) -> Iterator[Fleet]:
    """Fifty vehicles on one route."""
    sample = json.loads((ROOT / "k8s" / "samples" / MODEL / "sample.json").read_text())
    with windlass.redis() as redis:
        redis.set(f"route_stops:{sample['vehicle']['route_id']}", json.dumps(sample["stops"]))
        yield Fleet(redis, sample["vehicle"])


@pytest.fixture(scope="module")
def versions(systems: Systems) -> tuple[str, str]:
    """Two versions."""
    first, second = (
        steps.train(agency.files(), replace(agency.QUICK, seed=seed), ports_of(systems), crew())
        for seed in (1, 2)
    )
    return first.version, second.version


@pytest.fixture(scope="module")
def production(windlass: Release, every_model: None) -> Production:
    """The model's server."""
    return Production(windlass, MODEL)


@pytest.fixture(scope="module")
def schedule(
    windlass: Release, prefect: httpx.Client, versions: tuple[str, str], fleet: Fleet
) -> Iterator[None]:
    """The deployment with a block of settings, started by hand once and then every minute."""
    key = f"{MODEL}/{versions[0]}"
    windlass.cli("eta", "save-block", "--block-name", BLOCK, "--model-key", key)
    windlass.cli("eta", "deploy", "--block-name", BLOCK)
    fleet.drive()
    path = f"/deployments/name/prefect-eta-runtime/{DEPLOYMENT}"
    found = prefect.get(path).raise_for_status().json()
    [minutely] = found["schedules"]
    switch = f"/deployments/{found['id']}/schedules/{minutely['id']}"
    prefect.patch(switch, json={"active": True}).raise_for_status()
    created(prefect, f"prefect-eta-runtime/{DEPLOYMENT}")
    yield
    prefect.patch(switch, json={"active": False}).raise_for_status()
    cancelling = {"state": {"type": "CANCELLING", "name": "Cancelling"}}
    for run in _runs(prefect, "RUNNING"):
        prefect.post(f"/flow_runs/{run}/set_state", json=cancelling).raise_for_status()


def test_every_vehicle_is_predicted_and_every_news_of_one(
    schedule: None, prefect: httpx.Client, fleet: Fleet, versions: tuple[str, str]
) -> None:
    wanted = {f"{MODEL}/{versions[0]}"}
    until(lambda: fleet.predicted("model_key") == wanted, 60, "predictions")
    assert len(_runs(prefect, "RUNNING")) == 1
    moment = fleet.drive()
    until(lambda: fleet.predicted("snapshot_timestamp") == {moment}, 5, "predictions of news")


def test_a_promotion_reaches_it_within_a_poll_and_so_does_its_rollback(
    schedule: None, production: Production, fleet: Fleet, versions: tuple[str, str]
) -> None:
    first, second = (f"{MODEL}/{version}" for version in versions)
    for name, version in zip(("runtime-first", "runtime-second"), versions, strict=True):
        production.apply(_consumed(name, version))
        _reaches(fleet, f"{MODEL}/{version}", 60)
        production.reached(name, "Succeeded")
    assert fleet.predicted("model_key") == {second}
    production.control("runtime-second", "rollback")
    _reaches(fleet, first, 10)
    until(lambda: production.status("runtime-second")["phase"] == "RolledBack", 30, "the way back")
    assert production.alias() == versions[0]


def test_one_that_is_killed_is_replaced_by_the_next_minute_of_its_schedule(
    schedule: None, windlass: Release, prefect: httpx.Client, fleet: Fleet
) -> None:
    [killed] = _runs(prefect, "RUNNING")
    [pod] = windlass.flow_pods(killed)
    begun = now()
    kill(pod["metadata"]["uid"])
    moment = fleet.drive()
    until(lambda: fleet.predicted("snapshot_timestamp") == {moment}, 90, "another's predictions")
    print(f"replaced after {now() - begun:.1f} s")  # noqa: T201 # the figure beside the verdict
    assert state_of(prefect, killed)["type"] == "CRASHED"
    [successor] = _runs(prefect, "RUNNING")
    assert successor != killed


def _consumed(name: str, version: str) -> Document:
    consumers = [{"redis": {"key": "eta:settings", "field": "model_key"}}]
    return promotion(
        name,
        version,
        model=MODEL,
        gates=[{"metric": "test_mae_seconds", "threshold": 3600, "greaterIsBetter": False}],
        evaluation={"dataset": f"s3://windlass/datasets/{MODEL}/holdout"},
        rollout=STRAIGHT,
        consumers=consumers,
        rollback={"soak": "1s"},
    )


def _reaches(fleet: Fleet, key: str, seconds: float) -> None:
    """Wait until Redis names a model; assert how soon every vehicle is predicted by it."""
    until(lambda: fleet.told() == key, seconds, f"{key} in Redis")
    told = now()
    until(lambda: fleet.predicted("model_key") == {key}, 15, f"predictions of {key}")
    assert now() - told <= POLL_SECONDS + LOADING_SECONDS


def _runs(prefect: httpx.Client, kind: str) -> list[str]:
    """Flow runs of the deployment in a state."""
    asked = {
        "deployments": {"name": {"any_": [DEPLOYMENT]}},
        "flow_runs": {"state": {"type": {"any_": [kind]}}},
    }
    found = prefect.post("/flow_runs/filter", json=asked).raise_for_status().json()
    return [run["id"] for run in found]

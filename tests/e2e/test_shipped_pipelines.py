"""Every pipeline's way into production: data in the bucket, a training pod, a file, predictions.

The first training of predictive-maintenance is a story of the installation, its promotions have
their own.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.support.production import Production, condition
from tests.support.release import Release, created, ended
from tests.support.repository import ROOT
from windlass.bootstrap.systems import Systems
from windlass.domain.names import ModelName
from windlass.pipelines import maker_of
from windlass.pipelines.transit_eta.synthetic_feed import sample_sources

pytestmark = pytest.mark.e2e

SAMPLES = ROOT / "k8s" / "samples"
FEED = "data/transit-feed"
BUILD = "dataset-build/dataset-build"


@dataclass(frozen=True, slots=True)
class Shipped:
    """A pipeline and what its users set beside its deployment's own parameters."""

    name: ModelName
    training: str
    parameters: Mapping[str, object]


PIPELINES = (
    Shipped(ModelName("milk-price"), "milk-price/monthly-train-job", {}),
    Shipped(
        ModelName("recommender"),
        "dm4ml_recommendation_pipeline/recommender",
        {"source": "s3"},
    ),
    Shipped(
        ModelName("transit-eta"), "model-training/model-training", {"dataset_name": "from-feed"}
    ),
)


@pytest.fixture(scope="module")
def dataset(systems: Systems, prefect: httpx.Client) -> dict[str, Any]:
    """The dataset that a pod built from telemetry and a schedule in the bucket."""
    for name, content in sample_sources().items():
        systems.objects.put(f"{FEED}/{name}", content)
    place = f"s3://{systems.objects.bucket}/{FEED}"
    wanted = {"output_name": "from-feed", "telemetry": place, "seed_redis": True, "days_back": 0}
    state = ended(prefect, created(prefect, BUILD, parameters=wanted), 120)
    assert state["type"] == "COMPLETED", state["message"]
    return state


@pytest.fixture(scope="module")
def trainings(
    every_model: None, systems: Systems, prefect: httpx.Client, dataset: dict[str, Any]
) -> dict[str, str]:
    """Flow runs that train, all at once, on data that lies where the deployments look for it."""
    for pipeline in ("milk-price", "recommender"):
        for name, content in maker_of(pipeline).sample_files().items():
            systems.objects.put(f"data/{pipeline}/{name}", content)
    return {
        each.name: created(prefect, each.training, parameters=dict(each.parameters))
        for each in PIPELINES
    }


def test_a_pod_builds_a_dataset_and_tells_redis_the_stops_of_each_route(
    windlass: Release, dataset: dict[str, Any]
) -> None:
    with windlass.redis() as redis:
        routes = [key.decode() for key in redis.scan_iter("route_stops:*")]
        stops = json.loads(redis.get(routes[0]) or "[{}]")
    assert len(routes) == 2
    assert {"stop_id", "stop_sequence", "lat", "lon"} <= stops[0].keys()


@pytest.mark.parametrize("shipped", PIPELINES, ids=lambda shipped: shipped.name)
def test_its_pod_trains_its_file_promotes_and_its_server_answers(
    windlass: Release, prefect: httpx.Client, trainings: dict[str, str], shipped: Shipped
) -> None:
    flow_run = trainings[shipped.name]
    state = ended(prefect, flow_run, 300)
    assert state["type"] == "COMPLETED", state["message"]
    production = Production(windlass, shipped.name)
    trained = production.alias("challenger")
    request = json.loads((SAMPLES / shipped.name / "sample.json").read_text())
    assert production.predict(request)[:2] == (503, "none")

    windlass.kube.kubectl("apply", "-f", str(SAMPLES / f"promotion-{shipped.name}.yaml"))
    status = production.reached(shipped.name, "Succeeded", seconds=150)

    assert status["candidate"]["version"] == trained
    assert condition(status, "Promoted")[0] == "True"
    assert status["gates"][0]["verdict"] == "Passed"
    production.serves(trained, request)

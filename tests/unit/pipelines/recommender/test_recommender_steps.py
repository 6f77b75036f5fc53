import json
from dataclasses import replace

import pytest

from tests.support import plant, shop
from windlass.adapters.memory.registry import MemoryRegistry
from windlass.domain.errors import InputError
from windlass.pipelines.recommender import steps
from windlass.pipelines.recommender.params import Parameters
from windlass.services.bundles import read_bundle
from windlass.services.datasets import fetch_dataset
from windlass.services.training import CHALLENGER, Registered, TrainingPorts

NEEDED = {
    *("hr_at_20", "mrr_at_20", "ndcg_at_10", "coverage"),
    *(f"popular_{name}" for name in ("hr_at_20", "mrr_at_20", "ndcg_at_10")),
    *(f"next_item_{name}" for name in ("hr_at_20", "mrr_at_20", "ndcg_at_10")),
    *("validation_mix", "validation_ranker"),
}


@pytest.fixture(scope="module")
def finished() -> tuple[TrainingPorts, Registered]:
    ports = shop.shop_ports()
    return ports, steps.train(shop.files(), shop.QUICK, ports, plant.crew())


def test_a_run_ends_as_a_version_with_all_metrics_and_the_challenger_alias(
    finished: tuple[TrainingPorts, Registered],
) -> None:
    ports, registered = finished
    found = ports.registry.version(registered.model, registered.version)
    assert found is not None
    assert set(found.metrics) == NEEDED
    assert ports.registry.aliased(registered.model, CHALLENGER) == registered.version
    assert json.loads(json.dumps(registered.as_json()))["model"] == "recommender"


def test_the_bundle_and_the_held_back_sessions_can_be_read_back(
    finished: tuple[TrainingPorts, Registered],
) -> None:
    ports, registered = finished
    bundle = read_bundle(ports.objects, registered.bundle_digest)
    assert set(bundle.files) == {"memory.npz", "model.cbm"}
    dataset = fetch_dataset(ports.objects, "datasets/recommender/holdout")
    assert dataset == shop.trained().holdout


def test_the_run_is_logged_with_parameters_and_pictures(
    finished: tuple[TrainingPorts, Registered],
) -> None:
    ports, registered = finished
    assert isinstance(ports.tracking, MemoryRegistry)
    run = ports.tracking.runs[registered.run_id]
    assert run.parameters["iterations"] == "40"
    assert json.loads(run.artifacts["validation_report.json"])["sessions"] == 900
    pictures = [name for name in run.artifacts if name.endswith(".png")]
    assert len([name for name in pictures if name.startswith("eda/")]) == 4
    assert all(run.artifacts[name].startswith(b"\x89PNG") for name in pictures)


def test_training_again_gives_the_same_bundle(finished: tuple[TrainingPorts, Registered]) -> None:
    assert shop.train(shop.files()).bundle_digest == finished[1].bundle_digest


def test_the_stages_are_the_eight_tasks_by_name() -> None:
    called: list[str] = []

    def call(stage, *args, **kwargs):  # type: ignore[no-untyped-def] # a stage of any type
        called.append(stage.__name__)
        return stage(*args, **kwargs)

    ports = shop.shop_ports()
    steps.train(shop.files(), shop.QUICK, ports, replace(plant.crew(), call=call))
    assert tuple(called) == shop.TASKS


def test_a_failed_stage_ends_the_run() -> None:
    with pytest.raises(InputError, match=r"lacks events\.csv"):
        shop.train({})


def test_without_a_feature_store_there_is_no_training() -> None:
    with pytest.raises(InputError, match="feature store"):
        steps.train(shop.files(), Parameters(), plant.memory_ports(), plant.crew())


def test_the_model_is_clearly_better_than_its_baselines() -> None:
    metrics = shop.trained().metrics
    for name, margin in (("hr_at_20", 0.15), ("mrr_at_20", 0.02)):
        assert metrics[name] > metrics[f"next_item_{name}"] + margin
        assert metrics[name] > metrics[f"popular_{name}"] + margin
    assert 0.5 < metrics["coverage"] <= 1

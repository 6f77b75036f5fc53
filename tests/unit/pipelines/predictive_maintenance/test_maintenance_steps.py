import json
from dataclasses import replace

import pytest

from tests.support import plant
from tests.support.plant import Watched
from windlass.adapters.memory.registry import MemoryRegistry
from windlass.domain.errors import InputError
from windlass.pipelines.predictive_maintenance import steps
from windlass.pipelines.predictive_maintenance.params import Parameters
from windlass.services.bundles import read_bundle
from windlass.services.datasets import fetch_dataset
from windlass.services.training import CHALLENGER, Registered, TrainingPorts

NEEDED = {
    "average_precision",
    "f1",
    "precision",
    "recall",
    "roc_auc",
    "threshold",
    "baseline_average_precision",
    "lightgbm_validation_average_precision",
    "catboost_validation_average_precision",
}


@pytest.fixture(scope="module")
def finished() -> tuple[TrainingPorts, Registered]:
    ports = plant.memory_ports()
    return ports, steps.train(plant.files(), plant.QUICK, ports, plant.crew())


def test_a_run_ends_as_a_version_with_all_metrics_and_the_challenger_alias(
    finished: tuple[TrainingPorts, Registered],
) -> None:
    ports, registered = finished
    found = ports.registry.version(registered.model, registered.version)
    assert found is not None
    assert set(found.metrics) == NEEDED
    assert found.bundle_digest == registered.bundle_digest
    assert ports.registry.aliased(registered.model, CHALLENGER) == registered.version
    assert json.loads(json.dumps(registered.as_json()))["model"] == "predictive-maintenance"


def test_the_bundle_and_the_held_back_part_can_be_read_back(
    finished: tuple[TrainingPorts, Registered],
) -> None:
    ports, registered = finished
    bundle = read_bundle(ports.objects, registered.bundle_digest)
    assert bundle.manifest.pipeline == "predictive-maintenance"
    dataset = fetch_dataset(ports.objects, "datasets/predictive-maintenance/holdout")
    assert dataset == plant.trained().holdout


def test_the_run_is_logged_with_parameters_pictures_and_its_trials(
    finished: tuple[TrainingPorts, Registered],
) -> None:
    ports, registered = finished
    assert isinstance(ports.tracking, MemoryRegistry)
    run = ports.tracking.runs[registered.run_id]
    assert run.parameters["horizon_hours"] == "24"
    assert run.parameters["final_iterations"] == "30"
    assert all(run.artifacts[f"plots/{name}.png"].startswith(b"\x89PNG") for name in PLOTS)
    assert json.loads(run.artifacts["validation_report.json"])["machines"] == 5
    trials = [run for run in ports.tracking.runs.values() if run.parent == registered.run_id]
    assert [trial.name for trial in trials] == [
        "lightgbm-trial-000",
        "lightgbm-trial-001",
        "catboost-trial-000",
        "catboost-trial-001",
    ]


PLOTS = ("precision_recall", "importances", "scores")


def test_training_again_gives_the_same_bundle_and_repeats_no_trial(
    finished: tuple[TrainingPorts, Registered], monkeypatch: pytest.MonkeyPatch
) -> None:
    ports, registered = finished
    monkeypatch.setattr(steps, "run_trial", None)
    again = steps.train(plant.files(), plant.QUICK, ports, plant.crew())
    assert again.bundle_digest == registered.bundle_digest
    assert again.version == "2"


def test_progress_names_each_stage_and_counts_trials(
    finished: tuple[TrainingPorts, Registered],
) -> None:
    watched = finished[0].progress
    assert isinstance(watched, Watched)
    assert watched.stages[0] == "validate the data"
    assert watched.steps[:2] == [("tune lightgbm", 1, 2), ("tune lightgbm", 2, 2)]


def studies(parameters: Parameters) -> set[str]:
    """Names of the studies that a search leaves behind."""
    ports = plant.memory_ports()
    prepared = replace(plant.prepared(), parameters=parameters)
    steps.search("catboost", prepared, ports, plant.crew())
    return {found.key.split("/")[1] for found in ports.objects.list("trials/")}


def test_other_parameters_are_another_study_and_more_trials_are_not() -> None:
    tiny = replace(plant.QUICK, iterations=2, n_trials=1)
    assert studies(replace(tiny, n_trials=2)) == studies(tiny)
    assert studies(replace(tiny, iterations=3)) != studies(tiny)


def test_one_failure_alone_is_trained_on_without_a_search() -> None:
    files = dict(plant.files())
    files["PdM_failures.csv"] = b"datetime,machineID,failure\n2024-01-15 06:00:00,1,comp1\n"
    ports = plant.memory_ports()
    registered = steps.train(files, plant.QUICK, ports, plant.crew())
    assert registered.metrics["threshold"] == 0.5
    assert "catboost_validation_average_precision" not in registered.metrics
    assert "average_precision" not in registered.metrics
    assert isinstance(ports.progress, Watched)
    assert any("too few failures" in stage for stage in ports.progress.stages)


def test_a_run_that_fails_leaves_no_version_and_no_alias() -> None:
    ports = plant.memory_ports()
    with pytest.raises(InputError, match=r"lacks PdM_telemetry\.csv"):
        steps.train({}, plant.QUICK, ports, plant.crew())
    assert ports.registry.versions(steps.MODEL) == ()
    assert ports.objects.list("") == ()

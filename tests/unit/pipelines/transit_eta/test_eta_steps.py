import json
from dataclasses import replace

import pytest

from tests.support import agency
from tests.support.plant import Watched, crew, memory_ports
from windlass.adapters.memory.registry import MemoryRegistry
from windlass.domain.errors import InputError
from windlass.pipelines.transit_eta import model, steps
from windlass.pipelines.transit_eta.kinds import BASELINES
from windlass.services.bundles import read_bundle
from windlass.services.datasets import fetch_dataset
from windlass.services.training import CHALLENGER, Registered, TrainingPorts

MAIN = {
    "test_mae_seconds",
    "test_rmse_seconds",
    "within_60s",
    "farther_stops_mae_seconds",
    "trip_disjoint_mae_seconds",
    "trip_disjoint_rmse_seconds",
    "trip_disjoint_within_60s",
    "baseline_test_mae_seconds",
    "baseline_trip_disjoint_mae_seconds",
}


Finished = tuple[TrainingPorts, Registered]


@pytest.fixture(scope="module")
def finished() -> Finished:
    """A whole training run."""
    ports = memory_ports()
    return ports, steps.train(agency.files(), agency.QUICK, ports, crew())


def test_a_run_ends_as_a_version_with_all_metrics_and_the_challenger_alias(
    finished: Finished,
) -> None:
    ports, registered = finished
    kinds = steps.to_train(agency.QUICK)
    of_kinds = {
        f"{kind}_{part}_mae_seconds"
        for kind in kinds
        for part in ("test", "validation", "trip_disjoint")
    }
    found = ports.registry.version(registered.model, registered.version)
    assert found is not None
    assert set(found.metrics) == MAIN | of_kinds
    assert ports.registry.aliased(registered.model, CHALLENGER) == registered.version
    assert json.loads(json.dumps(registered.as_json(), allow_nan=False))["model"] == "transit-eta"


def test_the_bundle_is_the_kind_that_is_best_on_validation_and_says_so(finished: Finished) -> None:
    ports, registered = finished
    bundle = read_bundle(ports.objects, registered.bundle_digest)
    metrics = registered.metrics
    kind = str(bundle.manifest.parameters["kind"])
    errors: dict[str, float] = {
        each: metrics[f"{each}_validation_mae_seconds"] for each in steps.to_train(agency.QUICK)
    }
    assert errors[kind] == min(errors.values())
    assert metrics["test_mae_seconds"] == pytest.approx(metrics[f"{kind}_test_mae_seconds"])
    assert metrics["trip_disjoint_mae_seconds"] == metrics[f"{kind}_trip_disjoint_mae_seconds"]


def test_every_boosted_kind_beats_the_baselines_by_a_third_on_both_splits(
    finished: Finished,
) -> None:
    metrics = finished[1].metrics
    for split in ("test", "trip_disjoint"):
        naive = min(metrics[f"{kind}_{split}_mae_seconds"] for kind in BASELINES)
        assert metrics[f"baseline_{split}_mae_seconds"] == naive
        for kind in ("xgboost", "lightgbm", "catboost"):
            assert metrics[f"{kind}_{split}_mae_seconds"] < naive * 2 / 3


def test_the_held_back_part_is_published_and_gives_the_same_metrics(finished: Finished) -> None:
    ports, registered = finished
    dataset = fetch_dataset(ports.objects, "datasets/transit-eta/holdout")
    scorer = model.load(read_bundle(ports.objects, registered.bundle_digest))
    found = model.evaluate(scorer, dataset)
    assert found["test_mae_seconds"] == registered.metrics["test_mae_seconds"]


def test_the_run_is_logged_with_parameters_pictures_and_the_report(finished: Finished) -> None:
    ports, registered = finished
    assert isinstance(ports.tracking, MemoryRegistry)
    run = ports.tracking.runs[registered.run_id]
    assert run.parameters["timezone"] == "America/New_York"
    assert run.parameters["kind"] in steps.to_train(agency.QUICK)
    names = ("errors", "residuals", "importances")
    assert all(run.artifacts[f"plots/{name}.png"].startswith(b"\x89PNG") for name in names)
    assert json.loads(run.artifacts["validation_report.json"])["kept"] > 1000


def test_training_again_gives_the_same_bundle() -> None:
    parameters = replace(agency.QUICK, model_types="catboost")
    digests = {
        steps.train(agency.files(), parameters, memory_ports(), crew()).bundle_digest
        for _ in range(2)
    }
    assert len(digests) == 1


def test_progress_names_each_stage_and_counts_kinds(finished: Finished) -> None:
    watched = finished[0].progress
    assert isinstance(watched, Watched)
    assert watched.stages[0] == "validate the data"
    assert watched.steps[-1] == ("train the kinds of model", 6, 6)


def test_without_save_models_there_are_metrics_and_no_version() -> None:
    ports = memory_ports()
    parameters = replace(agency.QUICK, model_types="ewma", save_models=False)
    registered = steps.train(agency.files(), parameters, ports, crew())
    assert registered.version == ""
    assert registered.metrics["ewma_test_mae_seconds"] > 0
    assert ports.registry.versions(steps.MODEL) == ()
    assert ports.objects.list("") == ()


def test_baselines_are_trained_even_if_only_another_kind_is_wanted() -> None:
    wanted = replace(agency.QUICK, model_types="catboost")
    assert steps.to_train(wanted) == (*BASELINES, "catboost")


def test_a_run_that_fails_leaves_no_version_and_no_alias() -> None:
    ports = memory_ports()
    with pytest.raises(InputError, match=r"lacks vehicle_positions\.parquet"):
        steps.train({}, agency.QUICK, ports, crew())
    assert ports.registry.versions(steps.MODEL) == ()
    assert ports.objects.list("") == ()

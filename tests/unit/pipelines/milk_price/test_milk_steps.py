import json
from dataclasses import replace

import pytest

from tests.support import market, plant
from tests.support.plant import Watched
from windlass.adapters.memory.registry import MemoryRegistry
from windlass.domain.errors import InputError
from windlass.domain.months import Month
from windlass.domain.names import Digest
from windlass.pipelines.milk_price import model, steps
from windlass.services.bundles import read_bundle
from windlass.services.datasets import fetch_dataset
from windlass.services.ledger import Ledger
from windlass.services.training import CHALLENGER, Registered, TrainingPorts

NEEDED = {
    *("rmse", "mae", "rmse_naive_last", "rmse_naive_mean", "mae_naive_last", "mae_naive_mean"),
    *("skill", "interval_coverage", "interval_width", "series", "fallback_share"),
}


@pytest.fixture(scope="module")
def finished() -> tuple[TrainingPorts, Registered]:
    ports = plant.memory_ports()
    return ports, steps.train(market.files(), market.QUICK, ports, plant.crew())


def test_a_run_ends_as_a_version_with_all_metrics_and_the_challenger_alias(
    finished: tuple[TrainingPorts, Registered],
) -> None:
    ports, registered = finished
    found = ports.registry.version(registered.model, registered.version)
    assert found is not None
    assert set(found.metrics) >= NEEDED
    assert {"rmse_at_2_months", "skill_at_3_months"} <= set(found.metrics)
    assert ports.registry.aliased(registered.model, CHALLENGER) == registered.version
    assert json.loads(json.dumps(registered.as_json()))["model"] == "milk-price"


def test_the_bundle_and_the_held_back_part_can_be_read_back_and_agree(
    finished: tuple[TrainingPorts, Registered],
) -> None:
    ports, registered = finished
    bundle = read_bundle(ports.objects, registered.bundle_digest)
    dataset = fetch_dataset(ports.objects, "datasets/milk-price/holdout")
    scorer = model.load(bundle)
    assert model.evaluate(scorer, dataset) == registered.metrics
    golden = bundle.manifest.golden
    assert scorer.predict(golden.request).score == golden.score


def test_the_run_is_logged_with_parameters_report_and_pictures(
    finished: tuple[TrainingPorts, Registered],
) -> None:
    ports, registered = finished
    assert isinstance(ports.tracking, MemoryRegistry)
    run = ports.tracking.runs[registered.run_id]
    assert run.parameters["until"] == "2023-08"
    assert run.parameters["held_back_periods"] == "3"
    assert json.loads(run.artifacts["validation_report.json"])["series"] == 32
    for name in ("forecast", "errors", "importances"):
        assert run.artifacts[f"plots/{name}.png"].startswith(b"\x89PNG")


def test_training_again_gives_the_same_bundle(
    finished: tuple[TrainingPorts, Registered],
) -> None:
    ports, registered = finished
    again = steps.train(market.files(), market.QUICK, ports, plant.crew())
    assert again.bundle_digest == registered.bundle_digest
    assert again.version == "2"


def test_a_month_that_is_done_is_not_trained_again(
    finished: tuple[TrainingPorts, Registered], monkeypatch: pytest.MonkeyPatch
) -> None:
    ports, registered = finished
    monkeypatch.setattr(steps, "fit_forecaster", None)
    wanted = replace(market.QUICK, repeat=False, year=2023, month=8)
    again = steps.train(market.files(), wanted, ports, plant.crew())
    assert again.bundle_digest == registered.bundle_digest
    assert isinstance(ports.progress, Watched)
    assert "2023-08 is done: version" in ports.progress.stages[-1]


def test_a_month_is_trained_again_for_other_parameters_or_other_data(
    finished: tuple[TrainingPorts, Registered],
) -> None:
    ports, _ = finished
    ledger = Ledger(ports.objects, "milk-price")
    other = steps.work_of(market.dataset(), replace(market.QUICK, depth=3))
    newer = replace(
        steps.work_of(market.dataset(), market.QUICK), data=Digest("sha256:" + "0" * 64)
    )
    assert ledger.find(steps.work_of(market.dataset(), market.QUICK)) is not None
    assert ledger.find(other) is None
    assert ledger.find(newer) is None


def test_an_older_month_takes_neither_the_alias_nor_the_dataset_of_promotions() -> None:
    ports = plant.memory_ports()
    newest = steps.train(market.files(), market.QUICK, ports, plant.crew())
    holdout = fetch_dataset(ports.objects, "datasets/milk-price/holdout")
    older = steps.train(
        market.files(), replace(market.QUICK, year=2023, month=5), ports, plant.crew()
    )
    assert older.version == "2"
    assert ports.registry.aliased(newest.model, CHALLENGER) == newest.version
    assert fetch_dataset(ports.objects, "datasets/milk-price/holdout") == holdout
    assert Ledger(ports.objects, "milk-price").newest() == Month(2023, 8)


@pytest.mark.parametrize("month", [1, 2, 3])
def test_the_first_months_are_trained_on_too(month: int) -> None:
    wanted = replace(market.QUICK, year=2023, month=month)
    trained = steps.train(market.files(), wanted, plant.memory_ports(), plant.crew())
    assert trained.metrics["rmse"] <= 1.5 * trained.metrics["rmse_naive_last"]


def test_a_month_without_data_ends_the_run_and_leaves_nothing() -> None:
    ports = plant.memory_ports()
    with pytest.raises(InputError, match=r"no price of 2023-09.*from 2023-01 to 2023-08"):
        steps.train(market.files(), replace(market.QUICK, year=2023, month=9), ports, plant.crew())
    assert ports.registry.versions(steps.MODEL) == ()
    assert ports.objects.list("") == ()

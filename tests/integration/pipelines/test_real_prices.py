"""The pipeline on real prices, where those lie beside the repository."""

import json
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.plant import crew, memory_ports
from windlass.domain.months import Month
from windlass.pipelines.milk_price import model, steps
from windlass.pipelines.milk_price.data import read_dataset
from windlass.pipelines.milk_price.params import Parameters
from windlass.services.bundles import read_bundle
from windlass.services.training import Registered, TrainingPorts

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "milk_price"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="no real prices beside the clone"),
]


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return {
        path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in FOLDER.rglob("*.parquet")
    }


@pytest.fixture(scope="module")
def trained(files: Mapping[str, bytes]) -> tuple[TrainingPorts, Registered]:
    ports, started = memory_ports(), time.process_time()
    registered = steps.train(files, Parameters(), ports, crew())
    assert time.process_time() - started < 60
    return ports, registered


def test_the_held_back_months_are_forecast_better_than_by_either_naive_forecast(
    trained: tuple[TrainingPorts, Registered],
) -> None:
    metrics = trained[1].metrics
    assert metrics["skill"] > 0.005
    assert metrics["rmse"] < min(metrics["rmse_naive_last"], metrics["rmse_naive_mean"])
    assert metrics["skill_at_2_months"] > 0
    assert metrics["skill_at_3_months"] > 0
    assert json.dumps(dict(metrics), allow_nan=False)


def test_intervals_hold_about_what_they_promise(
    trained: tuple[TrainingPorts, Registered],
) -> None:
    assert 0.8 < trained[1].metrics["interval_coverage"] < 0.99


def test_every_series_is_answered_at_every_horizon(
    trained: tuple[TrainingPorts, Registered],
) -> None:
    ports, registered = trained
    scorer = model.load(read_bundle(ports.objects, registered.bundle_digest))
    for city, kind, channel in scorer.known.by_key:
        asked = {"city": city, "type": kind, "channel": channel, "horizon_months": 3}
        body = scorer.predict(asked).body
        price, last = float(str(body["price"])), float(str(body["last_price"]))
        assert abs(price / last - 1) < 0.2
        assert float(str(body["lower"])) <= price <= float(str(body["upper"]))


def test_empty_and_impossible_prices_are_told_apart(files: Mapping[str, bytes]) -> None:
    read = read_dataset(files, until=Month(2024, 3))
    assert read.months == (Month(2024, 1), Month(2024, 2), Month(2024, 3))
    assert read.report.without_price > 5 * len(read.report.bad) > 0
    assert {row.column for row in read.report.bad} == {"Precio"}

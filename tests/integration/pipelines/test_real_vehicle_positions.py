"""The pipeline on real vehicle positions, where those lie beside the repository."""

import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.plant import crew, memory_ports
from windlass.pipelines.transit_eta import steps
from windlass.pipelines.transit_eta.data import FILE
from windlass.pipelines.transit_eta.params import Parameters

PLACE = Path(__file__).parents[4] / "shared" / "data" / "transit_eta" / FILE

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not PLACE.is_file(), reason="no real positions beside the clone"),
]


@pytest.fixture(scope="module")
def metrics() -> Mapping[str, float]:
    started = time.process_time()
    parameters = Parameters(model_types="catboost,lightgbm")
    found = steps.train({FILE: PLACE.read_bytes()}, parameters, memory_ports(), crew()).metrics
    assert time.process_time() - started < 120
    return found


@pytest.mark.parametrize("split", ["test", "trip_disjoint"])
def test_catboost_beats_the_best_polynomial_by_a_third_on_both_splits(
    metrics: Mapping[str, float], split: str
) -> None:
    naive = metrics[f"polynomial_distance_{split}_mae_seconds"]
    assert metrics[f"catboost_{split}_mae_seconds"] <= naive * 2 / 3


def test_nearly_all_arrivals_are_told_within_a_minute(metrics: Mapping[str, float]) -> None:
    assert metrics["within_60s"] > 0.95
    assert metrics["trip_disjoint_within_60s"] > 0.95

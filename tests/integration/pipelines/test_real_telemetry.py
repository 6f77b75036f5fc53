"""The pipeline on real telemetry, where that lies beside the repository."""

import json
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from tests.support.plant import crew, memory_ports
from windlass.pipelines.predictive_maintenance import steps
from windlass.pipelines.predictive_maintenance.data import read_dataset
from windlass.pipelines.predictive_maintenance.features import features_at
from windlass.pipelines.predictive_maintenance.params import Parameters
from windlass.pipelines.predictive_maintenance.record import record_at
from windlass.pipelines.predictive_maintenance.request import features_of

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "predictive_maintenance"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="no real telemetry beside the clone"),
]


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in FOLDER.iterdir()}


def train(files: Mapping[str, bytes], parameters: Parameters) -> Mapping[str, float]:
    started = time.process_time()
    metrics = steps.train(files, parameters, memory_ports(), crew()).metrics
    assert time.process_time() - started < 120
    assert json.dumps(dict(metrics), allow_nan=False)
    return metrics


def test_a_failure_within_a_day_is_foreseen_far_better_than_by_the_baseline(
    files: Mapping[str, bytes],
) -> None:
    metrics = train(files, Parameters(gap_hours=0, horizon_hours=24))
    assert metrics["average_precision"] > 0.9
    assert metrics["average_precision"] > metrics["baseline_average_precision"] + 0.2
    assert metrics["f1"] > 0.7


def test_a_failure_in_five_or_six_hours_is_foreseen_too(files: Mapping[str, bytes]) -> None:
    metrics = train(files, Parameters())
    assert metrics["average_precision"] > 0.8
    assert metrics["average_precision"] > metrics["baseline_average_precision"] + 0.2


def test_real_rows_pass_the_checks(files: Mapping[str, bytes]) -> None:
    report = read_dataset(files).report
    assert report.bad == ()
    assert (report.without_telemetry, report.without_record) == ((), ())


def test_serving_makes_the_features_of_training_from_real_rows(files: Mapping[str, bytes]) -> None:
    for history in read_dataset(files).histories[:3]:
        moments = history.times[::97]
        expected = features_at(history, moments)
        for moment, row in zip(moments, expected, strict=True):
            np.testing.assert_array_equal(features_of(record_at(history, int(moment))), row)

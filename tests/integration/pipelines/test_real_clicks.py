"""The pipeline on real clicks, where these lie beside the repository."""

import json
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support import shop
from windlass.pipelines.recommender import steps
from windlass.pipelines.recommender.params import Parameters

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "recommender"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="no real clicks beside the clone"),
]


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in FOLDER.iterdir()}


def train(files: Mapping[str, bytes]) -> Mapping[str, float]:
    started = time.process_time()
    metrics = shop.train(dict(files), Parameters()).metrics
    assert time.process_time() - started < 40
    assert json.dumps(dict(metrics), allow_nan=False)
    return metrics


def test_next_clicks_are_found_far_more_often_than_by_counts(files: Mapping[str, bytes]) -> None:
    metrics = train(files)
    assert metrics["hr_at_20"] > metrics["next_item_hr_at_20"] + 0.2
    assert metrics["mrr_at_20"] > metrics["next_item_mrr_at_20"] + 0.15
    assert metrics["hr_at_20"] > metrics["popular_hr_at_20"] + 0.3


def test_nearly_all_real_rows_pass_the_checks(files: Mapping[str, bytes]) -> None:
    stream = steps.ingest_clickstream(lambda names: files, Parameters())
    report = steps.validate_data(stream, (None, {}), Parameters()).report
    assert sum(len(file.bad) for file in report.files) == 1
    assert report.clicks > 17_000

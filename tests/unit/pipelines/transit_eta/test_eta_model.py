import json
import math
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest

from tests.support import agency
from windlass.domain.errors import BundleError
from windlass.pipelines.contract import InvalidRequest
from windlass.pipelines.transit_eta import model
from windlass.pipelines.transit_eta.features import NAMES
from windlass.pipelines.transit_eta.kinds import Kind
from windlass.pipelines.transit_eta.record import request_of


def request(vehicle: int = 0) -> dict[str, Any]:
    return request_of(agency.rows(), vehicle)


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_answers_its_golden_request_as_in_training(kind: Kind) -> None:
    golden = agency.bundle(kind).manifest.golden
    assert agency.scorer(kind).predict(golden.request).score == pytest.approx(golden.score)


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_is_made_of_inert_files(kind: Kind) -> None:
    names = set(agency.bundle(kind).files)
    assert names <= {"profile.json", "model.cbm", "model.txt", "model.json"}
    assert len(names) == 2


def test_requests_get_what_the_rows_they_were_made_of_got() -> None:
    rows, scorer = agency.rows(), agency.scorer()
    expected = scorer.seconds(rows.vehicles, rows.ahead)
    for vehicle in range(0, len(rows.vehicles), 97):
        predictions = scorer.predict(request(vehicle)).body["predictions"]
        assert isinstance(predictions, list)
        found = [prediction["eta_seconds"] for prediction in predictions]
        assert found == pytest.approx(expected[rows.ahead.of == vehicle], abs=0.051)


def test_later_stops_are_never_reached_before_nearer_ones() -> None:
    rows = agency.rows()
    seconds = agency.scorer().seconds(rows.vehicles, rows.ahead)
    same = np.diff(rows.ahead.of) == 0
    assert (np.diff(seconds)[same] >= -1e-6).all()
    assert (seconds >= 0).all()


def test_bearing_and_speed_may_be_unknown() -> None:
    asked = request()
    asked["vehicle"] |= {"bearing": None}
    del asked["vehicle"]["speed_kmh"]
    score = agency.scorer().predict(asked).score
    assert score is not None
    assert math.isfinite(score)


def test_a_vehicle_far_from_everything_still_gets_numbers() -> None:
    asked = request()
    asked["vehicle"] |= {"lat": -80.0, "lon": 179.9, "route_id": "nowhere"}
    score = agency.scorer().predict(asked).score
    assert score is not None
    assert 3600 < score < 1e9


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lat": 91}, "vehicle.lat"),
        ({"lat": "north"}, "vehicle.lat"),
        ({"lon": float("nan")}, "vehicle.lon"),
        ({"route_id": None}, "vehicle.route_id"),
        ({"vehicle_id": ""}, "vehicle.vehicle_id"),
        ({"timestamp": "noon"}, "vehicle.timestamp"),
        ({"timestamp": -5}, "vehicle.timestamp"),
        ({"speed_kmh": "fast"}, "vehicle.speed_kmh"),
        ({"bearing": True}, "vehicle.bearing"),
    ],
)
def test_a_bad_vehicle_is_refused_by_the_name_of_its_field(
    change: dict[str, object], field: str
) -> None:
    asked = request()
    asked["vehicle"] |= change
    with pytest.raises(InvalidRequest) as refusal:
        agency.scorer().predict(asked)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("stops", "field"),
    [
        ([], "stops"),
        ("all", "stops"),
        (["next"], "stops[0]"),
        ([{"stop_id": "a", "lat": 1.0}], "stops[0].lon"),
        (
            [{"stop_id": "a", "lat": 1.0, "lon": 2.0, "stop_sequence": 1.5}],
            "stops[0].stop_sequence",
        ),
        ([{"stop_id": "a", "lat": 1.0, "lon": 2.0}] * 1001, "stops"),
    ],
)
def test_bad_stops_are_refused_by_the_name_of_their_field(stops: object, field: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        agency.scorer().predict({**request(), "stops": stops})
    assert refusal.value.field == field


@pytest.mark.parametrize(
    "timestamp", ["2025-10-08T10:00:00Z", "2025-10-08T06:00:00-04:00", 1759917600, 1759917600000]
)
def test_a_timestamp_is_a_text_or_a_number(timestamp: object) -> None:
    asked, other = request(), request()
    asked["vehicle"]["timestamp"] = timestamp
    other["vehicle"]["timestamp"] = "2025-10-08 10:00:00"
    assert agency.scorer().predict(asked) == agency.scorer().predict(other)


def test_ready_features_come_in_any_order_and_what_is_needed_may_not_be_null() -> None:
    features = agency.prepared().time.features[:3].astype(float)
    rows = [[None if cell != cell else cell for cell in row] for row in features.tolist()]
    found = agency.scorer().predict_table(NAMES, rows)
    turned = agency.scorer().predict_table(NAMES[::-1], [row[::-1] for row in rows])
    assert found == turned
    rows[1][NAMES.index("path_metres")] = None
    with pytest.raises(InvalidRequest, match="path_metres in row 1"):
        agency.scorer().predict_table(NAMES, rows)


def test_a_bundle_that_can_not_be_served_is_refused() -> None:
    bundle = agency.bundle("catboost")
    older = replace(bundle, manifest=replace(bundle.manifest, features_version="0"))
    with pytest.raises(BundleError, match="train the model again"):
        model.load(older)
    for files in ({}, {**bundle.files, "model.cbm": b"?"}, {**bundle.files, "profile.json": b"{}"}):
        with pytest.raises(BundleError, match="can't be read"):
            model.load(replace(bundle, files=files))
    other = replace(bundle.manifest, parameters={**bundle.manifest.parameters, "kind": "pickle"})
    with pytest.raises(BundleError, match="unknown kind"):
        model.load(replace(bundle, manifest=other))


def test_the_sample_of_a_dataset_can_be_asked() -> None:
    asked = model.sample_request(agency.files())
    assert json.dumps(asked, allow_nan=False)
    assert agency.scorer().predict(asked).score is not None

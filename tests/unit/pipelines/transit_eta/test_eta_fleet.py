from typing import Any

import pytest

from tests.support import agency
from windlass.pipelines.transit_eta.record import request_of
from windlass.pipelines.transit_eta.schedule import read_schedule, route_stops
from windlass.pipelines.transit_eta.synthetic_feed import synthetic_feed


@pytest.fixture(scope="module")
def stops() -> dict[str, list[dict[str, object]]]:
    return route_stops(read_schedule(synthetic_feed(agency.AGENCY)))


def snapshots(count: int = 40) -> list[dict[str, Any]]:
    rows = agency.rows()
    step = len(rows.vehicles) // count
    return [request_of(rows, place * step)["vehicle"] for place in range(count)]  # type: ignore[misc] # a vehicle is an object


def test_many_get_what_each_would_get_alone(stops: dict[str, list[dict[str, object]]]) -> None:
    scorer, seen = agency.scorer(), snapshots()
    for vehicle, found in zip(seen, scorer.predict_many(seen, stops, 3), strict=True):
        names = [prediction["stop_id"] for prediction in found.predictions]
        ahead = [stop for stop in stops[vehicle["route_id"]] if stop["stop_id"] in names]
        alone = scorer.predict({"vehicle": vehicle, "stops": ahead}).body
        assert found.problem is None
        assert alone["predictions"] == list(found.predictions)


def test_the_stops_ahead_are_those_that_the_trip_has_before_it(
    stops: dict[str, list[dict[str, object]]],
) -> None:
    rows, scorer = agency.rows(), agency.scorer()
    seen = snapshots()
    found = scorer.predict_many(seen, stops, 1)
    step = len(rows.vehicles) // len(seen)
    right = [
        str(one.predictions[0]["stop_id"]) == rows.ahead.stops[rows.ahead.of == place * step][0]
        for place, one in enumerate(found)
    ]
    assert sum(right) >= 0.9 * len(right)


def test_no_more_stops_than_wanted_and_none_past_the_last(
    stops: dict[str, list[dict[str, object]]],
) -> None:
    scorer, seen = agency.scorer(), snapshots()
    assert all(len(one.predictions) <= 3 for one in scorer.predict_many(seen, stops, 3))
    everything = scorer.predict_many(seen, stops, 100)
    lasts = {str(one.predictions[-1]["stop_id"]) for one in everything}
    assert lasts == {"line-1-7", "line-2-7"}


def test_a_bad_snapshot_has_a_reason_and_stops_nobody_else(
    stops: dict[str, list[dict[str, object]]],
) -> None:
    good, elsewhere = snapshots(1)[0], {**snapshots(1)[0], "route_id": "nowhere"}
    bad: list[Any] = [{**good, "lat": None}, elsewhere, {}, "vehicle", {**good, "timestamp": "?"}]
    found = agency.scorer().predict_many([*bad, good], stops, 3)
    reasons = [one.problem for one in found]
    assert [str(reason).partition(":")[0] for reason in reasons] == [
        "lat",
        "route nowhere has no stops",
        "vehicle_id",
        "snapshot",
        "timestamp",
        "None",
    ]
    assert [len(one.predictions) > 0 for one in found] == [False] * 5 + [True]


def test_a_route_whose_stops_can_not_be_read_has_a_reason() -> None:
    vehicle = snapshots(1)[0]
    found = agency.scorer().predict_many([vehicle], {vehicle["route_id"]: [{"stop_id": "a"}]}, 3)
    assert "lat: is missing" in str(found[0].problem)


def test_nobody_at_all_is_no_error() -> None:
    assert agency.scorer().predict_many([], {}, 3) == []


def test_stops_are_read_again_when_they_are_others(
    stops: dict[str, list[dict[str, object]]],
) -> None:
    scorer, [vehicle] = agency.scorer(), snapshots(1)
    route = vehicle["route_id"]
    renamed = {**stops, route: [{**stop, "stop_id": "new"} for stop in stops[route]]}
    before, others, none, again = (
        scorer.predict_many([vehicle], given, 100)[0].predictions
        for given in (stops, renamed, {}, stops)
    )
    assert {stop["stop_id"] for stop in others} == {"new"}
    assert (len(others), len(none), again) == (len(before), 0, before)

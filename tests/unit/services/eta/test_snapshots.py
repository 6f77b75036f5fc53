"""Snapshots are read, and the bad ones told apart."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.streets import snapshot
from windlass.services.eta.snapshots import (
    Reason,
    Rejected,
    Snapshot,
    instant,
    predicted_from,
    read_snapshot,
    read_stops,
)

SECONDS = 1759920592.0


def test_a_good_snapshot() -> None:
    found = read_snapshot("G-1", snapshot("G-1"))
    assert isinstance(found, Snapshot)
    assert found[:3] == ("G-1", "Green-D", SECONDS)
    assert found.timestamp == json.loads(snapshot("G-1"))["timestamp"]
    assert found.fields == {**json.loads(snapshot("G-1")), "timestamp": SECONDS}


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"bearing": None, "speed_kmh": None}, {"bearing": None, "speed_kmh": None}),
        ({"bearing": "north", "speed_kmh": 1e99}, {"bearing": None, "speed_kmh": None}),
        ({"bearing": True}, {"bearing": None}),
        ({"trip_id": None}, {"trip_id": None}),
        ({"trip_id": 7}, {"trip_id": "7"}),
        ({"lat": 42}, {"lat": 42.0}),
        ({"extra": [1]}, {}),
    ],
)
def test_what_is_only_helpful_may_be_missing(
    changes: dict[str, object], fields: dict[str, object]
) -> None:
    found = read_snapshot("G-1", snapshot("G-1", **changes))
    assert isinstance(found, Snapshot)
    assert fields.items() <= found.fields.items()


def test_a_number_as_id_is_a_text() -> None:
    found = read_snapshot("17", snapshot("x", vehicle_id=17, route_id=39))
    assert isinstance(found, Snapshot)
    assert (found.vehicle, found.route) == ("17", "39")


@pytest.mark.parametrize(
    ("raw", "reason", "detail"),
    [
        (None, Reason.GONE, ""),
        (b"", Reason.NOT_JSON, "no JSON"),
        (b"{", Reason.NOT_JSON, "no JSON"),
        (b"\xff\xfe", Reason.NOT_JSON, "no JSON"),
        (b'{"lat": NaN}', Reason.NOT_JSON, "no JSON"),
        (b"[]", Reason.NOT_JSON, "no JSON object"),
        (b"7", Reason.NOT_JSON, "no JSON object"),
        (snapshot("v", lat=None), Reason.MISSING_FIELD, "lacks lat"),
        (snapshot("v", timestamp=None), Reason.MISSING_FIELD, "lacks timestamp"),
        (snapshot("v", route_id=None), Reason.MISSING_FIELD, "lacks route_id"),
        (snapshot("w"), Reason.OTHER_VEHICLE, "names itself 'w'"),
        (snapshot("v", vehicle_id=[1]), Reason.OTHER_VEHICLE, "names itself ''"),
        (snapshot("v", lat="42"), Reason.WRONG_FIELD, "lat must be a number"),
        (snapshot("v", lat=True), Reason.WRONG_FIELD, "lat must be a number"),
        (snapshot("v", lat=90.5), Reason.WRONG_FIELD, "lat must lie in -90 to 90"),
        (snapshot("v", lon=-181), Reason.WRONG_FIELD, "lon must lie in -180 to 180"),
        (snapshot("v", timestamp="noon"), Reason.WRONG_FIELD, "timestamp is no time: 'noon'"),
        (snapshot("v", timestamp=-1), Reason.WRONG_FIELD, "timestamp is no time"),
        (snapshot("v", route_id=""), Reason.WRONG_FIELD, "route_id must be a text"),
        (snapshot("v", route_id={}), Reason.WRONG_FIELD, "route_id must be a text"),
    ],
)
def test_a_bad_one_has_its_reason(raw: bytes | None, reason: Reason, detail: str) -> None:
    found = read_snapshot("v", raw)
    assert isinstance(found, Rejected)
    assert found.reason is reason
    assert found.detail.startswith(detail)
    assert "vehicle 'v': " in str(found)


@given(
    st.binary()
    | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(repr).map(str.encode)
)
def test_nothing_that_anybody_writes_is_a_fault(raw: bytes) -> None:
    assert isinstance(read_snapshot("v", raw), Rejected)
    assert predicted_from(raw, 0) is None


@given(
    st.fixed_dictionaries(
        {"vehicle_id": st.just("v")},
        optional={
            name: st.none()
            | st.booleans()
            | st.integers()
            | st.floats()
            | st.text()
            | st.lists(st.none())
            for name in ("route_id", "lat", "lon", "timestamp", "bearing", "speed_kmh", "trip_id")
        },
    )
)
def test_no_field_that_anybody_writes_is_a_fault(document: dict[str, object]) -> None:
    assert isinstance(read_snapshot("v", json.dumps(document).encode()), Snapshot | Rejected)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2025-10-08T10:49:52Z", SECONDS),
        ("2025-10-08T10:49:52", SECONDS),
        ("2025-10-08 06:49:52-04:00", SECONDS),
        ("2025-10-08T10:49:52.5+00:00", SECONDS + 0.5),
        (1759920592, SECONDS),
        (1759920592000, SECONDS),
        (1759920592.5, SECONDS + 0.5),
        ("", None),
        ("2025-13-01", None),
        ("9999-12-31T23:59:59", None),
        (0, None),
        (10**400, None),
        (True, None),
        (None, None),
        ([], None),
    ],
)
def test_times_come_in_many_forms(value: object, seconds: float | None) -> None:
    assert instant(value) == seconds


def test_a_stored_prediction_tells_what_it_was_made_from() -> None:
    made = {"snapshot_timestamp": "2025-10-08T10:49:52Z"}
    for more, age in (
        ({}, 0),
        ({"prediction_timestamp": "2025-10-08T10:49:54Z"}, 8),
        ({"prediction_timestamp": "2025-10-08T10:50:54Z"}, 0),
        ({"prediction_timestamp": "soon"}, 0),
    ):
        raw = json.dumps({**made, **more}).encode()
        assert predicted_from(raw, SECONDS + 10) == (SECONDS, age)
    for nothing in (b'{"other": 1}', b"[]", b"{", None):
        assert predicted_from(nothing, SECONDS) is None


def test_stops_are_a_list_of_objects() -> None:
    assert read_stops(b'[{"stop_id": "a"}]') == ({"stop_id": "a"},)
    assert [read_stops(raw) for raw in (b"{", b"{}", b"[1]", b'"x"')] == [None] * 4

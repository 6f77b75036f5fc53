"""One tick: what is predicted, skipped, set aside and written."""

import json
from datetime import timedelta

import pytest

from tests.support.streets import START, Town, stops
from windlass.adapters.memory.faults import Kind, PlannedFault
from windlass.domain.errors import SystemUnavailable
from windlass.services.eta.profiling import FETCH, INFERENCE, LATENCY, WRITE
from windlass.services.eta.sharing import Shard
from windlass.services.eta.snapshots import Reason

PREDICTED = {
    "vehicle_id": "a",
    "trip_id": "trip-a",
    "route_id": "Green-D",
    "model_key": "transit-eta/1",
    "source": "prefect",
    "snapshot_timestamp": "2025-10-08T10:49:52Z",
    "prediction_timestamp": "2025-10-08T11:06:32Z",
    "predictions": [
        {"stop_id": "s0", "stop_sequence": 0, "eta_seconds": 60.0},
        {"stop_id": "s1", "stop_sequence": 10, "eta_seconds": 120.0},
    ],
}


def test_a_prediction_is_written_as_the_contract_says() -> None:
    town = Town("a", parameters={"model_key": "transit-eta/1", "max_stops": 2})
    assert town.runtime.tick().predicted == 1
    assert town.predicted("a") == PREDICTED
    assert START + timedelta(seconds=1000) == town.clock.now()


def test_it_expires_after_its_time() -> None:
    town = Town("a", parameters={"model_key": "transit-eta/1", "predictions_ttl": 10})
    town.runtime.tick()
    town.clock.seconds += 9
    assert town.predicted("a") is not None
    town.clock.seconds += 1
    assert town.predicted("a") is None


def test_an_unchanged_snapshot_is_skipped() -> None:
    town = Town("a", "b")
    town.runtime.tick()
    town.drive("b", timestamp="2025-10-08T10:50:00Z")
    tick = town.runtime.tick()
    assert (tick.predicted, tick.unchanged) == (1, 1)
    assert town.models["transit-eta/1"].asked == [["a", "b"], ["b"]]


def test_the_same_moment_in_another_spelling_is_unchanged() -> None:
    town = Town("a")
    town.runtime.tick()
    town.drive("a", timestamp=1759920592)
    assert town.runtime.tick().unchanged == 1


def test_a_new_process_skips_what_another_has_predicted() -> None:
    town = Town("a", "b")
    town.runtime.tick()
    town.drive("b", timestamp="2025-10-08T10:50:00Z")
    after = Town(feed=town.feed)
    tick = after.runtime.tick()
    assert (tick.predicted, tick.unchanged) == (1, 1)
    assert after.models["transit-eta/1"].asked == [["b"]]


def test_redis_is_not_asked_for_predictions_again_and_again() -> None:
    town = Town("a")
    for _ in range(3):
        town.runtime.tick()
    asked = [call.method for call in town.faults.log]
    assert asked.count("predictions") == 1
    assert asked.count("stops") == 1


def test_what_has_expired_is_predicted_again() -> None:
    town = Town("a")
    town.runtime.tick()
    town.clock.seconds += 299
    assert town.runtime.tick().predicted == 0
    town.clock.seconds += 1
    assert town.runtime.tick().predicted == 1


def test_bad_snapshots_are_counted_and_stop_nobody() -> None:
    town = Town("good", "far")
    town.feed.put("vehicle:text", b"hello")
    town.drive("nowhere", lat=None)
    town.drive("lost", route_id="Blue")
    town.drive("broken", route_id="Red")
    town.drive("odd", lat=0)
    town.drive("ended", route_id="Grey")
    town.feed.put("route_stops:Red", b"{}")
    town.feed.put("route_stops:Grey", stops(0))
    tick = town.runtime.tick()
    assert tick.predicted == 2
    assert tick.reasons == {
        Reason.NOT_JSON: 1,
        Reason.MISSING_FIELD: 1,
        Reason.UNKNOWN_ROUTE: 1,
        Reason.BAD_ROUTE: 2,
        Reason.REFUSED: 1,
    }
    refused = [one for one in tick.rejected if one.reason is Reason.REFUSED]
    assert str(refused[0]) == "vehicle 'odd': lat: nobody drives there"
    assert town.predicted("odd") is None


def test_no_vehicle_is_no_fault() -> None:
    town = Town()
    tick = town.runtime.tick()
    assert (tick.predicted, tick.unchanged, tick.rejected, tick.problem) == (0, 0, [], "")
    assert town.models["transit-eta/1"].asked == []


def test_stops_that_change_are_seen_within_a_minute() -> None:
    town = Town("a")
    town.runtime.tick()
    town.feed.put("route_stops:Green-D", stops(1))
    town.clock.seconds += 61
    town.drive("a", timestamp="2025-10-08T10:51:00Z")
    town.runtime.tick()
    found = town.predicted("a")
    assert found is not None
    assert len(found["predictions"]) == 1


def test_a_route_that_appears_is_seen_at_once() -> None:
    town = Town()
    town.drive("a", route_id="Blue")
    assert town.runtime.tick().predicted == 0
    town.feed.put("route_stops:Blue", stops())
    assert town.runtime.tick().predicted == 1


def test_shards_predict_all_and_none_twice() -> None:
    vehicles = [f"bus-{number}" for number in range(30)]
    first = Town(*vehicles, shard=Shard(0, 3))
    towns = [first, *(Town(feed=first.feed, shard=Shard(index, 3)) for index in (1, 2))]
    counts = [town.runtime.tick().predicted for town in towns]
    asked = [
        name for town in towns for batch in town.models["transit-eta/1"].asked for name in batch
    ]
    assert sum(counts) == 30
    assert sorted(asked) == sorted(vehicles)
    assert min(counts) > 3


def test_with_too_many_vehicles_each_has_its_turn() -> None:
    town = Town("a", "b", "c", parameters={"model_key": "transit-eta/1", "max_batch": 2})
    assert [town.runtime.tick().predicted for _ in range(2)] == [2, 1]
    assert town.models["transit-eta/1"].asked == [["a", "b"], ["c"]]


def test_what_could_not_be_written_is_predicted_again() -> None:
    town = Town("a")
    town.faults.outage("vehicles.write")
    with pytest.raises(SystemUnavailable):
        town.runtime.tick()
    town.faults.lift()
    assert town.runtime.tick().predicted == 1
    assert town.predicted("a") is not None


@pytest.mark.parametrize("kind", [Kind.FAIL, Kind.LATE])
@pytest.mark.parametrize("call", range(1, 8))
def test_after_any_fault_the_next_tick_makes_it_good(kind: Kind, call: int) -> None:
    town = Town("a", "b")
    town.faults._counts[PlannedFault(kind=kind, at=call)] = 0
    faults = 0
    for _ in range(3):
        try:
            town.runtime.tick()
        except SystemUnavailable:
            faults += 1
    assert faults <= 1
    with town.faults.off():
        assert [town.predicted(name) is not None for name in "ab"] == [True, True]


def test_every_part_is_measured() -> None:
    town = Town("a", "b")
    town.runtime.tick()
    report = town.place.profile.report()
    counts = {name: found.count for name, found in report.items()}
    assert counts == {FETCH: 1, INFERENCE: 1, WRITE: 1, LATENCY: 2}


def test_odd_ids_come_through() -> None:
    town = Town("ü 1", "a:b")
    assert town.runtime.tick().predicted == 2
    assert json.dumps(town.predicted("a:b"))

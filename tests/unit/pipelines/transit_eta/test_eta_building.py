import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.support import agency
from windlass.adapters.memory.keyvalue import MemoryKeyValue
from windlass.domain.errors import InputError
from windlass.pipelines.transit_eta import steps
from windlass.pipelines.transit_eta.building import (
    BuildReport,
    Wanted,
    build_positions,
    with_weather,
)
from windlass.pipelines.transit_eta.data import FILE
from windlass.pipelines.transit_eta.schedule import FEED, Schedule, read_schedule, route_stops
from windlass.pipelines.transit_eta.seeding import seed_route_stops
from windlass.pipelines.transit_eta.synthetic import synthetic_frame
from windlass.pipelines.transit_eta.synthetic_feed import synthetic_feed, synthetic_sources
from windlass.pipelines.transit_eta.telemetry import read_telemetry
from windlass.pipelines.transit_eta.writing import to_parquet

ALL = Wanted(days_back=0, route_ids=frozenset())


@pytest.fixture(scope="module")
def telemetry() -> pd.DataFrame:
    return read_telemetry(synthetic_sources(agency.AGENCY)).frame


@pytest.fixture(scope="module")
def schedule() -> Schedule:
    return read_schedule(synthetic_feed(agency.AGENCY))


@pytest.fixture(scope="module")
def built(telemetry: pd.DataFrame, schedule: Schedule) -> tuple[pd.DataFrame, BuildReport]:
    return build_positions(telemetry, schedule, ALL)


def test_a_feed_gives_the_stops_of_each_trip_and_its_time_zone(schedule: Schedule) -> None:
    trip = schedule.trips["line-1-1759910400"]
    assert schedule.timezone == "America/New_York"
    assert (trip.route, trip.direction) == ("line-1", 0)
    assert list(trip.line.stops[:2]) == ["line-1-0", "line-1-1"]
    assert list(trip.sequence) == [10 * place for place in range(8)]
    assert [day.isoformat() for day in schedule.services] == ["2025-10-08"]


def test_next_stops_and_labels_are_found_again(
    built: tuple[pd.DataFrame, BuildReport],
) -> None:
    keys = ["trip_id", "vp_ts"]
    truth = synthetic_frame(agency.AGENCY)
    both = built[0].merge(truth, on=keys, suffixes=("", "_true"))
    assert len(both) > 0.95 * len(truth)
    same = both["stop_id"] == both["stop_id_true"]
    assert same.mean() > 0.99
    off = (both["time_to_arrival_seconds"] - both["time_to_arrival_seconds_true"])[same].abs()
    # the made-up telemetry ends before the last of eight stops is reached
    assert off.notna().mean() > 0.75
    assert off.max() <= 15


def test_the_report_counts_rows(built: tuple[pd.DataFrame, BuildReport]) -> None:
    frame, report = built
    assert report.unknown_trips == report.off_calendar_trips == 0
    assert report.built == len(frame)
    assert 0.75 * report.built < report.labelled <= report.built
    assert str(report.labelled) in report.line()


def test_trips_that_the_schedule_does_not_know_are_counted_and_left_out(
    telemetry: pd.DataFrame, schedule: Schedule, built: tuple[pd.DataFrame, BuildReport]
) -> None:
    name = str(telemetry["trip_id"].iloc[0])
    fewer = {trip: known for trip, known in schedule.trips.items() if trip != name}
    frame, report = build_positions(telemetry, replace(schedule, trips=fewer), ALL)
    assert report.unknown_trips == 1
    assert report.unknown_rows == (telemetry["trip_id"] == name).sum()
    assert len(frame) == (built[0]["trip_id"] != name).sum()


def test_no_known_trip_at_all_is_refused(telemetry: pd.DataFrame, schedule: Schedule) -> None:
    with pytest.raises(InputError, match="the schedule does not know"):
        build_positions(telemetry, replace(schedule, trips={}), ALL)


def test_a_trip_on_a_day_without_its_service_is_counted_and_used(
    telemetry: pd.DataFrame, schedule: Schedule
) -> None:
    frame, report = build_positions(telemetry, replace(schedule, services={}), ALL)
    assert report.off_calendar_trips == frame["trip_id"].nunique()


def test_routes_and_days_can_be_chosen(telemetry: pd.DataFrame, schedule: Schedule) -> None:
    one = build_positions(
        telemetry, schedule, Wanted(days_back=0, route_ids=frozenset({"line-2"}))
    )[0]
    assert set(one["route_id"]) == {"line-2"}
    earlier = telemetry.assign(seconds=telemetry["seconds"] - 3 * 86_400)
    both = pd.concat([earlier, telemetry], ignore_index=True)
    recent = build_positions(both, schedule, Wanted(days_back=2, route_ids=frozenset()))[1]
    everything = build_positions(both, schedule, ALL)[1]
    assert everything.built == 2 * recent.built


def test_a_long_silence_leaves_no_label(telemetry: pd.DataFrame, schedule: Schedule) -> None:
    trip = telemetry[telemetry["trip_id"] == "line-1-1759910400"]
    after = trip["seconds"] - trip["seconds"].min()
    silent = trip[(after < 60) | (after > 420)]
    labels = build_positions(silent, schedule, ALL)[0]["time_to_arrival_seconds"]
    assert labels.iloc[:4].isna().all()
    assert labels.iloc[4:10].notna().all()


def test_hours_are_those_of_the_agency(built: tuple[pd.DataFrame, BuildReport]) -> None:
    local = built[0]["vp_ts"].dt.tz_convert("America/New_York")
    assert (built[0]["hour"] == local.dt.hour).all()
    assert (built[0]["day_of_week"] == local.dt.day_of_week).all()


def test_what_was_built_can_be_trained_on(built: tuple[pd.DataFrame, BuildReport]) -> None:
    files = {FILE: to_parquet(built[0])}
    dataset = steps.validate_data(files, agency.QUICK)
    assert dataset.report.bad == ()
    assert dataset.report.unlabelled == built[1].built - built[1].labelled
    prepared = steps.build_features(dataset, agency.QUICK)
    assert steps.fit_kind("polynomial_distance", prepared, 1).validation_error > 0


def test_weather_is_that_of_the_hour_and_null_where_it_is_unknown(
    built: tuple[pd.DataFrame, BuildReport],
) -> None:
    hour = int(built[0]["vp_ts"].iloc[0].timestamp()) // 3600
    frame = with_weather(built[0], {hour: (11.5, 0.2, 14.0)})
    assert frame["temperature_c"].iloc[0] == 11.5
    assert frame["wind_speed_kmh"].iloc[0] == 14.0
    assert np.isnan(frame["precipitation_mm"].iloc[-1])


def test_telemetry_may_have_the_training_files_names_and_be_text() -> None:
    frame = synthetic_frame(agency.AGENCY).head(50)
    text = frame[["vehicle_id", "trip_id", "vp_ts", "vp_lat", "vp_lon"]].to_csv(index=False)
    found = read_telemetry({"telemetry.csv": text.encode()}).frame
    assert found["lat"].tolist() == frame["vp_lat"].tolist()
    assert found["bearing"].isna().all()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "the telemetry is missing"),
        ({"telemetry.parquet": b"?"}, "can't be read"),
        ({"telemetry.csv": b"vehicle_id,trip_id,lat,lon\n1,2,3,4\n"}, "lacks the column timestamp"),
    ],
)
def test_telemetry_that_can_not_be_read_is_refused(files: dict[str, bytes], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_telemetry(files)


def test_a_feed_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="no zip file"):
        read_schedule(b"?")


def test_route_stops_are_seeded_as_the_runtime_reads_them(schedule: Schedule) -> None:
    keyvalue = MemoryKeyValue()
    assert seed_route_stops(keyvalue, schedule, {"line-2"}) == 1
    assert keyvalue.whole("route_stops:line-1") is None
    stops = json.loads(keyvalue.whole("route_stops:line-2") or "")
    assert [stop["stop_sequence"] for stop in stops] == [10 * place for place in range(8)]
    assert set(stops[0]) == {"stop_id", "stop_sequence", "lat", "lon", "direction_id"}


def test_both_directions_follow_each_other_in_one_sequence(schedule: Schedule) -> None:
    name, trip = next(iter(schedule.trips.items()))
    back = replace(trip, direction=1)
    both = replace(schedule, trips={name: trip, "back": back})
    sequence = [int(str(stop["stop_sequence"])) for stop in route_stops(both)[trip.route]]
    assert sequence == sorted(sequence)
    assert len(sequence) == 16


def test_the_sources_are_the_same_each_time() -> None:
    assert synthetic_sources(agency.AGENCY)[FEED] == synthetic_sources(agency.AGENCY)[FEED]

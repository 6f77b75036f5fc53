from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from tests.support import agency
from windlass.pipelines.transit_eta.ahead import Ahead, Line, Snapshots, next_stops
from windlass.pipelines.transit_eta.ahead import next_stops_in_turn as in_turn
from windlass.pipelines.transit_eta.data import FILE, Positions, read_dataset
from windlass.pipelines.transit_eta.features import NAMES, features_of, local_times
from windlass.pipelines.transit_eta.geometry import direction, metres
from windlass.pipelines.transit_eta.rows import Rows, build
from windlass.pipelines.transit_eta.splitting import by_time, by_trip, cuts
from windlass.pipelines.transit_eta.synthetic import synthetic_frame
from windlass.pipelines.transit_eta.training import part_of
from windlass.pipelines.transit_eta.writing import to_parquet

FIRST = 1_759_917_600
"""2025-10-08 10:00 UTC, a Wednesday."""


def texts(*names: str) -> "np.typing.NDArray[np.object_]":
    return np.array(names, dtype=object)


def line(*lat: float, directions: tuple[int, ...] = ()) -> Line:
    return Line(
        stops=texts(*(f"s{place}" for place in range(len(lat)))),
        lat=np.array(lat),
        lon=np.zeros(len(lat)),
        directions=np.array(directions or [0] * len(lat)),
    )


def seen(*lat: float, bearing: float = float("nan")) -> Snapshots:
    count = len(lat)
    return Snapshots(
        routes=texts(*["r"] * count),
        lat=np.array(lat),
        lon=np.zeros(count),
        bearing=np.full(count, bearing),
        speed=np.zeros(count),
        seconds=np.full(count, FIRST),
    )


def positions(frame: pd.DataFrame) -> Positions:
    return read_dataset({FILE: to_parquet(frame)}, agency.QUICK).positions


def test_a_hundredth_of_a_degree_is_a_kilometre_and_east_is_a_right_angle() -> None:
    here, north = (np.zeros(1), np.zeros(1)), (np.full(1, 0.01), np.zeros(1))
    assert metres(here, north)[0] == pytest.approx(1112, abs=1)
    assert direction(here, north)[0] == 0
    assert direction(here, (np.zeros(1), np.full(1, 0.01)))[0] == pytest.approx(np.pi / 2)


@pytest.mark.parametrize(("lat", "stop"), [(-0.01, 0), (0.0, 0), (0.005, 1), (0.019, 2), (0.05, 2)])
def test_the_next_stop_ends_the_leg_that_a_vehicle_is_on(lat: float, stop: int) -> None:
    assert next_stops(seen(lat), line(0, 0.01, 0.02))[0] == stop


@pytest.mark.parametrize(("bearing", "stop"), [(0.0, 1), (180.0, 4)])
def test_the_bearing_tells_the_directions_of_a_route_apart(bearing: float, stop: int) -> None:
    both = line(0, 0.01, 0.02, 0.02, 0.01, 0, directions=(0, 0, 0, 1, 1, 1))
    back = {1: 1, 4: 4}[stop]
    place = 0.005 if bearing == 0 else 0.015
    assert next_stops(seen(place, bearing=bearing), both)[0] == back
    assert both.ends.tolist() == [2, 2, 2, 5, 5, 5]


def test_a_vehicle_never_goes_back_along_its_line() -> None:
    there_and_back = line(0, 0.01, 0.02, 0.01, 0)
    vehicle = replace(
        seen(0.002, 0.008, 0.012, 0.018, 0.018, 0.012, 0.008, 0.002),
        bearing=np.repeat([0.0, 180.0], 4),
    )
    assert in_turn(vehicle, there_and_back).tolist() == [1, 1, 2, 2, 3, 3, 4, 4]
    astray = seen(0.005, 0.015, 0.005, 0.015)
    assert (np.diff(in_turn(astray, line(0, 0.01, 0.02))) >= 0).all()


def test_distances_run_along_the_stops_and_start_anew_with_each_vehicle() -> None:
    ahead = Ahead(
        of=np.array([0, 0, 1]),
        stops=texts("a", "b", "a"),
        lat=np.array([0.01, 0.0, 0.01]),
        lon=np.zeros(3),
    )
    profile = agency.prepared().time.profile
    found = features_of(seen(0.0, 0.02), ahead, profile, ZoneInfo("UTC"))
    table = dict(zip(NAMES, found.T, strict=True))
    assert table["path_metres"] == pytest.approx([1112, 2224, 1112], abs=2)
    assert table["crow_metres"] == pytest.approx([1112, 0, 1112], abs=2)
    assert table["stops_between"].tolist() == [0, 1, 0]
    assert table["usual_between_seconds"][[0, 2]].tolist() == [0, 0]


def test_hours_follow_the_clock_of_the_agency_through_its_changes() -> None:
    zone = ZoneInfo("America/New_York")
    summer, winter = FIRST, FIRST + 60 * 86_400
    hours, days = local_times(np.array([summer, winter]), zone)
    assert hours.tolist() == [6, 5]
    assert days.tolist() == [2, 6]


def test_labels_of_farther_stops_are_when_the_trip_reached_them() -> None:
    rows = agency.rows()
    made = np.flatnonzero(~rows.judged & np.isfinite(rows.labels))
    truth = synthetic_frame(agency.AGENCY)
    reached = truth.drop_duplicates(["trip_id", "stop_id"]).set_index(["trip_id", "stop_id"])
    for place in made[::199]:
        arrival = reached.loc[(rows.trips[place], rows.ahead.stops[place]), "actual_arrival"]
        assert arrival.timestamp() - rows.seconds[place] == pytest.approx(rows.labels[place])


def test_every_row_of_the_file_is_judged_once() -> None:
    rows = agency.rows()
    assert rows.judged.sum() == agency.dataset().positions.judged.sum()
    assert sorted(rows.labels[rows.judged]) == sorted(
        agency.dataset().positions.labels[agency.dataset().positions.judged]
    )


def features(rows: Rows, chosen: "np.typing.NDArray[np.bool_]") -> dict[tuple[str, int], bytes]:
    """Feature rows of the file's own rows by trip and time, with a fixed profile."""
    profile = agency.prepared().time.profile
    table = features_of(rows.vehicles, rows.ahead, profile, ZoneInfo("UTC"))
    places = np.flatnonzero(chosen & rows.judged)
    return {(rows.trips[each], int(rows.seconds[each])): table[each].tobytes() for each in places}


def test_features_do_not_change_when_the_future_is_cut_off() -> None:
    frame = synthetic_frame(agency.AGENCY)
    cut = frame["vp_ts"].iloc[int(0.6 * len(frame))]
    whole, past = (
        build(positions(frame), 12, 0),
        build(positions(frame[frame["vp_ts"] <= cut]), 12, 0),
    )
    before = whole.seconds <= pd.Timestamp(cut).timestamp()
    known = features(whole, before)
    assert features(past, np.ones(len(past), dtype=np.bool_)) == known
    assert len(known) > 1000


def test_profiles_know_nothing_of_what_is_held_back() -> None:
    rows, dataset = agency.rows(), agency.dataset()
    starts = cuts(dataset.positions, agency.QUICK)
    split = by_time(rows, starts)
    labels = np.where(split.test | split.validation, 9999.0, rows.labels)
    changed = Rows(
        vehicles=rows.vehicles,
        ahead=rows.ahead,
        vehicle_ids=rows.vehicle_ids,
        trips=rows.trips,
        labels=labels,
        leg_seconds=rows.leg_seconds,
        judged=rows.judged,
    )
    assert (
        part_of(changed, split, agency.QUICK).profile == part_of(rows, split, agency.QUICK).profile
    )


def test_no_training_label_reaches_into_a_later_part() -> None:
    rows = agency.rows()
    validation, test = cuts(agency.dataset().positions, agency.QUICK)
    split = by_time(rows, (validation, test))
    arrivals = rows.seconds + rows.labels
    assert (arrivals[split.training] < validation).all()
    assert (arrivals[split.validation] < test).all()
    assert (rows.seconds[split.test] >= test).all()
    shares = [
        (part & rows.judged).sum() / rows.judged.sum() for part in (split.training, split.test)
    ]
    assert shares == pytest.approx([0.7, 0.2], abs=0.03)


def test_no_trip_is_in_two_parts() -> None:
    rows = agency.rows()
    split = by_trip(rows, agency.QUICK)
    assert split is not None
    trips = [set(rows.trips[part]) for part in (split.training, split.validation, split.test)]
    assert sum(map(len, trips)) == len(set.union(*trips))
    assert (split.test & rows.judged).sum() / rows.judged.sum() == pytest.approx(0.2, abs=0.06)


def test_too_few_trips_are_not_split_by_trip() -> None:
    frame = synthetic_frame(agency.AGENCY)
    few = frame[frame["trip_id"].isin(frame["trip_id"].unique()[:5])]
    assert by_trip(build(positions(few), 12, 0), agency.QUICK) is None

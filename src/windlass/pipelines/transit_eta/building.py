"""Telemetry joined with a schedule: the next stop of each position, and when it was reached.

Nobody records arrivals. A stop counts as reached when the vehicle comes within `ARRIVED_METRES` of
it; where no position lies so near, at the time between the positions before and after it, in
proportion to their distances. Where the vehicle was silent too long there is no label.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from windlass.domain.errors import InputError
from windlass.pipelines.transit_eta.ahead import Indices, Snapshots, next_stops_in_turn
from windlass.pipelines.transit_eta.features import local_times
from windlass.pipelines.transit_eta.geometry import Floats, metres
from windlass.pipelines.transit_eta.schedule import Schedule, Trip

ARRIVED_METRES = 40.0
SILENCE_SECONDS = 300
"""Longest time between two positions in which an arrival is put."""

_RUN_SECONDS = 3 * 3600
"""A trip that is heard of again after so long is another run of it."""

WEATHER = ("temperature_c", "precipitation_mm", "wind_speed_kmh")

Weather = Mapping[int, tuple[float, float, float]]
"""Hours since 1970 UTC to temperature, precipitation and wind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which part of the telemetry is used."""

    days_back: int
    """Days before its last row; 0 for all."""
    route_ids: frozenset[str]
    """None given means all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """What became of the telemetry."""

    rows: int
    unknown_trips: int
    """Trips that the schedule does not know; their rows are left out."""
    unknown_rows: int
    off_calendar_trips: int
    """Trips whose service does not run on that day; their rows are used."""
    built: int
    labelled: int

    def line(self) -> str:
        """The report for a log."""
        return (
            f"{self.rows} rows of telemetry; {self.unknown_rows} of {self.unknown_trips} trips "
            f"that the schedule does not know; {self.off_calendar_trips} trips on days without "
            f"their service; {self.built} rows built, {self.labelled} of them with a label"
        )


def build_positions(
    telemetry: pd.DataFrame, schedule: Schedule, wanted: Wanted
) -> tuple[pd.DataFrame, BuildReport]:
    """Rows in the layout of `vehicle_positions.parquet`; InputError when none could be built."""
    chosen = _chosen(telemetry, wanted)
    known = chosen["trip_id"].isin(schedule.trips.keys())
    zone = ZoneInfo(schedule.timezone)
    built, off_calendar = [], 0
    for trip_id, rows in _runs(chosen[known]):
        trip = schedule.trips[trip_id]
        if wanted.route_ids and trip.route not in wanted.route_ids:
            continue
        off_calendar += not _runs_on(schedule, trip, int(rows["seconds"].iloc[0]), zone)
        built.append(_joined(trip_id, trip, rows))
    unknown = chosen[~known]
    if not built:
        raise InputError(
            f"no row could be built of {len(chosen)} rows of telemetry: the schedule does not know "
            f"{unknown['trip_id'].nunique()} of its {chosen['trip_id'].nunique()} trips"
        )
    frame = _timed(pd.concat(built, ignore_index=True), zone)
    return frame, BuildReport(
        rows=len(chosen),
        unknown_trips=int(unknown["trip_id"].nunique()),
        unknown_rows=len(unknown),
        off_calendar_trips=off_calendar,
        built=len(frame),
        labelled=int(frame["time_to_arrival_seconds"].notna().sum()),
    )


def with_weather(frame: pd.DataFrame, weather: Weather) -> pd.DataFrame:
    """The rows with the weather of their hour, null where it is not known."""
    nothing = (np.nan, np.nan, np.nan)
    hours = frame["vp_ts"].to_numpy(dtype="datetime64[s]").astype(np.int64) // 3600
    values = np.array([weather.get(int(hour), nothing) for hour in hours]).reshape(-1, 3)
    return frame.assign(**{name: values[:, place] for place, name in enumerate(WEATHER)})


def _chosen(telemetry: pd.DataFrame, wanted: Wanted) -> pd.DataFrame:
    if not wanted.days_back:
        return telemetry
    first = int(telemetry["seconds"].max()) - wanted.days_back * 86_400
    return telemetry[telemetry["seconds"] > first]


def _runs(rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    found: list[tuple[str, pd.DataFrame]] = []
    for (trip_id, _), journey in rows.groupby(["trip_id", "vehicle_id"]):
        gaps = journey["seconds"].diff() > _RUN_SECONDS
        found.extend((str(trip_id), run) for _, run in journey.groupby(gaps.cumsum()))
    return found


def _runs_on(schedule: Schedule, trip: Trip, seconds: int, zone: ZoneInfo) -> bool:
    """Whether a trip may be seen then; it may have begun the day before."""
    day = datetime.fromtimestamp(seconds, UTC).astimezone(zone).date()
    return any(schedule.runs(trip.service, each) for each in (day, day - timedelta(days=1)))


def _joined(trip_id: str, trip: Trip, rows: pd.DataFrame) -> pd.DataFrame:
    vehicles = _snapshots(trip, rows)
    line, seconds = trip.line, vehicles.seconds
    passing = next_stops_in_turn(vehicles, line)
    reach = metres((vehicles.lat[:, None], vehicles.lon[:, None]), (line.lat[None], line.lon[None]))
    arrivals = np.array([_arrival(seconds, reach[:, j], passing, j) for j in range(len(line.lat))])
    # at a stop the next one is next; who is at a later stop has passed all before
    known = np.where(np.isfinite(arrivals), arrivals, np.inf)
    reached = np.minimum.accumulate(known[::-1])[::-1]
    target = np.maximum(passing, np.searchsorted(reached, seconds, side="right"))
    kept = target < len(line.lat)
    target, seconds = target[kept], seconds[kept]
    labels = arrivals[target] - seconds
    labels[labels < 0] = np.nan
    return pd.DataFrame(
        {
            "trip_id": trip_id,
            "route_id": trip.route,
            "vehicle_id": rows["vehicle_id"].to_numpy(dtype=object)[kept],
            "stop_id": line.stops[target],
            "stop_sequence": trip.sequence[target],
            "vp_ts": pd.to_datetime(seconds, unit="s", utc=True),
            "vp_lat": vehicles.lat[kept],
            "vp_lon": vehicles.lon[kept],
            "vp_bearing": vehicles.bearing[kept],
            "stop_lat": line.lat[target],
            "stop_lon": line.lon[target],
            "distance_to_stop": reach[kept, target],
            "progress_ratio": target / max(len(line.lat) - 1, 1),
            "actual_arrival": pd.to_datetime((seconds + labels).round(), unit="s", utc=True),
            "time_to_arrival_seconds": labels.round(),
            "current_speed_kmh": vehicles.speed[kept],
        }
    )


def _snapshots(trip: Trip, rows: pd.DataFrame) -> Snapshots:
    def numbers(name: str) -> Floats:
        return rows[name].to_numpy(dtype=np.float64, na_value=np.nan)

    return Snapshots(
        routes=np.full(len(rows), trip.route, dtype=object),
        lat=numbers("lat"),
        lon=numbers("lon"),
        bearing=numbers("bearing"),
        speed=numbers("speed_kmh"),
        seconds=rows["seconds"].to_numpy(dtype=np.int64),
    )


def _arrival(seconds: Indices, reach: Floats, passing: Indices, stop: int) -> float:
    """When a stop was reached, NaN where that can't be told."""
    near = np.flatnonzero((reach <= ARRIVED_METRES) & (np.abs(passing - stop) <= 1))
    if len(near):
        return float(seconds[near[0]])
    after = np.flatnonzero(passing > stop)
    if not len(after) or after[0] == 0:
        return np.nan
    last, first = int(after[0]) - 1, int(after[0])
    if seconds[first] - seconds[last] > SILENCE_SECONDS:
        return np.nan
    share = reach[last] / max(reach[last] + reach[first], 1.0)
    return float(seconds[last] + share * (seconds[first] - seconds[last]))


def _timed(frame: pd.DataFrame, zone: ZoneInfo) -> pd.DataFrame:
    """The rows in order of time with hour and day in the agency's time zone."""
    frame = frame.sort_values(["vp_ts", "vehicle_id"], ignore_index=True)
    seconds = frame["vp_ts"].to_numpy(dtype="datetime64[s]").astype(np.int64)
    hours, days = local_times(seconds, zone)
    peak = (days < 5) & (((hours >= 7) & (hours < 10)) | ((hours >= 16) & (hours < 19)))
    return frame.assign(
        hour=hours.astype(np.int64),
        day_of_week=days.astype(np.int64),
        is_weekend=days >= 5,
        is_peak_hour=peak,
        **dict.fromkeys(WEATHER, np.nan),
    )

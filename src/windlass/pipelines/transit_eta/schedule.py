"""A static GTFS feed: which stops each trip calls at, where they are, and when trips run.

The feed is read by partridge, which knows the format; what is left here is only our own view.
"""

import tempfile
import warnings
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from windlass.domain.errors import InputError
from windlass.pipelines.transit_eta.ahead import Indices, Line

if TYPE_CHECKING:
    import pandas as pd

FEED = "gtfs.zip"

MAX_FEED_BYTES = 4 * 1024**3
"""Larger feeds, unpacked, are refused before they fill the disk."""

_NEEDED = ("agency", "stops", "routes", "trips", "stop_times")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """One trip of the schedule."""

    route: str
    service: str
    direction: int
    line: Line
    sequence: Indices
    """`stop_sequence` of each stop of the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What a feed says."""

    timezone: str
    trips: Mapping[str, Trip]
    services: Mapping[date, frozenset[str]]
    """Services that run on a day."""

    def runs(self, service: str, day: date) -> bool:
        """Whether a service runs on a day."""
        return service in self.services.get(day, frozenset())


def read_schedule(data: bytes) -> Schedule:
    """Read a zip file; InputError names what is missing in it."""
    _check_zip(data)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # partridge uses pandas in ways that newer ones advise against
        warnings.simplefilter("ignore")
        path = Path(folder, FEED)
        path.write_bytes(data)
        import partridge

        feed = partridge.load_raw_feed(str(path))
        tables = {name: getattr(feed, name) for name in _NEEDED}
        for name, table in tables.items():
            if table.empty:
                raise InputError(f"{FEED} has no {name}.txt, or it has no rows")
        dated = not (feed.calendar.empty and feed.calendar_dates.empty)
        services = dict(partridge.read_service_ids_by_date(str(path))) if dated else {}
    try:
        return Schedule(
            timezone=str(tables["agency"]["agency_timezone"].iloc[0]),
            trips=_trips(tables),
            services=services,
        )
    except KeyError as error:
        raise InputError(f"{FEED} lacks the column {error}") from error
    except ValueError as error:
        raise InputError(f"{FEED} can't be read: {error}") from error


def route_stops(schedule: Schedule) -> dict[str, list[dict[str, object]]]:
    """Stops of each route as the streaming runtime wants them.

    Of each direction the stops of the commonest pattern, the longer where two are as common; the
    second direction's sequence goes on where the first one's ends.
    """
    patterns: dict[tuple[str, int], Counter[tuple[str, ...]]] = {}
    examples: dict[tuple[str, int, tuple[str, ...]], Trip] = {}
    for _, trip in sorted(schedule.trips.items()):
        stops = tuple(trip.line.stops)
        patterns.setdefault((trip.route, trip.direction), Counter())[stops] += 1
        examples.setdefault((trip.route, trip.direction, stops), trip)
    found: dict[str, list[dict[str, object]]] = {}
    for (route, direction), counts in sorted(patterns.items()):
        commonest = max(counts, key=lambda stops: (counts[stops], len(stops), stops))
        known = found.setdefault(route, [])
        offset = int(str(known[-1]["stop_sequence"])) if known else 0
        known.extend(_stops(examples[route, direction, commonest], direction, offset))
    return found


def _stops(trip: Trip, direction: int, offset: int) -> list[dict[str, object]]:
    line = trip.line
    return [
        {
            "stop_id": str(stop),
            "stop_sequence": int(sequence) + offset,
            "lat": float(lat),
            "lon": float(lon),
            "direction_id": direction,
        }
        for stop, sequence, lat, lon in zip(
            line.stops, trip.sequence, line.lat, line.lon, strict=True
        )
    ]


def _check_zip(data: bytes) -> None:
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            size = sum(info.file_size for info in packed.infolist())
    except zipfile.BadZipFile as error:
        raise InputError(f"{FEED} is no zip file: {error}") from error
    if size > MAX_FEED_BYTES:
        raise InputError(f"{FEED} unpacks to {size} bytes, more than any feed should")


def _trips(tables: Mapping[str, "pd.DataFrame"]) -> dict[str, Trip]:
    trips = tables["trips"].merge(tables["routes"][["route_id"]], on="route_id")
    calls = tables["stop_times"].merge(
        tables["stops"][["stop_id", "stop_lat", "stop_lon"]], on="stop_id"
    )
    calls = calls.assign(stop_sequence=calls["stop_sequence"].astype("int64"))
    calls = calls.sort_values(["trip_id", "stop_sequence"])
    by_trip = {str(name): rows for name, rows in calls.groupby("trip_id", sort=False)}
    directions: Any = trips.get("direction_id", "0")
    known = trips.assign(direction_id=directions).itertuples(index=False)
    return {
        str(trip.trip_id): _trip(trip, by_trip[str(trip.trip_id)])
        for trip in known
        if str(trip.trip_id) in by_trip
    }


def _trip(trip: Any, calls: "pd.DataFrame") -> Trip:
    count, direction = len(calls), str(trip.direction_id)
    return Trip(
        route=str(trip.route_id),
        service=str(trip.service_id),
        direction=int(direction) if direction in ("0", "1") else 0,
        line=Line(
            stops=calls["stop_id"].to_numpy(dtype=object),
            lat=calls["stop_lat"].to_numpy(dtype=np.float64),
            lon=calls["stop_lon"].to_numpy(dtype=np.float64),
            directions=np.zeros(count, dtype=np.int64),
        ),
        sequence=calls["stop_sequence"].to_numpy(dtype=np.int64),
    )

"""The made-up agency's telemetry and schedule, from which its dataset can be built again."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence

import pandas as pd

from windlass.pipelines.transit_eta.schedule import FEED
from windlass.pipelines.transit_eta.synthetic import Agency, Route, departures, synthetic_frame
from windlass.pipelines.transit_eta.writing import to_parquet

_TIMEZONE = "America/New_York"
_DAY = "20251008"


def sample_sources() -> dict[str, bytes]:
    """Telemetry and schedule to try `dataset-build` with."""
    return synthetic_sources(Agency())


def synthetic_sources(agency: Agency) -> dict[str, bytes]:
    """The files; the same agency gives the same ones."""
    return {
        "telemetry.parquet": to_parquet(synthetic_telemetry(agency)),
        FEED: synthetic_feed(agency),
    }


def synthetic_telemetry(agency: Agency) -> pd.DataFrame:
    """Positions without stops and labels."""
    names = {
        "vp_ts": "timestamp",
        "vp_lat": "lat",
        "vp_lon": "lon",
        "vp_bearing": "bearing",
        "current_speed_kmh": "speed_kmh",
    }
    return synthetic_frame(agency).rename(columns=names)[
        ["vehicle_id", "trip_id", "route_id", *names.values()]
    ]


def synthetic_feed(agency: Agency) -> bytes:
    """The schedule as a zip file."""
    trips = departures(agency)
    routes = {route.name: route for route, _ in trips}
    tables: dict[str, tuple[Sequence[str], Iterable[Sequence[object]]]] = {
        "agency": (
            ("agency_id", "agency_name", "agency_url", "agency_timezone"),
            [("windlass", "Made up", "https://example.org", _TIMEZONE)],
        ),
        "stops": (
            ("stop_id", "stop_name", "stop_lat", "stop_lon"),
            [row for route in routes.values() for row in _stops(route)],
        ),
        "routes": (
            ("route_id", "route_short_name", "route_type"),
            [(name, name, 3) for name in routes],
        ),
        "trips": (
            ("route_id", "service_id", "trip_id", "direction_id"),
            [(route.name, "weekday", route.trip_name(start), 0) for route, start in trips],
        ),
        "stop_times": (
            ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"),
            [row for route, start in trips for row in _calls(route, start)],
        ),
        "calendar": (
            ("service_id", *_DAYS, "start_date", "end_date"),
            [("weekday", 1, 1, 1, 1, 1, 0, 0, _DAY, _DAY)],
        ),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, (header, rows) in tables.items():
            # a fixed date: the same agency gives the same bytes
            info = zipfile.ZipInfo(f"{name}.txt", date_time=(2025, 1, 1, 0, 0, 0))
            packed.writestr(info, _text(header, rows))
    return file.getvalue()


_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _stops(route: Route) -> list[tuple[object, ...]]:
    return [
        (route.stop_name(place), route.stop_name(place), lat, lon)
        for place, (lat, lon) in enumerate(zip(route.lat, route.lon, strict=True))
    ]


def _calls(route: Route, start: int) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for place in range(len(route.lat)):
        # local time; New York is four hours behind in October
        minutes = (start // 60 - 240) % 1440 + 2 * place
        time = f"{minutes // 60:02d}:{minutes % 60:02d}:00"
        found.append((route.trip_name(start), time, time, route.stop_name(place), place * 10))
    return found


def _text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()

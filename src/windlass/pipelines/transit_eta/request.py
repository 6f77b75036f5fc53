"""`/predict` requests of this pipeline, and snapshots as the streaming runtime finds them.

A request is a vehicle and the stops ahead of it, all of which are answered; `bearing` and
`speed_kmh` may be null or left out, other fields are not looked at::

    {"vehicle": {"vehicle_id": "G-10080", "trip_id": "71193496", "route_id": "Green-D",
                 "lat": 42.3693, "lon": -71.0728, "bearing": 305, "speed_kmh": 34.9,
                 "timestamp": "2025-10-08T10:49:52Z"},
     "stops": [{"stop_id": "70501", "stop_sequence": 650, "lat": 42.3716, "lon": -71.0765}, …]}
"""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from windlass.pipelines.contract import InvalidRequest
from windlass.pipelines.json_values import Fields, fields_of, number, required
from windlass.pipelines.transit_eta.ahead import Ahead, Line, Snapshots

MAX_STOPS = 1000
"""Stops that a request or a route may have."""

_MILLISECONDS = 1e11
"""Numbers above are milliseconds: as seconds they would be thousands of years away."""
_LAST_SECOND = 253_402_300_800
"""End of the year 9999."""


class Seen(NamedTuple):
    """One snapshot, read."""

    vehicle: str
    route: str
    lat: float
    lon: float
    bearing: float
    speed: float
    seconds: int


class Stop(NamedTuple):
    """One stop, read."""

    stop_id: str
    sequence: int | None
    direction: int
    lat: float
    lon: float


def read_snapshot(given: Fields, place: str = "") -> Seen:
    """Read a vehicle; InvalidRequest names the field that is missing or wrong."""
    return seen_at_once(given) or seen_by_field(given, place)


def seen_by_field(given: Fields, place: str = "") -> Seen:
    """Read a vehicle value by value."""
    return Seen(
        vehicle=_text(required(given, "vehicle_id", place), place + "vehicle_id"),
        route=_text(required(given, "route_id", place), place + "route_id"),
        lat=_degrees(given, "lat", place, 90),
        lon=_degrees(given, "lon", place, 180),
        bearing=_optional(given, "bearing", place),
        speed=_optional(given, "speed_kmh", place),
        seconds=_seconds(required(given, "timestamp", place), place + "timestamp"),
    )


def seen_at_once(given: Fields) -> Seen | None:
    """Read a vehicle all of whose values are as they should be; None for any other.

    The streaming runtime reads thousands per second, and hardly ever meets another.
    """
    try:
        vehicle, route, lat, lon, seconds, bearing, speed = _FIELDS(given)
    except KeyError:
        return None
    is_usual = (
        type(vehicle) is str
        and type(route) is str
        and type(lat) is type(lon) is type(seconds) is type(bearing) is type(speed) is float
        and vehicle != ""
        and route != ""
        and -90 <= lat <= 90
        and -180 <= lon <= 180
        and 0 <= seconds <= _MILLISECONDS
        and math.isfinite(bearing)
        and math.isfinite(speed)
    )
    return Seen(vehicle, route, lat, lon, bearing, speed, int(seconds)) if is_usual else None


_FIELDS = itemgetter("vehicle_id", "route_id", "lat", "lon", "timestamp", "bearing", "speed_kmh")


def read_stops(given: object, place: str = "stops") -> list[Stop]:
    """Read stops into the order of their sequence, direction after direction."""
    if not isinstance(given, list | tuple) or not given:
        raise InvalidRequest(place, "must be a list of at least one stop")
    if len(given) > MAX_STOPS:
        raise InvalidRequest(place, f"has {len(given)} stops; at most {MAX_STOPS} are read")
    stops = [_stop(value, f"{place}[{index}]") for index, value in enumerate(given)]
    if any(stop.sequence is None for stop in stops):
        return stops
    return sorted(stops, key=lambda stop: (stop.direction, stop.sequence or 0))


def snapshots_of(seen: Sequence[Seen]) -> Snapshots:
    """Snapshots as arrays."""
    routes = np.empty(len(seen), dtype=object)
    routes[:] = [one.route for one in seen]
    numbers = np.array(
        [(one.lat, one.lon, one.bearing, one.speed) for one in seen], dtype=np.float64
    ).reshape(-1, 4)
    return Snapshots(
        routes=routes,
        lat=numbers[:, 0],
        lon=numbers[:, 1],
        bearing=numbers[:, 2],
        speed=numbers[:, 3],
        seconds=np.array([one.seconds for one in seen], dtype=np.int64),
    )


def line_of(stops: Sequence[Stop]) -> Line:
    """Stops as arrays."""
    names = np.empty(len(stops), dtype=object)
    names[:] = [stop.stop_id for stop in stops]
    return Line(
        stops=names,
        lat=np.array([stop.lat for stop in stops]),
        lon=np.array([stop.lon for stop in stops]),
        directions=np.array([stop.direction for stop in stops], dtype=np.int64),
    )


def all_ahead(line: Line) -> Ahead:
    """All stops of a line as ahead of one vehicle."""
    of = np.zeros(len(line.lat), dtype=np.int64)
    return Ahead(of=of, stops=line.stops, lat=line.lat, lon=line.lon)


def _stop(value: object, place: str) -> Stop:
    given, dot = fields_of(value, place), place + "."
    sequence, direction = given.get("stop_sequence"), given.get("direction_id")
    return Stop(
        stop_id=_text(required(given, "stop_id", dot), dot + "stop_id"),
        sequence=None if sequence is None else _whole(sequence, dot + "stop_sequence"),
        direction=0 if direction is None else _whole(direction, dot + "direction_id"),
        lat=_degrees(given, "lat", dot, 90),
        lon=_degrees(given, "lon", dot, 180),
    )


def _text(value: object, field: str) -> str:
    if isinstance(value, str) and value:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise InvalidRequest(field, "must be a text")


def _whole(value: object, field: str) -> int:
    found = number(value, field)
    if not found.is_integer() or abs(found) > 2**53:
        raise InvalidRequest(field, "must be a whole number")
    return int(found)


def _degrees(given: Fields, name: str, place: str, most: float) -> float:
    value = required(given, name, place)
    if type(value) is float and -most <= value <= most:
        return value
    found = number(value, place + name)
    if not -most <= found <= most:
        raise InvalidRequest(place + name, f"must lie in {-most:g} to {most:g}")
    return found


def _optional(given: Fields, name: str, place: str) -> float:
    value = given.get(name)
    return math.nan if value is None else number(value, place + name)


def _seconds(value: object, field: str) -> int:
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise InvalidRequest(field, "must be a time like 2025-10-08T10:49:52Z") from None
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    found = number(value, field)
    found = found / 1000 if found > _MILLISECONDS else found
    if not 0 <= found < _LAST_SECOND:
        raise InvalidRequest(field, "must be a time, or seconds since 1970")
    return int(found)

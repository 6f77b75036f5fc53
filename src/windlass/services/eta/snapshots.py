"""A vehicle's snapshot and a route's stops, read from JSON that others wrote.

Whatever is wrong is a value with its reason, so that one bad vehicle never stops the others.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from operator import itemgetter
from typing import NamedTuple

import orjson

from windlass.services.eta.memory import Stored

_MILLISECONDS_FROM = 1e11
"""A number of seconds as large as that would lie beyond the year 5000."""

_LATEST = 4e9
"""A time behind the year 2096 is a mistake."""

_SOUND = 1e5
"""No bearing and no speed is that large."""


class Reason(StrEnum):
    """Why there is no prediction for a vehicle."""

    GONE = "gone"
    """Its key vanished between being listed and being read, or holds no text."""
    NOT_JSON = "not_json"
    MISSING_FIELD = "missing_field"
    WRONG_FIELD = "wrong_field"
    OTHER_VEHICLE = "other_vehicle"
    """Its document names another vehicle than its key."""
    UNKNOWN_ROUTE = "unknown_route"
    BAD_ROUTE = "bad_route"
    REFUSED = "refused"
    """The model can't answer it."""
    NO_STOP_AHEAD = "no_stop_ahead"


class Rejected(NamedTuple):
    """A vehicle that can't be predicted now."""

    vehicle: str
    reason: Reason
    detail: str = ""

    def __str__(self) -> str:
        """One line for a log."""
        return f"vehicle {self.vehicle!r:.60}: {self.detail or self.reason}"


class Snapshot(NamedTuple):
    """Where a vehicle was, and when."""

    vehicle: str
    route: str
    seconds: float
    """Since 1970 UTC."""
    timestamp: object
    """The same as it was written."""
    fields: Mapping[str, object]
    """The contract's fields, checked, among whatever else was written; the timestamp in seconds,
    trip, bearing and speed None where they are unknown.
    """


class _Wrong(ValueError):
    """A field that does not fit; its text says how."""


def read_snapshot(vehicle: str, raw: bytes | None) -> Snapshot | Rejected:
    """Read one vehicle's document."""
    if raw is None:
        return Rejected(vehicle, Reason.GONE)
    try:
        given = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return Rejected(vehicle, Reason.NOT_JSON, f"no JSON: {error}")
    if not isinstance(given, dict):
        return Rejected(vehicle, Reason.NOT_JSON, "no JSON object")
    try:
        is_whole = None not in _REQUIRED_VALUES(given)
    except KeyError:
        is_whole = False
    if not is_whole:
        missing = next(name for name in _REQUIRED if given.get(name) is None)
        return Rejected(vehicle, Reason.MISSING_FIELD, f"lacks {missing}")
    if (named := _text(given["vehicle_id"])) != vehicle:
        return Rejected(vehicle, Reason.OTHER_VEHICLE, f"names itself {named!r:.60}")
    try:
        return _snapshot(vehicle, given)
    except _Wrong as error:
        return Rejected(vehicle, Reason.WRONG_FIELD, str(error))


_REQUIRED = ("vehicle_id", "route_id", "lat", "lon", "timestamp")
_REQUIRED_VALUES = itemgetter(*_REQUIRED)


def _snapshot(vehicle: str, given: dict[str, object]) -> Snapshot:
    """Make a snapshot of what was read, whose values become what they should be."""
    route, timestamp = _text(given["route_id"]), given["timestamp"]
    if not route:
        raise _Wrong("route_id must be a text")
    seconds = instant(timestamp)
    if seconds is None:
        raise _Wrong(f"timestamp is no time: {timestamp!r:.40}")
    given["vehicle_id"], given["route_id"], given["timestamp"] = vehicle, route, seconds
    given["trip_id"] = _text(given.get("trip_id")) or None
    lat, lon = given["lat"], given["lon"]
    if not (type(lat) is type(lon) is float and -90 <= lat <= 90 and -180 <= lon <= 180):
        given["lat"], given["lon"] = _degrees(lat, "lat", 90), _degrees(lon, "lon", 180)
    bearing, speed = given.get("bearing"), given.get("speed_kmh")
    if not (type(bearing) is type(speed) is float and abs(bearing) < _SOUND > abs(speed)):
        given["bearing"], given["speed_kmh"] = _optional(bearing), _optional(speed)
    return Snapshot(vehicle, route, seconds, timestamp, given)


def instant(value: object) -> float | None:
    """Seconds since 1970 of a time: ISO 8601 (UTC where it names no zone), or a number of seconds
    or milliseconds; None for anything else.
    """
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            return None
        seconds = (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    elif isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value if value < _MILLISECONDS_FROM else min(value, _LATEST * 1000) / 1000
    else:
        return None
    return float(seconds) if 0 < seconds < _LATEST else None


def predicted_from(raw: bytes | None, now: float) -> Stored | None:
    """What a stored prediction was made from, and when; None where there is none.

    `now` is seconds since 1970. One that does not say when it was made counts as new.
    """
    if raw is None:
        return None
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    snapshot = instant(document.get("snapshot_timestamp")) if isinstance(document, dict) else None
    if snapshot is None:
        return None
    made = instant(document.get("prediction_timestamp"))
    return Stored(snapshot=snapshot, age=0.0 if made is None else max(0.0, now - made))


def read_stops(raw: bytes) -> tuple[Mapping[str, object], ...] | None:
    """Stops of a route as the model reads them; None for what is no list of JSON objects."""
    try:
        given = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        return None
    return tuple(given)


def _text(value: object) -> str:
    """A text, or an id that somebody wrote as a number; empty for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _degrees(value: object, name: str, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Wrong(f"{name} must be a number, not {value!r:.40}")
    if not -most <= value <= most:
        raise _Wrong(f"{name} must lie in {-most:g} to {most:g}, not {value!r:.40}")
    return float(value)


def _optional(value: object) -> float | None:
    """Bearing and speed help, but a strange one is no reason to predict nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) >= _SOUND:
        return None
    return float(value)

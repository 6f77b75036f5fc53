"""Features of a vehicle and one stop ahead of it: one function for training and for serving.

They come from the snapshot, from where the stops up to that one lie, and from the profile that
training made of the past. Nothing else is looked at, so nothing later than the snapshot can be.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from windlass.pipelines.transit_eta.ahead import Ahead, Indices, Snapshots
from windlass.pipelines.transit_eta.geometry import Floats, direction, metres
from windlass.pipelines.transit_eta.profile import Profile

Features = NDArray[np.float32]

FEATURES_VERSION = "1"
"""Goes up whenever a feature changes its name or meaning."""

NAMES = (
    "path_metres",
    "crow_metres",
    "stops_between",
    "next_metres",
    "leg_metres",
    "speed_kmh",
    "heading_cos",
    "heading_sin",
    "bearing_cos",
    "bearing_sin",
    "lat",
    "lon",
    "stop_lat",
    "stop_lon",
    "hour",
    "weekday",
    "usual_seconds",
    "usual_next_seconds",
    "usual_between_seconds",
    "usual_pace",
)
PATH, BETWEEN, HOUR = (NAMES.index(name) for name in ("path_metres", "stops_between", "hour"))

_OFFSET_SECONDS = 900
"""Clocks are only ever changed on a quarter of an hour."""


def features_of(vehicles: Snapshots, ahead: Ahead, profile: Profile, zone: ZoneInfo) -> Features:
    """One row per stop ahead, columns as in NAMES; NaN where something is unknown."""
    legs, path = ways(vehicles, ahead)
    of, first = ahead.of, ahead.starts
    here, there = (vehicles.lat[of], vehicles.lon[of]), (ahead.lat, ahead.lon)
    crow = metres(here, there)
    bearing = np.radians(vehicles.bearing)[of]
    heading = bearing - direction(here, (ahead.lat[first], ahead.lon[first]))
    hours, weekdays = local_times(vehicles.seconds, zone)
    between = np.arange(len(of)) - first
    usual = profile.stop_seconds(ahead.stops, crow)
    passing = np.where(between > 0, profile.leg_seconds(ahead.stops), 0)
    columns = (
        path,
        crow,
        between,
        legs[first],
        legs,
        vehicles.speed[of],
        np.cos(heading),
        np.sin(heading),
        np.cos(bearing),
        np.sin(bearing),
        vehicles.lat[of],
        vehicles.lon[of],
        ahead.lat,
        ahead.lon,
        hours[of],
        weekdays[of],
        usual,
        usual[first],
        _running(passing, first),
        profile.pace(vehicles.routes)[of],
    )
    return np.column_stack(columns).astype(np.float32)


def ways(vehicles: Snapshots, ahead: Ahead) -> tuple[Floats, Floats]:
    """Metres from the stop before (or the vehicle), and from the vehicle along all stops."""
    first = ahead.starts
    fresh = first == np.arange(len(first))
    lat, lon = np.roll(ahead.lat, 1), np.roll(ahead.lon, 1)
    lat, lon = (
        np.where(fresh, vehicles.lat[ahead.of], lat),
        np.where(fresh, vehicles.lon[ahead.of], lon),
    )
    legs = metres((lat, lon), (ahead.lat, ahead.lon))
    return legs, _running(legs, first)


def _running(values: Floats, first: Indices) -> Floats:
    """Sums from each vehicle's first element on."""
    sums = np.cumsum(values)
    found: Floats = sums - sums[first] + values[first]
    return found


def local_times(seconds: Indices, zone: ZoneInfo) -> tuple[Floats, Floats]:
    """Hour of the day with its fraction, and day of the week (Monday is 0), in a time zone."""
    quarters, place = np.unique(seconds // _OFFSET_SECONDS, return_inverse=True)
    offsets = np.array(
        [_offset(int(quarter) * _OFFSET_SECONDS, zone) for quarter in quarters], dtype=np.int64
    )
    local = seconds + offsets[place]
    # 1970 began on a Thursday
    return (local % 86_400) / 3600, ((local // 86_400 + 3) % 7).astype(np.float64)


def _offset(seconds: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(seconds, UTC).astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0

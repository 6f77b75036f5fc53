"""Vehicles of an agency that never was, in the layout of the real file.

What a model can learn is real: vehicles are slower on some stretches and in the rush hours, wait
at lights before some stops, and stand longer at busy ones. What it can't is real too: every run
has a pace of its own. A curve over the distance knows none of it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from windlass.pipelines.transit_eta.ahead import Indices
from windlass.pipelines.transit_eta.data import FILE
from windlass.pipelines.transit_eta.geometry import Floats, direction, metres
from windlass.pipelines.transit_eta.writing import to_parquet

START = 1_759_910_400
"""First departure: 2025-10-08 08:00 UTC."""

_LAT, _LON = 42.35, -71.06
_DEGREE_METRES = 111_195.0
_PERIOD = 15
"""Seconds between two positions."""
_HEADWAY = 900
_NOISE_DEGREES = 0.00005


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """What is made up."""

    routes: int = 2
    stops: int = 14
    hours: int = 9
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One line, run in one direction."""

    name: str
    lat: Floats
    lon: Floats
    pace: Floats
    """Usual seconds per metre to each stop."""
    light: Floats
    """Usual seconds at the lights before each stop."""
    dwell: Floats
    """Usual seconds at each stop."""

    def stop_name(self, place: int) -> str:
        """Name of one of its stops."""
        return f"{self.name}-{place}"

    def trip_name(self, departure: int) -> str:
        """Name of the trip that leaves then."""
        return f"{self.name}-{departure}"


def sample_files() -> dict[str, bytes]:
    """Files to try the pipeline with: what `source=synthetic` trains on."""
    return synthetic_files(Agency())


def synthetic_files(agency: Agency) -> dict[str, bytes]:
    """The file; the same agency gives the same bytes."""
    return {FILE: to_parquet(synthetic_frame(agency))}


def synthetic_frame(agency: Agency) -> pd.DataFrame:
    """The same as a table."""
    random = np.random.default_rng(agency.seed + 1)
    trips = [_trip(route, departure, random) for route, departure in departures(agency)]
    return pd.concat(trips, ignore_index=True).sort_values("vp_ts", ignore_index=True)


def departures(agency: Agency) -> list[tuple[Route, int]]:
    """Each trip's route and when it leaves its first stop."""
    random = np.random.default_rng(agency.seed)
    routes = [_route(number, agency, random) for number in range(1, agency.routes + 1)]
    return [
        (route, START + departure + 60 * number)
        for number, route in enumerate(routes)
        for departure in range(0, agency.hours * 3600, _HEADWAY)
    ]


def _route(number: int, agency: Agency, random: np.random.Generator) -> Route:
    count = agency.stops
    way = random.uniform(0, 2 * np.pi) + np.cumsum(random.normal(0, 0.4, count))
    length = random.uniform(250, 900, count) / _DEGREE_METRES
    return Route(
        name=f"line-{number}",
        lat=_LAT + np.cumsum(length * np.cos(way)),
        lon=_LON + np.cumsum(length * np.sin(way)) / np.cos(np.radians(_LAT)),
        pace=random.choice([0.06, 0.09, 0.16, 0.22], count),
        light=random.choice([0.0, 0.0, 40.0, 80.0], count),
        dwell=random.choice([12.0, 20.0, 45.0], count),
    )


def _trip(route: Route, departure: int, random: np.random.Generator) -> pd.DataFrame:
    """Positions between the first stop and the last, each with the stop that is next."""
    count = len(route.lat)
    hour = departure % 86_400 / 3600
    rush = 1.3 if 11 <= hour < 13 or 15 <= hour < 17 else 1.0
    legs = np.append(0.0, metres((route.lat[:-1], route.lon[:-1]), (route.lat[1:], route.lon[1:])))
    run = rush * random.lognormal(0, 0.08, count)
    moving = legs * route.pace * run
    lights = route.light * random.uniform(0.8, 1.2, count)
    dwells = route.dwell * rush * random.lognormal(0, 0.1, count)
    arrivals = departure + np.cumsum(moving + lights) + np.append(0.0, np.cumsum(dwells)[:-1])
    times = np.arange(departure + int(dwells[0]) + 1, int(arrivals[-1]), _PERIOD)
    target = np.searchsorted(arrivals, times, side="right")
    left = np.maximum(arrivals[target - 1] + dwells[target - 1], 0)
    # a vehicle waits at the lights 60 m before its stop
    done = np.clip((times - left) / np.maximum(moving[target], 1), 0, 1)
    share = np.minimum(done, 1 - 60 / np.maximum(legs[target], 120))
    still = (times < left) | (done >= 1)
    return _table(
        route,
        _Ride(departure=departure, times=times, target=target, share=share, still=still),
        arrivals,
        random,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ride:
    departure: int
    times: Indices
    target: Indices
    share: Floats
    """How much of the way to the stop is done."""
    still: NDArray[np.bool_]


def _table(
    route: Route, ride: _Ride, arrivals: Floats, random: np.random.Generator
) -> pd.DataFrame:
    target, before, count = ride.target, ride.target - 1, len(ride.times)
    lat = route.lat[before] + ride.share * (route.lat[target] - route.lat[before])
    lon = route.lon[before] + ride.share * (route.lon[target] - route.lon[before])
    lat, lon = (values + random.normal(0, _NOISE_DEGREES, count) for values in (lat, lon))
    stop = (route.lat[target], route.lon[target])
    speed = np.where(ride.still, 0.0, 3.6 / route.pace[target] * random.lognormal(0, 0.1, count))
    seconds = arrivals[target].round() - ride.times
    return pd.DataFrame(
        {
            "trip_id": route.trip_name(ride.departure),
            "route_id": route.name,
            "vehicle_id": f"bus-{int(random.integers(1000))}",
            "stop_id": [route.stop_name(place) for place in target],
            "stop_sequence": target * 10,
            "vp_ts": pd.to_datetime(ride.times, unit="s", utc=True),
            "vp_lat": lat.round(6),
            "vp_lon": lon.round(6),
            "vp_bearing": (np.degrees(direction((lat, lon), stop)) % 360).round(),
            "stop_lat": stop[0],
            "stop_lon": stop[1],
            "distance_to_stop": metres((lat, lon), stop).round(2),
            "actual_arrival": pd.to_datetime(arrivals[target].round(), unit="s", utc=True),
            "time_to_arrival_seconds": np.maximum(seconds, 0),
            "current_speed_kmh": speed.round(2),
        }
    )

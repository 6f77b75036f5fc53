"""Many snapshots at once: read, matched with the stops of their routes, the bad ones set aside."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from windlass.pipelines.contract import InvalidRequest
from windlass.pipelines.json_values import Fields, fields_of
from windlass.pipelines.transit_eta.ahead import Ahead, Indices, Snapshots, next_stops
from windlass.pipelines.transit_eta.request import (
    Seen,
    Stop,
    line_of,
    read_snapshot,
    read_stops,
    snapshots_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Vehicles that can be answered, and why others can't."""

    vehicles: Snapshots
    places: Sequence[int]
    """Place of each vehicle among the snapshots as they were given."""
    ahead: Ahead
    stops: Sequence[Stop]
    """The stops ahead once more, as they were read."""
    problems: Sequence[str | None]
    """For each snapshot as given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Stops ahead of the vehicles of one route."""

    of: Indices
    stops: Sequence[Stop]


def read_fleet(
    snapshots: Sequence[Fields], stops_by_route: Mapping[str, Sequence[Fields]], max_stops: int
) -> Fleet:
    """Read snapshots and find the next `max_stops` stops ahead of each."""
    problems: list[str | None] = [None] * len(snapshots)
    routes: dict[str, list[Stop] | str] = {}
    seen: list[Seen] = []
    places: list[int] = []
    for place, snapshot in enumerate(snapshots):
        try:
            one = read_snapshot(fields_of(snapshot, "snapshot"))
        except InvalidRequest as refusal:
            problems[place] = str(refusal)
            continue
        if one.route not in routes:
            routes[one.route] = _stops(one.route, stops_by_route)
        stops = routes[one.route]
        if isinstance(stops, str):
            problems[place] = stops
            continue
        seen.append(one)
        places.append(place)
    vehicles = snapshots_of(seen)
    known = {route: stops for route, stops in routes.items() if not isinstance(stops, str)}
    found = [_found(vehicles, route, stops, max_stops) for route, stops in known.items()]
    return _joined(vehicles, places, found, problems)


def _stops(route: str, stops_by_route: Mapping[str, Sequence[Fields]]) -> list[Stop] | str:
    """Stops of a route, or why there are none."""
    if route not in stops_by_route:
        return f"route {route} has no stops"
    try:
        return read_stops(stops_by_route[route], f"stops of route {route}")
    except InvalidRequest as refusal:
        return str(refusal)


def _found(vehicles: Snapshots, route: str, stops: Sequence[Stop], max_stops: int) -> _Found:
    own = np.flatnonzero(vehicles.routes == route)
    line = line_of(stops)
    first = next_stops(vehicles.where(own), line)
    lengths = np.minimum(line.ends[first] - first + 1, max_stops)
    of = np.repeat(own, lengths)
    start = np.cumsum(lengths) - lengths
    place = np.arange(len(of)) - np.repeat(start, lengths) + np.repeat(first, lengths)
    return _Found(of=of, stops=[stops[each] for each in place.tolist()])


def _joined(
    vehicles: Snapshots,
    places: Sequence[int],
    found: Iterable[_Found],
    problems: Sequence[str | None],
) -> Fleet:
    parts = list(found)
    of = np.concatenate([np.empty(0, dtype=np.int64), *(part.of for part in parts)])
    stops = [stop for part in parts for stop in part.stops]
    order = np.argsort(of, kind="stable")
    ordered = [stops[place] for place in order.tolist()]
    line = line_of(ordered)
    return Fleet(
        vehicles=vehicles,
        places=places,
        ahead=Ahead(of=of[order], stops=line.stops, lat=line.lat, lon=line.lon),
        stops=ordered,
        problems=problems,
    )

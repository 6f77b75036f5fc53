"""Many snapshots at once: read, matched with the stops of their routes, the bad ones set aside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from windlass.pipelines.contract import InvalidRequest
from windlass.pipelines.json_values import Fields, fields_of
from windlass.pipelines.transit_eta.ahead import (
    Ahead,
    Indices,
    Line,
    Snapshots,
    Texts,
    next_stops,
)
from windlass.pipelines.transit_eta.request import (
    Seen,
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
    sequences: Texts
    """Sequence number of each stop ahead, an int or None."""
    problems: Sequence[str | None]
    """For each snapshot as given."""


class Route(NamedTuple):
    """The stops of a route."""

    line: Line
    sequences: Texts


class Network:
    """Routes as they were read; one whose stops are the very same object is not read again."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[object, Route | str]] = {}

    def route(self, name: str, stops_by_route: Mapping[str, Sequence[Fields]]) -> Route | str:
        """Look up a route; a text says why it can't be used."""
        given = stops_by_route.get(name)
        if given is None:
            self._read.pop(name, None)
            return f"route {name} has no stops"
        known = self._read.get(name)
        if known is None or known[0] is not given:
            known = self._read[name] = given, _route(name, given)
        return known[1]


def _route(name: str, given: Sequence[Fields]) -> Route | str:
    try:
        stops = read_stops(given, f"stops of route {name}")
    except InvalidRequest as refusal:
        return str(refusal)
    sequences = np.empty(len(stops), dtype=object)
    sequences[:] = [stop.sequence for stop in stops]
    return Route(line_of(stops), sequences)


class _Reading:
    """What becomes of snapshots, one after the other."""

    def __init__(self, count: int) -> None:
        self.problems: list[str | None] = [None] * count
        self.seen: list[Seen] = []
        self.places: list[int] = []
        self.by_route: dict[str, tuple[Route, list[int]]] = {}
        """Places among the seen."""

    def add(self, place: int, one: Seen, route: Route) -> None:
        _, own = self.by_route.setdefault(one.route, (route, []))
        own.append(len(self.seen))
        self.seen.append(one)
        self.places.append(place)


def read_fleet(
    snapshots: Sequence[Fields],
    network: Network,
    stops_by_route: Mapping[str, Sequence[Fields]],
    max_stops: int,
) -> Fleet:
    """Read snapshots and find the next `max_stops` stops ahead of each."""
    reading = _Reading(len(snapshots))
    routes: dict[str, Route | str] = {}
    for place, snapshot in enumerate(snapshots):
        try:
            one = read_snapshot(fields_of(snapshot, "snapshot"))
        except InvalidRequest as refusal:
            reading.problems[place] = str(refusal)
            continue
        route = routes.get(one.route)
        if route is None:
            route = routes[one.route] = network.route(one.route, stops_by_route)
        if isinstance(route, str):
            reading.problems[place] = route
        else:
            reading.add(place, one, route)
    return _matched(reading, max_stops)


def _matched(reading: _Reading, max_stops: int) -> Fleet:
    vehicles = snapshots_of(reading.seen)
    of, stop = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    routes: list[Route] = []
    count = 0
    for route, own in reading.by_route.values():
        some, places = _ahead(vehicles, np.array(own), route.line, max_stops)
        of.append(some)
        stop.append(places + count)
        routes.append(route)
        count += len(route.sequences)
    order = np.argsort(np.concatenate(of), kind="stable")
    chosen = np.concatenate(stop)[order]
    nothing = np.empty(0, dtype=object)
    return Fleet(
        vehicles=vehicles,
        places=reading.places,
        ahead=Ahead(
            of=np.concatenate(of)[order],
            stops=np.concatenate([nothing, *(route.line.stops for route in routes)])[chosen],
            lat=np.concatenate([np.empty(0), *(route.line.lat for route in routes)])[chosen],
            lon=np.concatenate([np.empty(0), *(route.line.lon for route in routes)])[chosen],
        ),
        sequences=np.concatenate([nothing, *(route.sequences for route in routes)])[chosen],
        problems=reading.problems,
    )


def _ahead(
    vehicles: Snapshots, own: Indices, line: Line, max_stops: int
) -> tuple[Indices, Indices]:
    """Vehicle and place on the line of each stop ahead of some vehicles of one line."""
    first = next_stops(vehicles.where(own), line)
    lengths = np.minimum(line.ends[first] - first + 1, max_stops)
    of = np.repeat(own, lengths)
    start = np.cumsum(lengths) - lengths
    place = np.arange(len(of)) - np.repeat(start, lengths) + np.repeat(first, lengths)
    return of, place

"""Vehicles at a moment, the stops ahead of them, and which stops of a route are ahead."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from windlass.pipelines.transit_eta.geometry import Floats, direction, metres

Indices = NDArray[np.int64]
Texts = NDArray[np.object_]

WRONG_WAY_METRES = 300.0
"""What a leg that runs against the vehicle's bearing counts as farther away."""


_LOST_METRES = 1000.0
"""Farther from a line than this, how far says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshots:
    """Vehicles as they were seen, one element each."""

    routes: Texts
    lat: Floats
    lon: Floats
    bearing: Floats
    """Degrees clockwise from north; NaN where it is unknown."""
    speed: Floats
    """Kilometres an hour; NaN where it is unknown."""
    seconds: Indices
    """Since 1970 UTC."""

    def __len__(self) -> int:
        """How many there are."""
        return len(self.lat)

    def where(self, chosen: NDArray[np.bool_] | Indices) -> "Snapshots":
        """Some of them."""
        return Snapshots(
            routes=self.routes[chosen],
            lat=self.lat[chosen],
            lon=self.lon[chosen],
            bearing=self.bearing[chosen],
            speed=self.speed[chosen],
            seconds=self.seconds[chosen],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """Stops ahead, vehicle after vehicle, each vehicle's in the order it will reach them."""

    of: Indices
    """Place of the vehicle in its snapshots; ascending."""
    stops: Texts
    lat: Floats
    lon: Floats

    def __len__(self) -> int:
        """How many there are."""
        return len(self.of)

    def where(self, chosen: NDArray[np.bool_]) -> "Ahead":
        """Those of some vehicles; all of a vehicle's must be chosen, or none."""
        return Ahead(
            of=self.of[chosen],
            stops=self.stops[chosen],
            lat=self.lat[chosen],
            lon=self.lon[chosen],
        )

    @property
    def starts(self) -> Indices:
        """For each element, the place of its vehicle's first one."""
        places = np.arange(len(self.of))
        first = np.ones(len(self.of), dtype=np.bool_)
        first[1:] = self.of[1:] != self.of[:-1]
        return np.maximum.accumulate(np.where(first, places, 0))


@dataclass(frozen=True, kw_only=True)
class Line:
    """The stops of a route or trip in their order; what follows from them is found once."""

    stops: Texts
    lat: Floats
    lon: Floats
    directions: Indices
    """Number of the direction that each stop is served in; a line may hold several in turn."""

    @cached_property
    def ends(self) -> Indices:
        """For each stop, the place of the last one of its direction."""
        last = np.append(self.directions[1:] != self.directions[:-1], True)
        ends = np.flatnonzero(last)
        return ends[np.searchsorted(ends, np.arange(len(self.lat)))]

    @cached_property
    def legs(self) -> Floats:
        """Metres between neighbours; one less than there are stops."""
        return metres((self.lat[:-1], self.lon[:-1]), (self.lat[1:], self.lon[1:]))

    @cached_property
    def ways(self) -> Floats:
        """Direction of the leg to each stop; of the leg from it for the first of a direction."""
        if len(self.lat) == 1:
            return np.full(1, np.nan)
        legs = direction((self.lat[:-1], self.lon[:-1]), (self.lat[1:], self.lon[1:]))
        to, away = np.append(np.nan, legs), np.append(legs, np.nan)
        return np.where(self.fresh, away, to)

    @cached_property
    def fresh(self) -> NDArray[np.bool_]:
        """Whether each stop is the first of its direction."""
        return np.append(True, self.directions[1:] != self.directions[:-1])


def next_stops(vehicles: Snapshots, line: Line) -> Indices:
    """Place of the first stop ahead of each vehicle.

    It ends the leg between two stops that the vehicle is nearest to being on. A leg that runs
    against the bearing counts as farther away, so that the directions of a route are told apart.
    """
    found: Indices = _costs(vehicles, line).argmin(axis=1)
    return found


def next_stops_in_turn(vehicles: Snapshots, line: Line) -> Indices:
    """The same for one vehicle's snapshots in order of time: it never goes back along the line.

    All are placed together, so that a line that crosses itself misleads none of them.
    """
    costs = np.minimum(_costs(vehicles, line), _LOST_METRES)
    places = np.arange(costs.shape[1])
    total = costs[0]
    came_from = np.zeros(costs.shape, dtype=np.int64)
    for moment in range(1, len(costs)):
        best = np.minimum.accumulate(total)
        came_from[moment] = np.maximum.accumulate(np.where(total == best, places, 0))
        total = best + costs[moment]
    found = np.empty(len(costs), dtype=np.int64)
    found[-1] = total.argmin()
    for moment in range(len(costs) - 1, 0, -1):
        found[moment - 1] = came_from[moment, found[moment]]
    return found


def next_stops_before(vehicles: Snapshots, line: Line, last: Indices) -> Indices:
    """The same where `last`, a stop ahead of each vehicle, is known.

    Of the legs up to it that are about as near, the latest is taken.
    """
    places = np.arange(len(line.lat))
    detours = np.where(places[None] <= last[:, None], _detours(vehicles, line), np.inf)
    near = detours <= detours.min(axis=1, keepdims=True) + WRONG_WAY_METRES
    found: Indices = np.where(near, places[None], -1).max(axis=1)
    return found


def _costs(vehicles: Snapshots, line: Line) -> Floats:
    off = np.radians(vehicles.bearing)[:, None] - line.ways[None]
    against = np.nan_to_num((1 - np.cos(off)) / 2 * WRONG_WAY_METRES)
    return _detours(vehicles, line) + against


def _detours(vehicles: Snapshots, line: Line) -> Floats:
    """How much longer the way by both ends of each leg is than the leg; by its last stop."""
    point = (vehicles.lat[:, None], vehicles.lon[:, None])
    reach = metres(point, (line.lat[None], line.lon[None]))
    # no leg ends at the first stop of a direction: the way there and back stands for it
    detours = reach * 2
    detours[:, 1:] = reach[:, :-1] + reach[:, 1:] - line.legs[None]
    detours[:, line.fresh] = reach[:, line.fresh] * 2
    return detours

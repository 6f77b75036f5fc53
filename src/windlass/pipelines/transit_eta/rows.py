"""Rows to learn from and to be judged by: each vehicle position with stops ahead of it.

A file has one row per position, for the stop that is next. Serving is asked for more: so for stops
farther ahead rows are made, with labels from when the same trip reached them. Models are judged
by the file's own rows; where those name farther stops, they are judged by these.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from windlass.pipelines.transit_eta.ahead import (
    Ahead,
    Indices,
    Line,
    Snapshots,
    Texts,
    next_stops_before,
)
from windlass.pipelines.transit_eta.data import Positions
from windlass.pipelines.transit_eta.geometry import Floats, metres
from windlass.pipelines.transit_eta.profile import Observed

Mask = NDArray[np.bool_]

_SILENCE_SECONDS = 3 * 3600
"""A trip that is heard of again after so long is another run of it."""

_REACHES = (0, 0, 0, 0, 1, 1, 2, 3, 5, 11)
"""How many stops past the next one rows are made for, by chance one of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Vehicles, stops ahead of them, and when those were reached; one element per stop ahead."""

    vehicles: Snapshots
    ahead: Ahead
    vehicle_ids: Texts
    trips: Texts
    labels: Floats
    """Seconds until the arrival; NaN where it is unknown."""
    leg_seconds: Floats
    """From the arrival at the stop before; NaN where that is unknown."""
    judged: Mask
    """Rows of the file; the others were made."""

    def __len__(self) -> int:
        """How many there are."""
        return len(self.labels)

    @property
    def seconds(self) -> Indices:
        """When the vehicle was there."""
        return self.vehicles.seconds[self.ahead.of]

    @property
    def routes(self) -> Texts:
        """Route of the vehicle."""
        return self.vehicles.routes[self.ahead.of]

    @property
    def between(self) -> Indices:
        """Stops between the vehicle and this one."""
        return np.arange(len(self)) - self.ahead.starts

    def observed(self, path: Floats) -> Observed:
        """What a profile is learned from; `path` is the feature."""
        of, ahead = self.ahead.of, self.ahead
        here = (self.vehicles.lat[of], self.vehicles.lon[of])
        return Observed(
            routes=self.routes,
            stops=ahead.stops,
            between=self.between.astype(np.float64),
            crow=metres(here, (ahead.lat, ahead.lon)),
            path=path,
            seconds=self.labels,
            leg_seconds=self.leg_seconds,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One vehicle's journey on one trip: its rows, and the stops that they name."""

    rows: Indices
    """Places in the positions, ordered by time."""
    stops: Indices
    """Place of a row of each stop, in the order of the trip."""
    targets: Indices
    """For each row, the place of its stop in `stops`."""
    arrivals: Floats
    """When each stop was reached, seconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Rows of one run."""

    vehicles: Indices
    """Places in the positions of a row of each snapshot."""
    of: Indices
    stops: Indices
    """Places in the positions of a row of each stop ahead."""
    labels: Floats
    leg_seconds: Floats
    judged: Mask


def build(positions: Positions, stops_ahead: int, seed: int) -> Rows:
    """Make all rows; the same positions and seed give the same rows."""
    random = np.random.default_rng(seed)
    reaches = np.minimum(np.array(_REACHES), stops_ahead - 1)
    parts = [_part(positions, run, reaches, random) for run in _runs(positions)]
    offsets = np.cumsum([0, *(len(part.vehicles) for part in parts[:-1])])
    of = np.concatenate([part.of + offset for part, offset in zip(parts, offsets, strict=True)])
    vehicles = np.concatenate([part.vehicles for part in parts])
    stops = np.concatenate([part.stops for part in parts])
    return Rows(
        vehicles=Snapshots(
            routes=positions.routes[vehicles],
            lat=positions.lat[vehicles],
            lon=positions.lon[vehicles],
            bearing=positions.bearing[vehicles],
            speed=positions.speed[vehicles],
            seconds=positions.seconds[vehicles],
        ),
        ahead=Ahead(
            of=of,
            stops=positions.stops[stops],
            lat=positions.stop_lat[stops],
            lon=positions.stop_lon[stops],
        ),
        vehicle_ids=positions.vehicles[vehicles][of],
        trips=positions.trips[vehicles][of],
        labels=np.concatenate([part.labels for part in parts]),
        leg_seconds=np.concatenate([part.leg_seconds for part in parts]),
        judged=np.concatenate([part.judged for part in parts]),
    )


def _runs(positions: Positions) -> Iterator[_Run]:
    journeys = np.char.add(
        np.char.add(positions.trips.astype(str), "\n"), positions.vehicles.astype(str)
    )
    _, journey = np.unique(journeys, return_inverse=True)
    order = np.lexsort([positions.seconds, journey])
    times, groups = positions.seconds[order], journey[order]
    breaks = (np.diff(groups) != 0) | (np.diff(times) > _SILENCE_SECONDS)
    for rows in np.split(order, np.flatnonzero(breaks) + 1):
        _, stops, targets = np.unique(
            positions.sequence[rows], return_index=True, return_inverse=True
        )
        arrivals = np.full(len(stops), np.inf)
        np.minimum.at(arrivals, targets, positions.seconds[rows] + positions.labels[rows])
        yield _Run(rows=rows, stops=rows[stops], targets=targets, arrivals=arrivals)


def _part(positions: Positions, run: _Run, reaches: Indices, random: np.random.Generator) -> _Part:
    times, vehicles, snapshot = np.unique(
        positions.seconds[run.rows], return_index=True, return_inverse=True
    )
    count, stops = len(times), len(run.stops)
    nearest, farthest = np.full(count, stops), np.zeros(count, dtype=np.int64)
    np.minimum.at(nearest, snapshot, run.targets)
    np.maximum.at(farthest, snapshot, run.targets)
    first = _first(positions, run, run.rows[vehicles], nearest)
    made = np.minimum(nearest + random.choice(reaches, count), stops - 1)
    last = np.maximum(farthest, made)
    lengths = last - first + 1
    of = np.repeat(np.arange(count), lengths)
    place = np.arange(len(of)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + first[of]
    labels = run.arrivals[place] - times[of]
    # an arrival that the file puts before that of a nearer stop is no measure of the way there
    labels[(place <= nearest[of]) | (labels <= 0)] = np.nan
    legs = np.diff(run.arrivals, prepend=np.nan)
    found = np.full((count, stops), -1)
    found[snapshot, run.targets] = run.rows
    given = found[of, place]
    known = given >= 0
    judged = known & positions.judged[given]
    labels[known] = np.where(judged, positions.labels[given], np.nan)[known]
    return _Part(
        vehicles=run.rows[vehicles],
        of=of,
        stops=run.stops[place],
        labels=labels,
        leg_seconds=np.where(legs > 0, legs, np.nan)[place],
        judged=judged,
    )


def _first(positions: Positions, run: _Run, rows: Indices, nearest: Indices) -> Indices:
    """The first stop ahead at each snapshot: the file's nearest, or one clearly before it."""
    vehicles = Snapshots(
        routes=positions.routes[rows],
        lat=positions.lat[rows],
        lon=positions.lon[rows],
        bearing=positions.bearing[rows],
        speed=positions.speed[rows],
        seconds=positions.seconds[rows],
    )
    stops = run.stops
    line = Line(
        stops=positions.stops[stops],
        lat=positions.stop_lat[stops],
        lon=positions.stop_lon[stops],
        directions=np.zeros(len(stops), dtype=np.int64),
    )
    return next_stops_before(vehicles, line, nearest)

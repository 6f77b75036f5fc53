"""What is usual at each stop and on each route, learned from training rows only.

A stop's usual seconds depend on how far the vehicle still is; stops and routes that were seen
little lean towards what is usual everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from windlass.pipelines.transit_eta.ahead import Texts
from windlass.pipelines.transit_eta.geometry import Floats

BANDS = (60.0, 200.0, 600.0)
"""Metres that part near from far."""

_PRIOR = 5.0
"""Rows that a stop needs until it counts as much as all stops together."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """Rows to learn from, one element each."""

    routes: Texts
    stops: Texts
    between: Floats
    """Stops between the vehicle and this one."""
    crow: Floats
    path: Floats
    seconds: Floats
    leg_seconds: Floats
    """From the arrival at the stop before; NaN where that is unknown."""

    def where(self, chosen: Mask) -> "Observed":
        """Some of them."""
        return Observed(
            routes=self.routes[chosen],
            stops=self.stops[chosen],
            between=self.between[chosen],
            crow=self.crow[chosen],
            path=self.path[chosen],
            seconds=self.seconds[chosen],
            leg_seconds=self.leg_seconds[chosen],
        )


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Usual values; those under the empty name hold for what is unknown."""

    stops: Mapping[str, tuple[float, ...]]
    """Seconds per band of distance."""
    legs: Mapping[str, float]
    """Seconds from the arrival at the stop before."""
    routes: Mapping[str, float]
    """Seconds per metre along the stops."""

    @classmethod
    def of(cls, seen: Observed) -> "Profile":
        """Learn from rows."""
        near = seen.between == 0
        bands = np.digitize(seen.crow, BANDS)
        per_band = [
            _usual(
                seen.stops[near & (bands == band)], np.log1p(seen.seconds[near & (bands == band)])
            )
            for band in range(len(BANDS) + 1)
        ]
        known = sorted({name for band in per_band for name in band})
        known_leg = np.isfinite(seen.leg_seconds)
        paces = seen.seconds / np.maximum(seen.path, 1)
        return cls(
            stops={
                name: tuple(
                    round(float(np.expm1(band.get(name, band[""]))), 3) for band in per_band
                )
                for name in known
            },
            legs=_rounded(
                _usual(seen.stops[known_leg], np.log1p(seen.leg_seconds[known_leg])), np.expm1
            ),
            routes=_rounded(_usual(seen.routes[near], np.log(paces[near] + 1e-3)), np.exp),
        )

    @classmethod
    def from_json(cls, document: Mapping[str, object]) -> "Profile":
        """Read back; KeyError, TypeError or ValueError where it is none."""
        stops, legs, routes = (document[name] for name in ("stops", "legs", "routes"))
        if (
            not isinstance(stops, dict)
            or not isinstance(legs, dict)
            or not isinstance(routes, dict)
        ):
            raise TypeError("a profile has objects of stops, legs and routes")
        width = len(BANDS) + 1
        profile = cls(
            stops={name: tuple(map(float, row)) for name, row in stops.items()},
            legs={name: float(value) for name, value in legs.items()},
            routes={name: float(value) for name, value in routes.items()},
        )
        if any(len(row) != width for row in profile.stops.values()):
            raise ValueError(f"each stop of a profile has {width} values")
        if not all("" in part for part in (stops, legs, routes)):
            raise ValueError("a profile says what holds for the unknown")
        return profile

    def as_json(self) -> dict[str, object]:
        """JSON values."""
        return {
            "stops": {name: list(row) for name, row in self.stops.items()},
            "legs": dict(self.legs),
            "routes": dict(self.routes),
        }

    def stop_seconds(self, stops: Texts, crow: Floats) -> Floats:
        """Usual seconds to each stop from a distance as the crow flies."""
        rows, table = self._rows
        other = rows[""]
        places = np.array([rows.get(stop, other) for stop in stops], dtype=np.int64)
        found: Floats = table[places, np.digitize(crow, BANDS)]
        return found

    @cached_property
    def _rows(self) -> tuple[Mapping[str, int], Floats]:
        """Row of each stop in a table of its seconds."""
        return {name: row for row, name in enumerate(self.stops)}, np.array([*self.stops.values()])

    def leg_seconds(self, stops: Texts) -> Floats:
        """Usual seconds from the arrival at the stop before each."""
        other = self.legs[""]
        return np.array([self.legs.get(stop, other) for stop in stops], dtype=np.float64)

    def pace(self, routes: Texts) -> Floats:
        """Usual seconds per metre on each route."""
        other = self.routes[""]
        return np.array([self.routes.get(route, other) for route in routes], dtype=np.float64)


def _usual(names: Texts, values: Floats) -> dict[str, float]:
    """Mean of each name, drawn towards that of all, which stands under the empty name."""
    overall = float(values.mean()) if len(values) else 0.0
    found, place = np.unique(names.astype(str), return_inverse=True)
    sums = np.bincount(place, weights=values, minlength=len(found))
    counts = np.bincount(place, minlength=len(found))
    means = (sums + _PRIOR * overall) / (counts + _PRIOR)
    return {**dict(zip(found.tolist(), means.tolist(), strict=True)), "": overall}


def _rounded(usual: Mapping[str, float], back: "np.ufunc") -> dict[str, float]:
    return {name: round(float(back(value)), 6) for name, value in sorted(usual.items())}

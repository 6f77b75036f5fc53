"""The plain models: what is usual, the recent pace, a curve over the distance.

They are fitted on the file's own rows, as everybody would; stops farther ahead are answered in
proportion.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from windlass.pipelines.transit_eta.ahead import Texts
from windlass.pipelines.transit_eta.features import BETWEEN, HOUR, PATH, Features
from windlass.pipelines.transit_eta.geometry import Floats
from windlass.pipelines.transit_eta.kinds import Naive

_ALPHA = 0.05
"""Weight of the newest row in the moving averages."""
_PRIOR = 20.0
"""Rows that an hour of a route needs until it counts as much as the whole file."""
DEGREES = (1, 2, 3, 4)
_ROUNDS = 30
"""Steps towards the curve with the least absolute error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Rows in the order of time."""

    features: Features
    routes: Texts
    labels: Floats


class Estimator(Protocol):
    """A fitted model."""

    def seconds(self, features: Features, routes: Texts) -> Floats:
        """Seconds until the arrival, one per row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoricalMean:
    """Mean of the route in this hour of the day, once for each stop on the way."""

    means: Mapping[str, float]
    """By `route|hour`; the empty name holds for what was never seen."""

    def seconds(self, features: Features, routes: Texts) -> Floats:
        """Look the means up."""
        hours = features[:, HOUR].astype(np.int64)
        other = self.means[""]
        keys = (f"{route}|{hour}" for route, hour in zip(routes, hours, strict=True))
        found = np.array([self.means.get(key, other) for key in keys], dtype=np.float64)
        return found * (1 + features[:, BETWEEN])

    def as_json(self) -> dict[str, object]:
        """JSON values."""
        return {"means": dict(self.means)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ewma:
    """Exponentially weighted seconds per metre of the route, newest rows first."""

    paces: Mapping[str, float]

    def seconds(self, features: Features, routes: Texts) -> Floats:
        """Distance times pace."""
        other = self.paces[""]
        pace = np.array([self.paces.get(route, other) for route in routes], dtype=np.float64)
        found: Floats = pace * features[:, PATH]
        return found

    def as_json(self) -> dict[str, object]:
        """JSON values."""
        return {"paces": dict(self.paces)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Polynomial:
    """A polynomial of the distance; beyond the farthest row it goes on in proportion."""

    coefficients: Sequence[float]
    """Of powers of kilometres, the constant first."""
    farthest: float
    """Kilometres."""

    def seconds(self, features: Features, routes: Texts) -> Floats:
        """Follow the curve, never below zero."""
        kilometres = features[:, PATH].astype(np.float64) / 1000
        inside = np.minimum(kilometres, self.farthest)
        curve = np.polynomial.polynomial.polyval(inside, np.array(self.coefficients))
        found: Floats = np.maximum(curve, 0) * np.maximum(kilometres / self.farthest, 1)
        return found

    def as_json(self) -> dict[str, object]:
        """JSON values."""
        return {"coefficients": list(self.coefficients), "farthest": self.farthest}


def fit_baseline(kind: Naive, training: Sample, validation: Sample) -> Estimator:
    """Fit one; where there is a choice, the best on validation rows."""
    if kind == "historical_mean":
        return _fit_mean(training)
    if kind == "ewma":
        return _fit_ewma(training)
    curves = [
        _fit_curve(training, degree, robust=robust)
        for degree in DEGREES
        for robust in (False, True)
    ]
    return min(curves, key=lambda curve: _error(curve, validation))


def read_baseline(kind: Naive, document: Mapping[str, object]) -> Estimator:
    """Read back; KeyError, TypeError or ValueError where it is none."""
    if kind == "polynomial_distance":
        coefficients = document["coefficients"]
        if not isinstance(coefficients, list) or not 2 <= len(coefficients) <= max(DEGREES) + 1:
            raise ValueError("a polynomial has a list of coefficients")
        return Polynomial(
            coefficients=[float(value) for value in coefficients],
            farthest=float(str(document["farthest"])),
        )
    name = "means" if kind == "historical_mean" else "paces"
    table = document[name]
    if not isinstance(table, dict) or "" not in table:
        raise ValueError(f"{name} is an object that says what holds for the unknown")
    values = {str(key): float(value) for key, value in table.items()}
    return HistoricalMean(means=values) if kind == "historical_mean" else Ewma(paces=values)


def _fit_mean(rows: Sample) -> HistoricalMean:
    overall = float(rows.labels.mean())
    hours = rows.features[:, HOUR].astype(np.int64)
    names = np.array([f"{route}|{hour}" for route, hour in zip(rows.routes, hours, strict=True)])
    found, place = np.unique(names, return_inverse=True)
    sums, counts = np.bincount(place, weights=rows.labels), np.bincount(place)
    means = (sums + _PRIOR * overall) / (counts + _PRIOR)
    return HistoricalMean(
        means={**dict(zip(found.tolist(), means.tolist(), strict=True)), "": overall}
    )


def _fit_ewma(rows: Sample) -> Ewma:
    path = rows.features[:, PATH].astype(np.float64)
    paces = {"": _pace(rows.labels, path)}
    for route in sorted(set(rows.routes)):
        own = rows.routes == route
        paces[str(route)] = _pace(rows.labels[own], path[own])
    return Ewma(paces=paces)


def _pace(seconds: Floats, path: Floats) -> float:
    weights = (1 - _ALPHA) ** np.arange(len(seconds))[::-1]
    return float((weights * seconds).sum() / max((weights * path).sum(), 1.0))


def _fit_curve(rows: Sample, degree: int, *, robust: bool) -> Polynomial:
    """Least squares, or by repeated weighting the least absolute error."""
    kilometres = rows.features[:, PATH].astype(np.float64) / 1000
    powers = np.polynomial.polynomial.polyvander(kilometres, degree)
    weights = np.ones(len(kilometres))
    for _ in range(_ROUNDS if robust else 1):
        found = np.linalg.lstsq(powers * weights[:, None], rows.labels * weights, rcond=None)[0]
        weights = 1 / np.sqrt(np.maximum(np.abs(powers @ found - rows.labels), 1.0))
    return Polynomial(
        coefficients=[float(value) for value in found],
        farthest=max(float(kilometres.max()), 0.001),
    )


def _error(estimator: Estimator, rows: Sample) -> float:
    return float(np.abs(estimator.seconds(rows.features, rows.routes) - rows.labels).mean())

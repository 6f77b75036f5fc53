"""Models of any kind: fitted for all routes and, where wanted, once more for single ones."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from windlass.pipelines.transit_eta.ahead import Texts
from windlass.pipelines.transit_eta.baselines import (
    Estimator,
    Ewma,
    HistoricalMean,
    Polynomial,
    read_baseline,
)
from windlass.pipelines.transit_eta.boosting import SUFFIXES, Forest, forest_bytes, read_forest
from windlass.pipelines.transit_eta.features import Features
from windlass.pipelines.transit_eta.geometry import Floats
from windlass.pipelines.transit_eta.kinds import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class ByRoute:
    """One model per route that has one; that of the empty name answers for all others."""

    kind: Kind
    models: Mapping[str, Estimator]

    def seconds(self, features: Features, routes: Texts) -> Floats:
        """Seconds until the arrival, one per row."""
        if len(self.models) == 1:
            return self.models[""].seconds(features, routes)
        found = np.empty(len(features))
        own = np.array([route if route in self.models else "" for route in routes], dtype=object)
        for route in sorted(set(own)):
            rows = own == route
            found[rows] = self.models[route].seconds(features[rows], routes[rows])
        return found


def estimator_files(estimator: ByRoute) -> tuple[dict[str, bytes], dict[str, object]]:
    """Files of a bundle, and what its manifest says of each route's model."""
    files: dict[str, bytes] = {}
    models: dict[str, object] = {}
    for place, (route, model) in enumerate(sorted(estimator.models.items())):
        number = f"-{place}" if place else ""
        name = f"model{number}{'.json' if not isinstance(model, Forest) else SUFFIXES[model.kind]}"
        files[name] = _bytes(model)
        models[route] = {"file": name}
        if isinstance(model, Forest):
            models[route] = {"file": name, "farthest": model.farthest}
    return files, models


def read_estimator(kind: Kind, models: object, files: Mapping[str, bytes]) -> ByRoute:
    """Read back; KeyError, TypeError or ValueError where a file is missing or no such model."""
    if not isinstance(models, dict) or "" not in models:
        raise ValueError("models is an object with one for all routes")
    return ByRoute(
        kind=kind, models={str(route): _read(kind, known, files) for route, known in models.items()}
    )


def _read(kind: Kind, known: Mapping[str, object], files: Mapping[str, bytes]) -> Estimator:
    data = files[str(known["file"])]
    match kind:
        case "xgboost" | "lightgbm" | "catboost":
            return read_forest(kind, data, float(str(known["farthest"])))
        case _:
            return read_baseline(kind, json.loads(data))


def _bytes(model: Estimator) -> bytes:
    if isinstance(model, Forest):
        return forest_bytes(model)
    if not isinstance(model, HistoricalMean | Ewma | Polynomial):
        raise TypeError(f"{type(model).__name__} has no file format")
    return json.dumps(model.as_json(), sort_keys=True, indent=1, allow_nan=False).encode()

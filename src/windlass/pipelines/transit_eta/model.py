"""A trained model of this pipeline: load, score, evaluate.

The hot path is numpy and one call of the model for all vehicles; pandas is only used to evaluate.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from windlass.domain.bundle import Bundle
from windlass.domain.errors import BundleError
from windlass.pipelines.contract import Answer, FeatureRows, InvalidRequest, Scorer, Span
from windlass.pipelines.feature_rows import feature_matrix
from windlass.pipelines.json_values import Fields, fields_of, required
from windlass.pipelines.transit_eta.ahead import Ahead, Snapshots
from windlass.pipelines.transit_eta.boosting import Forest
from windlass.pipelines.transit_eta.estimators import ByRoute, read_estimator
from windlass.pipelines.transit_eta.features import FEATURES_VERSION, NAMES, Features, features_of
from windlass.pipelines.transit_eta.fleet import Fleet, Network, read_fleet
from windlass.pipelines.transit_eta.geometry import Floats
from windlass.pipelines.transit_eta.kinds import Kind
from windlass.pipelines.transit_eta.profile import Profile
from windlass.pipelines.transit_eta.request import (
    Stop,
    all_ahead,
    line_of,
    read_snapshot,
    read_stops,
    snapshots_of,
)

if TYPE_CHECKING:
    from catboost import CatBoost

PROFILE_FILE = "profile.json"
LABELS = ()
"""No setting of a model changes when vehicles arrived."""

Prediction = dict[str, object]


class VehicleEta(NamedTuple):
    """What there is to say of one snapshot."""

    predictions: Sequence[Prediction]
    """One per stop, in the order they will be reached."""
    problem: str | None
    """Why there are none."""


class EtaScorer:
    """A model with the profile and time zone that its features need."""

    def __init__(self, estimator: ByRoute, profile: Profile, zone: ZoneInfo) -> None:
        self._estimator = estimator
        self._profile = profile
        self._zone = zone
        self._network = Network()

    @property
    def catboost(self) -> "CatBoost | None":
        """The forest for all routes, where the model is one of CatBoost."""
        forest = self._estimator.models[""]
        return forest.trees if isinstance(forest, Forest) and forest.kind == "catboost" else None

    def predict(self, payload: Mapping[str, object]) -> Answer:
        """Answer a vehicle and the stops ahead of it, as `request` describes them."""
        vehicle = fields_of(required(payload, "vehicle", ""), "vehicle")
        seen = read_snapshot(vehicle, "vehicle.")
        stops = read_stops(required(payload, "stops", ""))
        seconds = self.seconds(snapshots_of([seen]), all_ahead(line_of(stops)))
        body = {"vehicle_id": seen.vehicle, "predictions": _predictions(stops, seconds)}
        return Answer(body=body, score=float(seconds[0]))

    def predict_many(
        self,
        snapshots: Sequence[Fields],
        stops_by_route: Mapping[str, Sequence[Fields]],
        max_stops: int,
    ) -> list[VehicleEta]:
        """Answer many vehicles at once; of each one's route the next `max_stops` stops ahead.

        One result per snapshot, in their order. A snapshot that can't be read, or whose route has
        no usable stops, has a problem instead of predictions.
        """
        fleet = read_fleet(snapshots, self._network, stops_by_route, max_stops)
        found = self.seconds(fleet.vehicles, fleet.ahead)
        return _results(fleet, found)

    def predict_table(
        self, columns: Sequence[str], rows: Sequence[Sequence[object]]
    ) -> list[float]:
        """Seconds for each row of ready features, columns in any order, route unknown."""
        matrix = feature_matrix(columns, rows, NAMES)
        unknown = np.full(len(matrix), "", dtype=object)
        for name in ("path_metres", "stops_between", "hour"):
            missing = np.flatnonzero(np.isnan(matrix[:, NAMES.index(name)]))
            if len(missing):
                raise InvalidRequest(f"{name} in row {missing[0]}", "must be a number")
        return [float(value) for value in self._estimator.seconds(matrix, unknown)]

    def seconds(self, vehicles: Snapshots, ahead: Ahead) -> Floats:
        """Seconds until each stop ahead; never less than for the stop before it."""
        if not len(ahead):
            return np.empty(0)
        found = self._estimator.seconds(self.features(vehicles, ahead), vehicles.routes[ahead.of])
        return _ascending(found, ahead)

    def features(self, vehicles: Snapshots, ahead: Ahead) -> Features:
        """One row per stop ahead, as the model sees it."""
        return features_of(vehicles, ahead, self._profile, self._zone)


def load(bundle: Bundle) -> EtaScorer:
    """Read the files of a bundle; BundleError when this code can't serve it."""
    manifest = bundle.manifest
    if manifest.features_version != FEATURES_VERSION or manifest.features != NAMES:
        raise BundleError(
            f"bundle {bundle.digest} has features of version {manifest.features_version}, this "
            f"server makes version {FEATURES_VERSION}: train the model again"
        )
    try:
        kind: Kind = _kind(manifest.parameters["kind"])
        zone = ZoneInfo(str(manifest.parameters["timezone"]))
        profile = Profile.from_json(json.loads(bundle.files[PROFILE_FILE]))
        estimator = read_estimator(kind, manifest.parameters["models"], bundle.files)
    except (KeyError, TypeError, ValueError, ZoneInfoNotFoundError) as error:
        raise BundleError(f"bundle {bundle.digest} can't be read: {error!r}") from error
    return EtaScorer(estimator, profile, zone)


def evaluate(scorer: Scorer, dataset: Mapping[str, bytes]) -> dict[str, float]:
    """Metrics on a held-back part, or on all rows of a plain folder."""
    from windlass.pipelines.transit_eta.holdout import rows_to_judge
    from windlass.pipelines.transit_eta.metrics import test_metrics

    if not isinstance(scorer, EtaScorer):
        raise TypeError(f"{type(scorer).__name__} is no scorer of this pipeline")
    rows = rows_to_judge(dataset)
    return test_metrics(rows, scorer.seconds(rows.vehicles, rows.ahead))


def time_span(dataset: Mapping[str, bytes]) -> Span:
    """First and last position in a plain folder."""
    from windlass.pipelines.transit_eta.data import read_dataset
    from windlass.pipelines.transit_eta.holdout import instant
    from windlass.pipelines.transit_eta.params import Parameters

    seconds = read_dataset(dataset, Parameters()).positions.seconds
    return Span(instant(int(seconds.min())), instant(int(seconds.max())))


def feature_rows(scorer: Scorer, dataset: Mapping[str, bytes]) -> FeatureRows:
    """Features of the rows that a dataset judges by, and the seconds predicted for them."""
    from windlass.pipelines.transit_eta.holdout import rows_to_judge

    if not isinstance(scorer, EtaScorer):
        raise TypeError(f"{type(scorer).__name__} is no scorer of this pipeline")
    rows = rows_to_judge(dataset)
    columns = scorer.features(rows.vehicles, rows.ahead).astype(np.float64).T
    return FeatureRows(
        columns=dict(zip(NAMES, columns, strict=True)),
        scores=scorer.seconds(rows.vehicles, rows.ahead),
    )


def sample_request(dataset: Mapping[str, bytes]) -> Mapping[str, object]:
    """The first vehicle of the dataset with the stops ahead of it."""
    from windlass.pipelines.transit_eta.holdout import rows_to_judge
    from windlass.pipelines.transit_eta.record import request_of

    rows = rows_to_judge(dataset)
    return request_of(rows, int(rows.ahead.of[np.argmax(rows.judged)]))


def _kind(value: object) -> Any:
    if value not in get_args(Kind):
        raise ValueError(f"unknown kind {value!r}")
    return value


def _ascending(seconds: Floats, ahead: Ahead) -> Floats:
    """Running maximum of each vehicle."""
    # with a higher floor for each vehicle, one pass over all of them does
    step = float(seconds.max()) + 1
    floors = ahead.of * step
    found: Floats = np.maximum.accumulate(seconds + floors) - floors
    return found


def _predictions(stops: Sequence[Stop], seconds: Floats) -> list[Prediction]:
    return [
        {"stop_id": stop.stop_id, "stop_sequence": stop.sequence, "eta_seconds": round(value, 1)}
        for stop, value in zip(stops, seconds.tolist(), strict=True)
    ]


def _results(fleet: Fleet, seconds: Floats) -> list[VehicleEta]:
    results = [VehicleEta((), problem) for problem in fleet.problems]
    names, values = fleet.ahead.stops.tolist(), np.round(seconds, 1).tolist()
    predictions: list[Prediction] = [
        {"stop_id": name, "stop_sequence": sequence, "eta_seconds": value}
        for name, sequence, value in zip(names, fleet.sequences.tolist(), values, strict=True)
    ]
    vehicles, starts = np.unique(fleet.ahead.of, return_index=True)
    spans = pairwise([*starts.tolist(), len(predictions)])
    for vehicle, (start, end) in zip(vehicles.tolist(), spans, strict=True):
        results[fleet.places[vehicle]] = VehicleEta(predictions[start:end], None)
    return results

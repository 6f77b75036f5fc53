"""From a dataset to a finished model: the arithmetic of a training run, without its plumbing."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import numpy as np

from windlass.domain.bundle import Golden, Manifest, TrainedOn
from windlass.pipelines.transit_eta.ahead import Indices, Texts
from windlass.pipelines.transit_eta.baselines import Estimator, Sample, fit_baseline
from windlass.pipelines.transit_eta.boosting import Recipe, Weighted, fit_forest
from windlass.pipelines.transit_eta.data import Dataset
from windlass.pipelines.transit_eta.estimators import ByRoute, estimator_files
from windlass.pipelines.transit_eta.features import (
    FEATURES_VERSION,
    NAMES,
    Features,
    features_of,
    ways,
)
from windlass.pipelines.transit_eta.geometry import Floats
from windlass.pipelines.transit_eta.holdout import PIPELINE, holdout_files, instant
from windlass.pipelines.transit_eta.kinds import Kind
from windlass.pipelines.transit_eta.metrics import errors
from windlass.pipelines.transit_eta.model import PROFILE_FILE, EtaScorer
from windlass.pipelines.transit_eta.params import Parameters
from windlass.pipelines.transit_eta.profile import Observed, Profile
from windlass.pipelines.transit_eta.record import request_of
from windlass.pipelines.transit_eta.rows import Rows, build
from windlass.pipelines.transit_eta.splitting import Mask, Split, by_time, by_trip, cuts

FOLDS = 5
"""Parts of the trips; the profile that a part's rows are given is that of the others."""

_ROUTE_ROWS = 200
"""Training rows that a route needs for a model of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Rows split in one way, with features that know of the training rows only."""

    rows: Rows
    split: Split
    features: Features
    profile: Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A dataset cut up for training."""

    dataset: Dataset
    parameters: Parameters
    time: Part
    trip: Part | None
    """None where there are too few trips to keep some apart."""
    holdout: Mapping[str, bytes]
    """Files of the held-back part."""
    trained_on: TrainedOn


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """One kind of model on both splits."""

    time: ByRoute
    trip: ByRoute | None
    validation_error: float
    """Mean absolute error in seconds on validation rows of the file."""


def prepare(dataset: Dataset, parameters: Parameters) -> Prepared:
    """Make rows, splits and features."""
    positions = dataset.positions
    rows = build(positions, parameters.stops_ahead, parameters.seed)
    starts = cuts(positions, parameters)
    apart = by_trip(rows, parameters)
    trained_on = TrainedOn(
        digest=dataset.digest,
        start=instant(int(positions.seconds.min())),
        until=instant(starts[1] - 1),
    )
    return Prepared(
        dataset=dataset,
        parameters=parameters,
        time=part_of(rows, by_time(rows, starts), parameters),
        trip=None if apart is None else part_of(rows, apart, parameters),
        holdout=holdout_files(dataset, starts[1], parameters, trained_on),
        trained_on=trained_on,
    )


def part_of(rows: Rows, split: Split, parameters: Parameters) -> Part:
    """Learn the profile from training rows and make all features with it.

    A training row gets a profile that its own trip had no part in, as the rows to come will.
    """
    zone = ZoneInfo(parameters.timezone)
    path = _path(rows)
    observed = rows.observed(path)
    profile = Profile.of(observed.where(split.training))
    features = features_of(rows.vehicles, rows.ahead, profile, zone)
    folds = _folds(rows.trips)
    for fold in range(FOLDS):
        own = folds == fold
        others = split.training & ~own
        if own.any() and others.any():
            features[own & split.training] = _apart(rows, own, observed.where(others), zone)[
                split.training[own]
            ]
    return Part(rows=rows, split=split, features=features, profile=profile)


def fit(kind: Kind, prepared: Prepared, threads: int) -> Fitted:
    """Fit one kind on both splits."""
    time = _fit_part(kind, prepared.time, prepared.parameters, threads)
    part, chosen = prepared.time, _judged(prepared.time, prepared.time.split.validation)
    found = time.seconds(part.features[chosen], part.rows.routes[chosen])
    trip = prepared.trip
    return Fitted(
        time=time,
        trip=_fit_part(kind, trip, prepared.parameters, threads) if trip else None,
        validation_error=errors(part.rows.labels[chosen], found)["mae_seconds"],
    )


def trip_errors(fitted: Fitted, part: Part) -> dict[str, float]:
    """Errors on the trips that no training row came from."""
    if fitted.trip is None:
        return {}
    chosen = _judged(part, part.split.test)
    found = fitted.trip.seconds(part.features[chosen], part.rows.routes[chosen])
    return errors(part.rows.labels[chosen], found)


def scorer_of(fitted: Fitted, prepared: Prepared) -> EtaScorer:
    """The model as serving would have it."""
    zone = ZoneInfo(prepared.parameters.timezone)
    return EtaScorer(fitted.time, prepared.time.profile, zone)


def manifest_of(fitted: Fitted, prepared: Prepared) -> Manifest:
    """Manifest of the bundle; its list of files is for whoever seals it."""
    part = prepared.time
    first = int(part.rows.ahead.of[np.argmax(part.split.training & part.rows.judged)])
    request = request_of(part.rows, first)
    score = scorer_of(fitted, prepared).predict(request).score
    parameters = prepared.parameters
    return Manifest(
        pipeline=PIPELINE,
        features_version=FEATURES_VERSION,
        features=NAMES,
        dtypes=dict.fromkeys(NAMES, "float32"),
        files={},
        trained_on=prepared.trained_on,
        golden=Golden(request=request, score=score or 0.0),
        parameters={
            "kind": fitted.time.kind,
            "models": estimator_files(fitted.time)[1],
            "timezone": parameters.timezone,
            "by_route": parameters.by_route,
            "min_distance_m": parameters.min_distance_m,
            "max_label_seconds": parameters.max_label_seconds,
        },
    )


def bundle_files(fitted: Fitted, prepared: Prepared) -> dict[str, bytes]:
    """Files of the bundle, apart from its manifest."""
    profile = json.dumps(prepared.time.profile.as_json(), sort_keys=True, ensure_ascii=False)
    return {**estimator_files(fitted.time)[0], PROFILE_FILE: profile.encode()}


def _path(rows: Rows) -> Floats:
    return ways(rows.vehicles, rows.ahead)[1]


def _folds(trips: Texts) -> Indices:
    names, place = np.unique(trips.astype(str), return_inverse=True)
    numbers = np.array([zlib.crc32(name.encode()) % FOLDS for name in names], dtype=np.int64)
    return numbers[place]


def _apart(rows: Rows, own: Mask, others: Observed, zone: ZoneInfo) -> Features:
    """Features of whole trips by the profile of others."""
    return features_of(rows.vehicles, rows.ahead.where(own), Profile.of(others), zone)


def _fit_part(kind: Kind, part: Part, parameters: Parameters, threads: int) -> ByRoute:
    models = {"": _fit_rows(kind, part, part.split, parameters, threads)}
    for route, split in _routes(part) if parameters.by_route else ():
        models[route] = _fit_rows(kind, part, split, parameters, threads)
    return ByRoute(kind=kind, models=models)


def _routes(part: Part) -> list[tuple[str, Split]]:
    """Splits of the routes that have enough rows of their own."""
    routes, judged = part.rows.routes, part.rows.judged
    found = []
    for route in sorted(set(routes)):
        own = routes == route
        split = replace(
            part.split,
            training=part.split.training & own,
            validation=part.split.validation & own,
        )
        enough = (split.training & judged).sum() >= _ROUTE_ROWS
        if route and enough and (split.validation & judged).any():
            found.append((str(route), split))
    return found


def _fit_rows(
    kind: Kind, part: Part, split: Split, parameters: Parameters, threads: int
) -> Estimator:
    match kind:
        case "xgboost" | "lightgbm" | "catboost":
            random = np.random.default_rng(parameters.seed)
            training = _thinned(split.training, parameters.max_rows, random)
            rows, stopping = _weighted(part, training), _weighted(part, split.validation)
            return fit_forest(kind, rows, stopping, _recipe(parameters, threads))
        case _:
            training, validation = split.training, split.validation
            return fit_baseline(kind, _sample(part, training), _sample(part, validation))


def _recipe(parameters: Parameters, threads: int) -> Recipe:
    return Recipe(
        iterations=parameters.iterations,
        depth=parameters.max_depth,
        learning_rate=parameters.learning_rate,
        seed=parameters.seed,
        threads=threads,
    )


def _thinned(chosen: Mask, most: int, random: np.random.Generator) -> Mask:
    count = int(chosen.sum())
    if count <= most:
        return chosen
    return chosen & (random.random(len(chosen)) < most / count)


def _sample(part: Part, chosen: Mask) -> Sample:
    places = np.flatnonzero(_judged(part, chosen))
    places = places[np.argsort(part.rows.seconds[places], kind="stable")]
    return Sample(
        features=part.features[places],
        routes=part.rows.routes[places],
        labels=part.rows.labels[places],
    )


def _weighted(part: Part, chosen: Mask) -> Weighted:
    """Rows with weights: those of stops farther ahead are many, and certain to be less so."""
    between = part.rows.between[chosen]
    return Weighted(
        features=part.features[chosen],
        labels=part.rows.labels[chosen],
        weights=np.where(part.rows.judged[chosen], 1.0, 1 / (1.0 + between)),
    )


def _judged(part: Part, chosen: Mask) -> Mask:
    found: Mask = chosen & part.rows.judged
    return found

"""The work of a `drift-report` run: recent data against that of before, feature by feature."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from windlass.domain.bundle import Bundle
from windlass.domain.drift import Column, Limits, Shift, has_drifted, shift_of
from windlass.domain.errors import InputError
from windlass.domain.names import Alias, Digest, ModelName, Version
from windlass.domain.promotion.spec import CHAMPION
from windlass.domain.sketch import Sketch
from windlass.pipelines import model_of
from windlass.pipelines.contract import FeatureRows
from windlass.pipelines.raw_columns import raw_rows
from windlass.ports.objects import Objects
from windlass.ports.registry import Registry
from windlass.services.apart import call_apart
from windlass.services.bundles import read_bundle
from windlass.services.evaluation import Dataset
from windlass.services.training import CHALLENGER

Values = NDArray[np.float64]

MOST_ROWS = 20_000
"""More rows than these are thinned out evenly: they would change no index by more than chance."""

_MISSING = -1e12
"""Where unknown values are counted: below all others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What is compared, by which model."""

    model: ModelName
    version: Version
    before: str
    """Where the data of before came from."""
    now: str
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """What became of each feature and of the scores."""

    compared: Compared
    features: tuple[Shift, ...]
    """Largest index first."""
    scores: tuple[Shift, ...]

    @property
    def drifted(self) -> bool:
        """Whether it is time to train again."""
        return has_drifted(self.features, self.scores, self.compared.limits)

    def as_json(self) -> dict[str, object]:
        """JSON values."""
        compared = self.compared
        return {
            "model": compared.model,
            "version": compared.version,
            "reference": compared.before,
            "recent": compared.now,
            "threshold": compared.limits.threshold,
            "drifted_share": compared.limits.drifted_share,
            "drifted": self.drifted,
            "scores": [shift.as_json() for shift in self.scores],
            "features": [shift.as_json() for shift in self.features],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A version and its bundle."""

    version: Version
    bundle: Bundle


def judged_version(objects: Objects, registry: Registry, model: ModelName, named: str) -> Judged:
    """Bundle of a version: the one named, else the champion's, else the newest trained one's."""
    version = Version(named) if named else _usual(registry, model, CHAMPION, CHALLENGER)
    found = registry.version(model, version) if version else None
    if found is None:
        wanted = f"version {named}" if named else "version yet: train one first"
        raise InputError(f"{model} has no {wanted}")
    if found.bundle_digest is None:
        raise InputError(f"{model} version {version} has no bundle: Windlass did not train it")
    return Judged(version=found.version, bundle=read_bundle(objects, Digest(found.bundle_digest)))


def _usual(registry: Registry, model: ModelName, *aliases: Alias) -> Version | None:
    known = registry.aliases(model)
    return next((known[alias] for alias in aliases if alias in known), None)


def rows_apart(bundle: Bundle, dataset: Dataset) -> FeatureRows:
    """Features and scores, made in a process of its own: bundles may crash their reader."""
    return call_apart(feature_rows, bundle, dataset)


def feature_rows(bundle: Bundle, dataset: Dataset) -> FeatureRows:
    """Features and scores as the pipeline makes them, else the files' own columns."""
    model = model_of(bundle.manifest.pipeline)
    make = getattr(model, "feature_rows", None)
    if make is None:
        return raw_rows(dataset)
    found: FeatureRows = make(model.load(bundle), dataset)
    return found


def report_drift(
    compared: Compared, before: FeatureRows, now: FeatureRows, served: Sketch | None = None
) -> DriftReport:
    """Compare both; `served` is what servers answered lately, where that is known."""
    threshold = compared.limits.threshold
    shared = [name for name in before.columns if name in now.columns]
    features = [
        shift_of(column_of(name, before.columns[name], now.columns[name]), threshold)
        for name in shared
    ]
    features.sort(key=lambda shift: (-(shift.index or 0.0), shift.name))
    scores = []
    if before.scores is not None and now.scores is not None:
        scores.append(shift_of(column_of("score", before.scores, now.scores), threshold))
    if before.scores is not None and served is not None:
        known = Sketch.of(_thinned(before.scores).tolist())
        scores.append(shift_of(Column(name="served score", before=known, now=served), threshold))
    if not features and not scores:
        raise InputError("the recent data and that of before have no column in common")
    return DriftReport(compared=compared, features=tuple(features), scores=tuple(scores))


def column_of(name: str, before: Values, now: Values) -> Column:
    """Count values on a scale on which the data of before has its middle at 0 and spread 1.

    A sketch is as accurate as its values are large: near its middle, data has to be near 0.
    """
    known = before[np.isfinite(before)]
    middle = float(np.median(known)) if known.size else 0.0
    spread = float(known.std()) if known.size else 1.0
    scale = spread if spread > 0 else 1.0
    return Column(
        name=name,
        before=_sketch(before, middle, scale),
        now=_sketch(now, middle, scale),
        missing_before=_missing(before),
        missing_now=_missing(now),
    )


def _sketch(values: Values, middle: float, scale: float) -> Sketch:
    scaled = (_thinned(values) - middle) / scale
    return Sketch.of(np.where(np.isfinite(scaled), scaled, _MISSING).tolist())


def _thinned(values: Values) -> Values:
    """Some of very many, by lot: every so-many-th may fall on the same hour of each day."""
    if len(values) <= MOST_ROWS:
        return values
    return np.random.default_rng(0).choice(values, MOST_ROWS, replace=False)


def _missing(values: Values) -> float:
    return float(1 - np.isfinite(values).mean()) if len(values) else 0.0

"""All versions of a model by one metric: which of them are worth a promotion.

It decides nothing: a promotion judges its candidate against the champion once more, by all gates.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from windlass.domain.errors import InputError
from windlass.domain.names import Digest, ModelName, Version, model_name
from windlass.domain.promotion.evaluation import Scores
from windlass.domain.versions import ModelVersion

Standing = Literal["active", "candidate", "worse", "not comparable"]

_SLACK = 1e-12
"""Differences below this are rounding, not gains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What versions are compared by."""

    metric: str
    minimize: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One version and its value."""

    version: ModelVersion
    value: float | None
    excluded: str = ""
    """Why it can't be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One version in the ranking."""

    version: Version
    value: float | None
    gain: float | None
    """Over the active version, its sign turned where less is better."""
    standing: Standing
    remark: str = ""

    def as_json(self) -> dict[str, object]:
        """JSON values."""
        return {
            "version": self.version,
            "value": self.value,
            "gain": self.gain,
            "standing": self.standing,
            "remark": self.remark,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """All versions of a model, best first."""

    model: ModelName
    measure: Measure
    active: Version | None
    data: str
    """What they were measured on."""
    places: tuple[Place, ...]

    @property
    def candidates(self) -> tuple[str, ...]:
        """Model keys (`<model>/<version>`) that are worth a promotion, best first."""
        return tuple(
            f"{self.model}/{place.version}"
            for place in self.places
            if place.standing == "candidate"
        )

    def as_json(self) -> dict[str, object]:
        """JSON values."""
        return {
            "model": self.model,
            "metric": self.measure.metric,
            "minimize": self.measure.minimize,
            "current_active_model": f"{self.model}/{self.active}" if self.active else None,
            "data": self.data,
            "promotion_candidates": list(self.candidates),
            "versions": [place.as_json() for place in self.places],
        }


def measure_of(
    metric: str, minimize: bool | None, gates: Sequence[Mapping[str, object]]
) -> Measure:
    """What to compare by; what nobody says is as the pipeline's gates have it."""
    named = metric or str(next((gate["metric"] for gate in gates), ""))
    if not named:
        raise InputError("no metric is named, and the model's pipeline has no gates: name one")
    if minimize is not None:
        return Measure(metric=named, minimize=minimize)
    greater = [gate.get("greaterIsBetter", True) for gate in gates if gate["metric"] == named]
    if not greater:
        raise InputError(f"no gate tells whether less {named} is better: set minimize")
    return Measure(metric=named, minimize=not greater[0])


def parse_active(model: ModelName, text: str) -> Version:
    """Version of `<version>` or `<model>/<version>`; InputError for another model's."""
    named, _, version = text.rpartition("/")
    if named and model_name(named) != model:
        raise InputError(f"{text} is no version of {model}")
    return Version(version)


def rank(entries: Iterable[Entry], measure: Measure, active: Version | None) -> tuple[Place, ...]:
    """Best first, those without a value last.

    Candidates are better than the active version; without one, the best alone is.
    """
    ordered = sorted(entries, key=lambda entry: _order(entry, measure))
    reference = next((entry for entry in ordered if entry.version.version == active), None)
    if active is not None and reference is None:
        raise InputError(f"there is no version {active} to compare with")
    best = next((entry for entry in ordered if _offered(entry)), None)
    return tuple(_place(entry, measure, reference, best) for entry in ordered)


def _order(entry: Entry, measure: Measure) -> tuple[bool, float, int]:
    value = _value(entry)
    merit = 0.0 if value is None else (value if measure.minimize else -value)
    return value is None, merit, -int(entry.version.version)


def _value(entry: Entry) -> float | None:
    return entry.value if _finite(entry.value) and not entry.excluded else None


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _offered(entry: Entry) -> bool:
    version = entry.version
    return _value(entry) is not None and not version.held and not version.archived


def _place(entry: Entry, measure: Measure, reference: Entry | None, best: Entry | None) -> Place:
    value = _value(entry)
    gain = _gain(value, _value(reference) if reference else None, measure)
    return Place(
        version=entry.version.version,
        value=entry.value if _finite(entry.value) else None,
        gain=gain,
        standing=_standing(entry, gain, reference, best),
        remark=_remark(entry, measure),
    )


def _gain(value: float | None, reference: float | None, measure: Measure) -> float | None:
    if value is None or reference is None:
        return None
    return reference - value if measure.minimize else value - reference


def _standing(
    entry: Entry, gain: float | None, reference: Entry | None, best: Entry | None
) -> Standing:
    if entry is reference:
        return "active"
    if reference is None:
        return _without_active(entry, best)
    if gain is None:
        return "not comparable"
    return "candidate" if gain > _SLACK and _offered(entry) else "worse"


def _without_active(entry: Entry, best: Entry | None) -> Standing:
    if entry is best:
        return "candidate"
    return "not comparable" if _value(entry) is None else "worse"


def _remark(entry: Entry, measure: Measure) -> str:
    version = entry.version
    if entry.excluded:
        return entry.excluded
    if not _finite(entry.value):
        return f"no {measure.metric}"
    if version.held:
        return f"held: {version.held}"
    return f"archived: {version.archived}" if version.archived else ""


def recorded_entries(
    versions: Iterable[ModelVersion], metric: str, active: Version | None
) -> tuple[Entry, ...]:
    """What each training run recorded; other data than the active version's proves nothing.

    Nor do unknown data, not even beside other unknown ones. Without an active version those on the
    newest one's data are compared. Versions: oldest first.
    """
    known = tuple(versions)
    digests = [v.dataset_digest for v in known if active in (None, v.version)]
    data = digests[-1] if digests else None
    return tuple(
        Entry(
            version=version,
            value=version.metrics.get(metric),
            excluded=_other_data(version.dataset_digest, data),
        )
        for version in known
    )


def _other_data(found: Digest | None, wanted: Digest | None) -> str:
    if found is None:
        return "measured on data that nobody named"
    return "" if found == wanted else "measured on other data"


def scored_entries(
    versions: Iterable[ModelVersion], scores: Mapping[Digest, Scores], metric: str
) -> tuple[Entry, ...]:
    """What each bundle scored on one dataset."""
    return tuple(_scored(version, scores, metric) for version in versions)


def _scored(version: ModelVersion, scores: Mapping[Digest, Scores], metric: str) -> Entry:
    if version.bundle_digest is None:
        return Entry(version=version, value=None, excluded="no bundle: not trained by Windlass")
    found = scores[version.bundle_digest]
    excluded = found.problem or ("seen in training" if found.seen_in_training else "")
    return Entry(version=version, value=found.metrics.get(metric), excluded=excluded)

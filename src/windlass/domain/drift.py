"""Whether recent data is like that of before: a stability index per column, with what chance
alone may bring.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from windlass.domain.errors import InputError
from windlass.domain.promotion.shift import chance_shift, score_shift
from windlass.domain.sketch import Sketch

LEAST_VALUES = 20
"""With fewer values nothing can be told."""


class Drift(StrEnum):
    """What is to be said of one column."""

    STABLE = "stable"
    UNSURE = "unsure"
    """It may be chance, or there are too few values."""
    DRIFTED = "drifted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From where on data counts as another."""

    threshold: float = 0.2
    """Stability index of a column; 0.2 is what most people call a shift."""
    drifted_share: float = 0.5
    """Share of the features that have to drift; one alone often does with the season."""

    def __post_init__(self) -> None:
        """Refuse limits that all or nothing would pass."""
        if not 0 < self.threshold < math.inf:
            raise InputError(f"threshold must be above 0, not {self.threshold:g}")
        if not 0 < self.drifted_share <= 1:
            raise InputError(f"drifted_share must lie in (0, 1], not {self.drifted_share:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """The values of one feature, or of the scores, before and now."""

    name: str
    before: Sketch
    now: Sketch
    missing_before: float = 0.0
    """Share of values that are not known."""
    missing_now: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """What became of one column."""

    name: str
    index: float | None
    """None where there are too few values to tell."""
    chance: float | None
    """What chance alone exceeds in one case of a hundred."""
    drift: Drift
    missing_before: float
    missing_now: float

    def as_json(self) -> dict[str, object]:
        """JSON values."""
        return {
            "name": self.name,
            "index": None if self.index is None else round(self.index, 4),
            "chance": None if self.chance is None else round(self.chance, 4),
            "drift": self.drift.value,
            "missing_before": round(self.missing_before, 4),
            "missing_now": round(self.missing_now, 4),
        }


def shift_of(column: Column, threshold: float) -> Shift:
    """Compare a column before and now."""
    index, chance = _indices(column.before, column.now)
    return Shift(
        name=column.name,
        index=index,
        chance=chance,
        drift=_drift(index, chance, threshold),
        missing_before=column.missing_before,
        missing_now=column.missing_now,
    )


def has_drifted(features: Sequence[Shift], scores: Sequence[Shift], limits: Limits) -> bool:
    """Whether any score has drifted, or enough of the features."""
    if any(score.drift is Drift.DRIFTED for score in scores):
        return True
    drifted = sum(feature.drift is Drift.DRIFTED for feature in features)
    return bool(features) and drifted >= limits.drifted_share * len(features)


def _indices(before: Sketch, now: Sketch) -> tuple[float | None, float | None]:
    if min(before.total, now.total) < LEAST_VALUES:
        return None, None
    if len(before.counts) == 1:
        # a constant has no quantiles: what counts is whether it still is the same
        [only] = before.counts
        if now.counts.keys() == {only}:
            return 0.0, 0.0
        before, now = _same_or_not(before, only), _same_or_not(now, only)
    index = score_shift(before, now)
    return (0.0, 0.0) if index is None else (index, chance_shift(before, now))


def _same_or_not(sketch: Sketch, only: int) -> Sketch:
    """Buckets 1 (the same) and 2; the other is never quite empty, so that there is an edge."""
    same = sketch.counts.get(only, 0)
    return Sketch({1: same, 2: max(sketch.total - same, 1)})


def _drift(index: float | None, chance: float | None, threshold: float) -> Drift:
    if index is None or chance is None:
        return Drift.UNSURE
    if index <= threshold:
        return Drift.STABLE
    return Drift.DRIFTED if index - chance > threshold else Drift.UNSURE

"""A mergeable histogram with relative accuracy, for latencies and scores of any scale.

Buckets grow geometrically (as in DDSketch): a value and its bucket's middle differ by less than
one percent, and counts of several pods add up exactly.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

GROWTH = 1.02
_LOG_GROWTH = math.log(GROWTH)
_SMALLEST = 1e-9
_OFFSET = 1 + math.ceil(-math.log(_SMALLEST) / _LOG_GROWTH)


def bucket_of(value: float) -> int:
    """Index of the bucket that holds `value`; ordered as the values are, 0 holds zero."""
    magnitude = abs(value)
    if magnitude < _SMALLEST:
        return 0
    index = math.ceil(math.log(magnitude) / _LOG_GROWTH) + _OFFSET
    return index if value > 0 else -index


def value_of(bucket: int) -> float:
    """Middle of a bucket."""
    if bucket == 0:
        return 0.0
    magnitude = math.exp((abs(bucket) - _OFFSET - 0.5) * _LOG_GROWTH)
    return math.copysign(magnitude, bucket)


@dataclass(frozen=True, slots=True)
class Sketch:
    """Counts per bucket."""

    counts: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, values: Iterable[float]) -> "Sketch":
        """Count `values`."""
        counts: dict[int, int] = {}
        for value in values:
            bucket = bucket_of(value)
            counts[bucket] = counts.get(bucket, 0) + 1
        return cls(counts)

    @property
    def total(self) -> int:
        """How many values were counted."""
        return sum(self.counts.values())

    def plus(self, other: "Sketch") -> "Sketch":
        """Counts of both."""
        return self._combine(other, 1)

    def minus(self, other: "Sketch") -> "Sketch":
        """What was counted since `other`, an earlier state of the same sketch."""
        return self._combine(other, -1)

    def _combine(self, other: "Sketch", sign: int) -> "Sketch":
        keys = self.counts.keys() | other.counts.keys()
        sums = {k: self.counts.get(k, 0) + sign * other.counts.get(k, 0) for k in keys}
        return Sketch({k: n for k, n in sums.items() if n > 0})

    def above(self, limit: float) -> int:
        """How many values lie above `limit`, to the sketch's accuracy."""
        edge = bucket_of(limit)
        return sum(n for bucket, n in self.counts.items() if bucket > edge)

    def quantile(self, q: float) -> float:
        """Value below which the share `q` of the counts lies; NaN when nothing was counted."""
        rank = q * (self.total - 1)
        seen = 0
        for bucket in sorted(self.counts):
            seen += self.counts[bucket]
            if seen > rank:
                return value_of(bucket)
        return math.nan

"""Counts of one bundle in this process."""

import math

from windlass.domain.names import Version
from windlass.domain.sketch import Sketch, bucket_of
from windlass.domain.traffic import VersionTraffic
from windlass.serving.scoring import Scored


class Tally:
    """Growing counts; `traffic` is their state as a value."""

    def __init__(self, version: Version) -> None:
        self.version = version
        self._requests = 0
        self._errors = 0
        self._latency: dict[int, int] = {}
        self._scores: dict[int, int] = {}
        self._shadow_scores: dict[int, int] = {}

    def scored(self, outcome: Scored) -> None:
        """Count an answer."""
        self._requests += 1
        _count(self._latency, outcome.milliseconds)
        if outcome.score is not None:
            _count(self._scores, outcome.score)

    def failed(self) -> None:
        """Count a request that got no answer from this bundle."""
        self._requests += 1
        self._errors += 1

    def shadowed(self, outcome: Scored) -> None:
        """Note the score of a request that the other bundle scored as well."""
        if outcome.score is not None:
            _count(self._shadow_scores, outcome.score)

    def forget_shadow(self) -> None:
        """Start shadow scores anew: they are compared with another bundle from now on."""
        self._shadow_scores = {}

    def traffic(self) -> VersionTraffic:
        """Counts so far."""
        return VersionTraffic(
            version=self.version,
            requests=self._requests,
            errors=self._errors,
            latency=Sketch(dict(self._latency)),
            scores=Sketch(dict(self._scores)),
            shadow_scores=Sketch(dict(self._shadow_scores)),
        )


def _count(counts: dict[int, int], value: float) -> None:
    if math.isfinite(value):
        bucket = bucket_of(value)
        counts[bucket] = counts.get(bucket, 0) + 1

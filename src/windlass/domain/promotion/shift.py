"""Score shift: the population stability index between two score histograms."""

import math

from windlass.domain.sketch import Sketch

BINS = 10
_FLOOR = 0.5
"""Pseudo-count of an empty bin, so that its logarithm exists."""


def score_shift(champion: Sketch, candidate: Sketch) -> float | None:
    """PSI over ten champion-quantile bins; 0 is alike, above 0.2 is usually called a shift.

    None when the champion's scores fill fewer than two bins, since then nothing can shift.
    """
    edges = _edges(champion)
    if len(edges) < 1 or candidate.total == 0:
        return None
    expected, actual = _shares(champion, edges), _shares(candidate, edges)
    return sum((a - e) * math.log(a / e) for e, a in zip(expected, actual, strict=True))


def _edges(champion: Sketch) -> list[int]:
    """Upper buckets of the champion's quantile bins but the last; ties make fewer bins."""
    edges: list[int] = []
    seen = 0
    last = max(champion.counts, default=0)
    for bucket in sorted(champion.counts):
        seen += champion.counts[bucket]
        if bucket != last and seen * BINS >= champion.total * (len(edges) + 1):
            edges.append(bucket)
    return edges[: BINS - 1]


def _shares(sketch: Sketch, edges: list[int]) -> list[float]:
    counts = [0.0] * (len(edges) + 1)
    for bucket, count in sketch.counts.items():
        counts[sum(bucket > edge for edge in edges)] += count
    floored = [max(count, _FLOOR) for count in counts]
    total = sum(floored)
    return [count / total for count in floored]

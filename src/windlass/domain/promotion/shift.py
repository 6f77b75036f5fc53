"""Score shift: the population stability index between two score histograms."""

import math

from windlass.domain.sketch import Sketch

BINS = 10
_FLOOR = 0.5
"""Pseudo-count of an empty bin, so that its logarithm exists."""
_ONE_IN_A_HUNDRED = 2.326
"""Standard deviations that a normal value exceeds so rarely."""


def score_shift(champion: Sketch, candidate: Sketch) -> float | None:
    """PSI over ten champion-quantile bins; 0 is alike, above 0.2 is usually called a shift.

    None when the champion's scores fill fewer than two bins, since then nothing can shift.
    """
    edges = _edges(champion)
    if len(edges) < 1 or candidate.total == 0:
        return None
    expected, actual = _shares(champion, edges), _shares(candidate, edges)
    return sum((a - e) * math.log(a / e) for e, a in zip(expected, actual, strict=True))


def chance_shift(champion: Sketch, candidate: Sketch) -> float:
    """Index that chance alone exceeds in one case of a hundred when both score alike.

    It is then distributed as chi-squared over the counts, by Wilson and Hilferty's approximation.
    """
    free = len(_edges(champion))
    if free < 1 or candidate.total == 0:
        return math.inf
    spread = 2 / (9 * free)
    quantile = free * (1 - spread + _ONE_IN_A_HUNDRED * math.sqrt(spread)) ** 3
    return quantile * (1 / champion.total + 1 / candidate.total)


def _edges(champion: Sketch) -> list[int]:
    """Upper buckets of the champion's quantile bins but the last; ties make fewer bins."""
    edges: list[int] = []
    seen, quantile, total = 0, 1, champion.total
    last = max(champion.counts, default=0)
    for bucket in sorted(champion.counts):
        seen += champion.counts[bucket]
        if bucket != last and seen * BINS >= total * quantile:
            edges.append(bucket)
            quantile = seen * BINS // total + 1
    if not edges and len(champion.counts) > 1:
        # nearly all are in the last bucket: what is below it, it, and what is above
        edges += [last - 1, last]
    return edges


def _shares(sketch: Sketch, edges: list[int]) -> list[float]:
    counts = [0.0] * (len(edges) + 1)
    for bucket, count in sketch.counts.items():
        counts[sum(bucket > edge for edge in edges)] += count
    floored = [max(count, _FLOOR) for count in counts]
    total = sum(floored)
    return [count / total for count in floored]

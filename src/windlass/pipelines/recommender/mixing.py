"""One score from the sources of candidates, by weights that are chosen on past sessions."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from windlass.pipelines.recommender.clicks import Flags, Floats, Numbers
from windlass.pipelines.recommender.metrics import ranking_metrics
from windlass.pipelines.recommender.pool import Pool, ranks_of, target_ranks

Weights = tuple[float, ...]
"""One per source, in the order of SOURCES."""

SHORTLISTED = 40
"""Candidates of a question that the ranker looks at: those that the mix puts first."""

_POPULAR = 0.01
"""Weight of what everybody clicks: it only fills up the end."""
_FIFTHS = 5

DEFAULT: Weights = (0.4, 0.2, 0.4, _POPULAR)
"""Where there is nothing to choose by."""


def possible_weights() -> Sequence[Weights]:
    """Weights of the three sources that know the session, in steps of a fifth."""
    steps = range(_FIFTHS + 1)
    found = [(a, b, _FIFTHS - a - b) for a, b in product(steps, steps) if a + b <= _FIFTHS]
    return [(a / _FIFTHS, b / _FIFTHS, c / _FIFTHS, _POPULAR) for a, b, c in found]


def mixed(pool: Pool, weights: Weights) -> Floats:
    """Score of each candidate."""
    score = np.zeros(len(pool.pairs))
    # column by column: a matrix product may round otherwise with other numbers of rows
    for column, weight in enumerate(weights):
        score += weight * pool.shares[:, column]
    return score


def choose_weights(pool: Pool, targets: Numbers) -> Weights:
    """The weights whose ranking finds most of the answers, and finds them early."""
    if not len(targets):
        return DEFAULT
    return max(
        possible_weights(), key=lambda weights: goodness(pool, mixed(pool, weights), targets)
    )


def goodness(pool: Pool, scores: Floats, targets: Numbers) -> float:
    """Hit rate and reciprocal rank in one number."""
    found = ranking_metrics(target_ranks(pool, scores, targets))
    return found["hr_at_20"] + found["mrr_at_20"]


def shortlist(pool: Pool, scores: Floats) -> Flags:
    """The candidates that the ranker looks at."""
    return ranks_of(pool.questions, scores) <= SHORTLISTED

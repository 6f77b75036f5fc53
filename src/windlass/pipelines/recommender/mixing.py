"""One score from the sources of candidates, by weights that are chosen on past sessions."""

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
_KINDRED = (0.05, 0.2, 0.4)
"""Weights of the session's category that are tried."""
_FIFTHS = 5
"""Steps in which the weights of the three other sources are tried; they sum to 1."""

DEFAULT: Weights = (0.4, 0.2, 0.4, 0.05, _POPULAR)
"""Where there is nothing to choose by."""


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

    def good(weights: Weights) -> float:
        return goodness(pool, mixed(pool, weights), targets)

    *_, kindred, popular = DEFAULT
    steps = range(_FIFTHS + 1)
    shares = [(a, b, _FIFTHS - a - b) for a, b in product(steps, steps) if a + b <= _FIFTHS]
    mixes = [(a / _FIFTHS, b / _FIFTHS, c / _FIFTHS) for a, b, c in shares]
    best = max(((*mix, kindred, popular) for mix in mixes), key=good)[:3]
    return max(((*best, kindred, popular) for kindred in _KINDRED), key=good)


def goodness(pool: Pool, scores: Floats, targets: Numbers) -> float:
    """Hit rate and reciprocal rank in one number."""
    found = ranking_metrics(target_ranks(pool, scores, targets))
    return found["hr_at_20"] + found["mrr_at_20"]


def shortlist(pool: Pool, scores: Floats) -> Flags:
    """The candidates that the ranker looks at."""
    return ranks_of(pool.questions, scores) <= SHORTLISTED

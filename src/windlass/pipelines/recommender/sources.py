"""Where candidates come from: sessions like this one, products clicked after, the session itself,
and what everybody clicks.

Each source gives weights to pairs of question and product. Pairs are one number,
`question * span + product`, with `span` above every product's number.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from windlass.pipelines.recommender.clicks import UNKNOWN, Floats, Numbers
from windlass.pipelines.recommender.index import ClickIndex, expanded, newest
from windlass.pipelines.recommender.queries import Queries

POSTINGS = 500
"""Most clicks on one product that are looked at, the newest."""
NEIGHBOURS = 100
"""Sessions that a question learns from."""
LONGEST = 50
"""Clicks of a neighbour that are looked at, the first."""
LOOKED_AT = 10
"""Clicks of the question's session by which neighbours are found."""
FADING = 0.6
"""Weight of a click of the session against the one after it."""
REACH = 3.0
"""Clicks over which a neighbour's products fade, from the one both sessions have."""
BEFORE = 0.8
"""Weight of what a neighbour clicked before the common product, or that product itself."""
STEPS = (1.0, 0.7, 0.5, 0.3, 0.2)
"""Weight of the first, second, ... click after a product as its follower."""
FOLLOWED = 3
"""Clicks of the question's session whose followers count."""


class Weights(NamedTuple):
    """Pairs of question and product, ascending, each with its weight."""

    pairs: Numbers
    weights: Floats


def neighbours(index: ClickIndex, queries: Queries, span: int) -> Weights:
    """Products of the sessions most like the question's."""
    questions, ages = _distinct_clicks(queries.recent[:, :LOOKED_AT], index.product_count)
    products = queries.recent[questions, ages]
    rows, clicks = newest(index, index.first, products, queries.moments[questions], POSTINGS)
    others = index.sessions[clicks] != queries.sessions[questions[rows]]
    rows, clicks = rows[others], clicks[others]
    spread = np.diff(index.first.starts)[products[rows]]
    rarity = np.log1p(index.session_count / np.maximum(spread, 1))
    found = _alike(index, questions[rows], clicks, FADING ** ages[rows] * rarity, ages[rows])
    return _products_of(index, queries, found, span)


class _Alike(NamedTuple):
    """Neighbouring sessions of questions."""

    questions: Numbers
    clicks: Numbers
    """The neighbour's click on the newest product both sessions have."""
    weights: Floats


def _alike(
    index: ClickIndex, questions: Numbers, clicks: Numbers, weights: Floats, ages: Numbers
) -> _Alike:
    """Sum the weights of each question and session, and keep the heaviest sessions."""
    sessions = index.sessions[clicks]
    pairs = questions * index.session_count + sessions
    order = np.lexsort((ages, pairs))
    pairs, clicks = pairs[order], clicks[order]
    fresh = np.ones(len(pairs), dtype=np.bool_)
    fresh[1:] = pairs[1:] != pairs[:-1]
    sums = _sums(fresh.cumsum() - 1, weights[order], int(fresh.sum()))
    pairs, clicks = pairs[fresh], clicks[fresh]
    questions, sessions = np.divmod(pairs, index.session_count)
    sums = sums / np.sqrt(np.diff(index.session_starts)[sessions])
    best = _heaviest(questions, sums, clicks, NEIGHBOURS)
    return _Alike(questions[best], clicks[best], sums[best])


def _heaviest(questions: Numbers, weights: Floats, clicks: Numbers, most: int) -> Numbers:
    """Entries of the heaviest per question, the newer of two alike."""
    order = np.lexsort((-clicks, -weights, questions))
    ranked = questions[order]
    ranks = np.arange(len(order)) - ranked.searchsorted(ranked)
    return order[ranks < most]


def _products_of(index: ClickIndex, queries: Queries, found: _Alike, span: int) -> Weights:
    sessions = index.sessions[found.clicks]
    starts = index.session_starts[sessions]
    lengths = np.minimum(index.session_starts[sessions + 1] - starts, LONGEST)
    rows, places = expanded(starts, lengths)
    clicks, questions = index.in_session[places], found.questions[rows]
    distance = places - index.places[found.clicks][rows]
    weights = found.weights[rows] * np.exp(-np.abs(distance) / REACH)
    weights = np.where(distance > 0, weights, weights * BEFORE)
    seen = clicks < queries.moments[questions]
    return summed(questions[seen] * span + index.products[clicks[seen]], weights[seen])


def followers(index: ClickIndex, queries: Queries, span: int) -> Weights:
    """Products that others clicked soon after the session's last ones."""
    recent = queries.recent[:, :FOLLOWED]
    questions, ages = np.nonzero((recent != UNKNOWN) & (recent < index.product_count))
    products, moments = recent[questions, ages], queries.moments[questions]
    rows, clicks = newest(index, index.every, products, moments, POSTINGS)
    others = index.sessions[clicks] != queries.sessions[questions[rows]]
    rows, clicks = rows[others], clicks[others]
    ends = index.session_starts[index.sessions[clicks] + 1]
    steps = index.places[clicks][:, None] + 1 + np.arange(len(STEPS))
    inside = steps < ends[:, None]
    after = index.in_session[np.where(inside, steps, 0)]
    inside &= after < queries.moments[questions[rows]][:, None]
    weights = 0.5 ** ages[rows][:, None] * np.array(STEPS)
    pairs = questions[rows][:, None] * span + index.products[after]
    return summed(pairs[inside], weights[inside])


def own_products(queries: Queries, span: int) -> Weights:
    """Products that the session itself clicked, the newer the heavier."""
    questions, ages = np.nonzero(queries.recent != UNKNOWN)
    pairs = questions * span + queries.recent[questions, ages]
    return summed(pairs, FADING ** ages.astype(np.float64))


def summed(pairs: Numbers, weights: Floats) -> Weights:
    """Sum the weights of equal pairs."""
    distinct, places = np.unique(pairs, return_inverse=True)
    return Weights(distinct, _sums(places, weights, len(distinct)))


def _sums(places: Numbers, weights: Floats, count: int) -> Floats:
    """Sum of the weights at each place, added up in their order."""
    return np.bincount(places, weights, count).astype(np.float64)


def _distinct_clicks(recent: NDArray[np.int64], known: int) -> tuple[Numbers, Numbers]:
    """Row and column of each row's known products, the newest of equal ones."""
    fresh = (recent != UNKNOWN) & (recent < known)
    for age in range(1, recent.shape[1]):
        fresh[:, age] &= (recent[:, :age] != recent[:, age : age + 1]).all(axis=1)
    questions, ages = np.nonzero(fresh)
    return questions, ages

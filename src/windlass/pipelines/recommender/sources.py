"""Where candidates come from: sessions like this one, products clicked after, the session itself,
others of the same category, and what everybody clicks.

Each source gives weights to pairs of question and product. Pairs are one number,
`question * span + product`, with `span` above every product's number.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from windlass.pipelines.recommender.clicks import UNKNOWN, Floats, Numbers
from windlass.pipelines.recommender.index import ClickIndex, counts_before, expanded, newest
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
BRANDED = 5.0
"""Weight of a click on the same brand against others in the category."""
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
    moments = queries.moments[questions]
    spread = counts_before(index, index.first, products, moments)
    weights = FADING**ages * np.log1p(moments / np.maximum(spread, 1))
    shared = _Shared(questions[rows], clicks, weights[rows], ages[rows])
    return _products_of(index, queries, _alike(index, queries, shared), span)


class _Shared(NamedTuple):
    """Clicks of other sessions on products of the questions'."""

    questions: Numbers
    clicks: Numbers
    weights: Floats
    ages: Numbers
    """How many clicks ago the question's session had the product."""


class _Alike(NamedTuple):
    """Neighbouring sessions of questions."""

    questions: Numbers
    clicks: Numbers
    """The neighbour's click on the newest product both sessions have."""
    weights: Floats


def _alike(index: ClickIndex, queries: Queries, shared: _Shared) -> _Alike:
    """Sum the weights of each question and session, and keep the heaviest sessions."""
    pairs = shared.questions * index.session_count + index.sessions[shared.clicks]
    order = np.lexsort((shared.ages, pairs))
    pairs, clicks = pairs[order], shared.clicks[order]
    fresh = np.ones(len(pairs), dtype=np.bool_)
    fresh[1:] = pairs[1:] != pairs[:-1]
    sums = _sums(fresh.cumsum() - 1, shared.weights[order], int(fresh.sum()))
    pairs, clicks = pairs[fresh], clicks[fresh]
    questions, sessions = np.divmod(pairs, index.session_count)
    lengths = counts_before(index, index.by_session, sessions, queries.moments[questions])
    sums = sums / np.sqrt(lengths)
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
    starts = index.by_session.starts[sessions]
    lengths = np.minimum(index.by_session.starts[sessions + 1] - starts, LONGEST)
    rows, places = expanded(starts, lengths)
    clicks, questions = index.by_session.clicks[places], found.questions[rows]
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
    ends = index.by_session.starts[index.sessions[clicks] + 1]
    steps = index.places[clicks][:, None] + 1 + np.arange(len(STEPS))
    inside = steps < ends[:, None]
    after = index.by_session.clicks[np.where(inside, steps, 0)]
    inside &= after < queries.moments[questions[rows]][:, None]
    weights = 0.5 ** ages[rows][:, None] * np.array(STEPS)
    pairs = questions[rows][:, None] * span + index.products[after]
    return summed(pairs[inside], weights[inside])


def kindred(index: ClickIndex, queries: Queries, span: int) -> Weights:
    """Products of the category that the session clicked last, its brand first."""
    ages = (queries.categories != UNKNOWN).argmax(axis=1)
    rows = np.arange(len(queries))
    categories, brands = queries.categories[rows, ages], queries.brands[rows, ages]
    known = len(index.by_category.starts) - 1
    questions = np.flatnonzero((categories != UNKNOWN) & (categories < known))
    found, clicks = newest(
        index, index.by_category, categories[questions], queries.moments[questions], POSTINGS
    )
    asking = questions[found]
    others = index.sessions[clicks] != queries.sessions[asking]
    asking, clicks = asking[others], clicks[others]
    alike = (index.brands[clicks] == brands[asking]) & (brands[asking] != UNKNOWN)
    return summed(asking * span + index.products[clicks], np.where(alike, BRANDED, 1.0))


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

"""Candidates of questions, with the share that each source gives them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from windlass.pipelines.recommender.clicks import Floats, Numbers
from windlass.pipelines.recommender.index import ClickIndex
from windlass.pipelines.recommender.metrics import MISSED
from windlass.pipelines.recommender.queries import Queries
from windlass.pipelines.recommender.sources import (
    Weights,
    followers,
    kindred,
    neighbours,
    own_products,
)

SOURCES = ("neighbours", "followers", "session", "kindred", "popular")
BEST = 50
"""Candidates that each source names at most."""
CUTS = 16
"""Moments of the past at which it is known what everybody clicks."""

_CHUNK = 512
"""Questions that are answered at once, to bound the memory it takes."""


class Popular(NamedTuple):
    """What everybody clicks, as it was at some moments."""

    moments: Numbers
    """Ranks, ascending; the last is now."""
    products: NDArray[np.int64]
    """The most clicked before each moment, one row each."""
    shares: Floats
    """Their shares of all clicks before it, in the same shape."""


class Pool(NamedTuple):
    """One entry per candidate, by question and then by product."""

    pairs: Numbers
    shares: Floats
    """One column per source: its weights, which sum to 1 over a question; 0 where it has none."""
    span: int

    @property
    def questions(self) -> Numbers:
        """Which question each candidate belongs to."""
        return self.pairs // self.span

    @property
    def products(self) -> Numbers:
        """Number of each candidate."""
        return self.pairs % self.span


def popular_products(index: ClickIndex, cuts: int = CUTS) -> Popular:
    """The most clicked products at evenly spread moments, now being the last."""
    moments = np.unique(np.linspace(0, index.now, cuts + 1).astype(np.int64))[1:]
    most = min(BEST, index.product_count)
    found, shares = [], []
    for moment in moments:
        counts = np.bincount(index.products[:moment], minlength=index.product_count)
        best = np.argsort(-counts, kind="stable")[:most]
        found.append(best)
        shares.append(counts[best] / max(int(moment), 1))
    return Popular(moments, np.array(found, dtype=np.int64), np.array(shares))


def gather(index: ClickIndex, popular: Popular, queries: Queries) -> Pool:
    """Candidates of all questions, chunk by chunk."""
    highest = int(queries.recent.max(initial=0)) + 1
    span = max(index.product_count, highest)
    parts = [
        _gather_some(index, popular, queries.where(slice(start, start + _CHUNK)), span)
        for start in range(0, max(len(queries), 1), _CHUNK)
    ]
    offsets = _CHUNK * span * np.arange(len(parts))
    pairs = [pairs + offset for (pairs, _), offset in zip(parts, offsets, strict=True)]
    return Pool(np.concatenate(pairs), np.concatenate([shares for _, shares in parts]), span)


def _gather_some(
    index: ClickIndex, popular: Popular, queries: Queries, span: int
) -> tuple[Numbers, Floats]:
    sources = (
        _best(neighbours(index, queries, span), span),
        _best(followers(index, queries, span), span),
        own_products(queries, span),
        _best(kindred(index, queries, span), span),
        _everybodys(popular, queries, span),
    )
    pairs = np.unique(np.concatenate([found.pairs for found in sources]))
    shares = np.zeros((len(pairs), len(sources)), order="F")
    for column, found in enumerate(sources):
        questions = found.pairs // span
        totals = np.bincount(questions, found.weights, len(queries))
        shares[pairs.searchsorted(found.pairs), column] = found.weights / totals[questions]
    return pairs, shares


def _best(found: Weights, span: int) -> Weights:
    """The heaviest candidates of each question."""
    questions = found.pairs // span
    kept = np.sort(np.flatnonzero(ranks_of(questions, found.weights) <= BEST))
    return Weights(found.pairs[kept], found.weights[kept])


def _everybodys(popular: Popular, queries: Queries, span: int) -> Weights:
    """The popular products at the last moment before each question's."""
    known = popular.moments.searchsorted(queries.moments, side="right") - 1
    asked = np.flatnonzero(known >= 0)
    pairs = (asked[:, None] * span + popular.products[known[asked]]).ravel()
    shares = popular.shares[known[asked]].ravel()
    clicked = np.flatnonzero(shares > 0)
    order = clicked[np.argsort(pairs[clicked], kind="stable")]
    return Weights(pairs[order], shares[order])


def ranks_of(questions: Numbers, scores: Floats) -> Numbers:
    """Place of each candidate in its question's ranking, from 1; the first of equal ones wins."""
    order = np.lexsort((-scores, questions))
    ranked = questions[order]
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(1, len(order) + 1) - ranked.searchsorted(ranked)
    return ranks


def target_ranks(pool: Pool, scores: Floats, targets: Numbers) -> Numbers:
    """Place of each question's answer, MISSED where it is no candidate or has no score."""
    if not len(pool.pairs):
        return np.full(len(targets), MISSED)
    wanted = np.arange(len(targets)) * pool.span + targets
    places = np.minimum(pool.pairs.searchsorted(wanted), len(pool.pairs) - 1)
    found = (pool.pairs[places] == wanted) & (targets >= 0) & (targets < pool.span)
    found &= np.isfinite(scores[places])
    questions = pool.questions
    own, place = scores[places][questions], places[questions]
    equal = (scores == own) & (np.arange(len(scores)) < place)
    ahead = np.bincount(questions[(scores > own) | equal], minlength=len(targets))
    return np.where(found, ahead + 1, MISSED)

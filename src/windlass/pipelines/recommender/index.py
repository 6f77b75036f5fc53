"""Past clicks, arranged so that the sessions and clicks around a product are found at once.

A moment is a rank: the clicks before it, in the order of time, are all that may be seen. So the
same index answers for any moment of the past (training) and for now (serving).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from windlass.pipelines.recommender.clicks import UNKNOWN, Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Postings:
    """Clicks by product, category or session, those of one in the order of time."""

    clicks: Numbers
    starts: Numbers
    """Where the clicks of each begin; one entry more than there are of them."""
    keys: Numbers
    """Product, category or session and click in one ascending number, to find a moment by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickIndex:
    """One entry per click unless something else is said; clicks in the order of time."""

    products: Numbers
    sessions: Numbers
    brands: Numbers
    product_count: int
    places: Numbers
    """Place of each click among those by session."""
    every: Postings
    first: Postings
    """Only each session's first click on a product."""
    by_category: Postings
    by_session: Postings

    @property
    def now(self) -> int:
        """The moment after the last click."""
        return len(self.products)

    @property
    def session_count(self) -> int:
        """How many sessions there are."""
        return len(self.by_session.starts) - 1


class Past(NamedTuple):
    """What an index is made of, one entry per click in the order of time."""

    products: Numbers
    sessions: Numbers
    """Any numbers."""
    categories: Numbers
    brands: Numbers


def make_index(past: Past, product_count: int) -> ClickIndex:
    """Arrange clicks; products are numbered from 0, and there are `product_count`."""
    products, count = past.products, len(past.products)
    distinct, own = np.unique(past.sessions, return_inverse=True)
    by_session = _postings(own, np.arange(count), len(distinct))
    places = np.empty(count, dtype=np.int64)
    places[by_session.clicks] = np.arange(count)
    firsts = np.zeros(count, dtype=np.bool_)
    firsts[np.unique(own * product_count + products, return_index=True)[1]] = True
    return ClickIndex(
        products=products.astype(np.int64),
        sessions=own.astype(np.int64),
        brands=past.brands.astype(np.int64),
        product_count=product_count,
        places=places,
        every=_postings(products, np.arange(count), product_count),
        first=_postings(products, np.flatnonzero(firsts), product_count),
        by_category=_postings(
            past.categories,
            np.flatnonzero(past.categories != UNKNOWN),
            int(past.categories.max(initial=UNKNOWN)) + 1,
        ),
        by_session=by_session,
    )


def _postings(numbers: Numbers, clicks: Numbers, count: int) -> Postings:
    ordered = clicks[np.argsort(numbers[clicks], kind="stable")]
    found = numbers[ordered]
    return Postings(
        clicks=ordered,
        starts=found.searchsorted(np.arange(count + 1)),
        keys=found * len(numbers) + ordered,
    )


def counts_before(
    index: ClickIndex, postings: Postings, numbers: Numbers, moments: Numbers
) -> Numbers:
    """How many clicks there were on each product, or in each session, before its moment."""
    ends = postings.keys.searchsorted(numbers * index.now + moments)
    return (ends - postings.starts[numbers]).astype(np.int64)


def newest(
    index: ClickIndex, postings: Postings, numbers: Numbers, moments: Numbers, most: int
) -> tuple[Numbers, Numbers]:
    """The last clicks on each product or category before its moment, `most` of them at most.

    Returns row numbers into `numbers` and, beside each, a click.
    """
    ends = postings.keys.searchsorted(numbers * index.now + moments)
    starts = np.maximum(postings.starts[numbers], ends - most)
    rows, places = expanded(starts, np.maximum(ends - starts, 0))
    return rows, postings.clicks[places]


def expanded(starts: Numbers, counts: Numbers) -> tuple[Numbers, Numbers]:
    """Row numbers, and beside each start, start + 1, ... up to the row's count."""
    rows = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(len(rows)) - np.repeat(counts.cumsum() - counts, counts)
    return rows, starts[rows] + within

"""Past clicks, arranged so that the sessions and clicks around a product are found at once.

A moment is a rank: the clicks before it, in the order of time, are all that may be seen. So the
same index answers for any moment of the past (training) and for now (serving).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from windlass.pipelines.recommender.clicks import Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Postings:
    """Clicks by product, those of one product in the order of time."""

    clicks: Numbers
    starts: Numbers
    """Where each product's clicks begin; one entry more than there are products."""
    keys: Numbers
    """Product and click in one ascending number, to find a moment by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickIndex:
    """One entry per click unless something else is said; clicks in the order of time."""

    products: Numbers
    sessions: Numbers
    product_count: int
    session_starts: Numbers
    """Where each session begins in `in_session`; one entry more than there are sessions."""
    in_session: Numbers
    """Clicks by session, those of one session in the order of time."""
    places: Numbers
    """Place of each click in `in_session`."""
    every: Postings
    first: Postings
    """Only each session's first click on a product."""

    @property
    def now(self) -> int:
        """The moment after the last click."""
        return len(self.products)

    @property
    def session_count(self) -> int:
        """How many sessions there are."""
        return len(self.session_starts) - 1

    def arrays(self) -> Mapping[str, Numbers]:
        """All it takes to make the index again."""
        return {"clicks_products": self.products, "clicks_sessions": self.sessions}


def make_index(products: Numbers, sessions: Numbers, product_count: int) -> ClickIndex:
    """Arrange clicks in the order of time; sessions may have any numbers."""
    count = len(products)
    distinct, own = np.unique(sessions, return_inverse=True)
    in_session = np.argsort(own, kind="stable")
    places = np.empty(count, dtype=np.int64)
    places[in_session] = np.arange(count)
    firsts = np.zeros(count, dtype=np.bool_)
    firsts[np.unique(own * product_count + products, return_index=True)[1]] = True
    return ClickIndex(
        products=products.astype(np.int64),
        sessions=own.astype(np.int64),
        product_count=product_count,
        session_starts=own[in_session].searchsorted(np.arange(len(distinct) + 1)),
        in_session=in_session,
        places=places,
        every=_postings(products, np.arange(count), product_count),
        first=_postings(products, np.flatnonzero(firsts), product_count),
    )


def _postings(products: Numbers, clicks: Numbers, product_count: int) -> Postings:
    ordered = clicks[np.argsort(products[clicks], kind="stable")]
    found = products[ordered]
    return Postings(
        clicks=ordered,
        starts=found.searchsorted(np.arange(product_count + 1)),
        keys=found * len(products) + ordered,
    )


def newest(
    index: ClickIndex, postings: Postings, products: Numbers, moments: Numbers, most: int
) -> tuple[Numbers, Numbers]:
    """The last clicks on each product before its moment, `most` of them at most.

    Returns row numbers into `products` and, beside each, a click.
    """
    ends = postings.keys.searchsorted(products * index.now + moments)
    starts = np.maximum(postings.starts[products], ends - most)
    rows, places = expanded(starts, np.maximum(ends - starts, 0))
    return rows, postings.clicks[places]


def expanded(starts: Numbers, counts: Numbers) -> tuple[Numbers, Numbers]:
    """Row numbers, and beside each start, start + 1, ... up to the row's count."""
    rows = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(len(rows)) - np.repeat(counts.cumsum() - counts, counts)
    return rows, starts[rows] + within

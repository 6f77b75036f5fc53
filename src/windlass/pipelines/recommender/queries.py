"""Sessions as questions: which product comes next, given the clicks so far?"""

from dataclasses import dataclass, fields, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from windlass.pipelines.recommender.clicks import UNKNOWN, Clicks, Floats, Numbers

DEPTH = 20
"""Clicks of a session that are looked at: the last ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queries:
    """One entry, or row, per question.

    A product that the model has never seen still has a number of its own, past those it has.
    """

    recent: NDArray[np.int64]
    """Products clicked so far, the newest first, DEPTH columns; UNKNOWN behind the first one."""
    categories: NDArray[np.int64]
    """Category of each of them, UNKNOWN where it has none."""
    brands: NDArray[np.int64]
    prices: Floats
    """NaN where it is not known."""
    lengths: Numbers
    """Clicks of the session so far, those past DEPTH counted too."""
    moments: Numbers
    """Rank of the moment in the index: what came later may not be seen."""
    times: Numbers
    """The same moment in microseconds since 1970 UTC."""
    sessions: Numbers
    """The session's own number in the index, UNKNOWN where it is not part of it."""
    users: Numbers

    def __len__(self) -> int:
        """How many questions there are."""
        return len(self.moments)

    def where(self, chosen: "NDArray[np.bool_] | Numbers | slice") -> "Queries":
        """Some of the questions."""
        return Queries(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


class Asked(NamedTuple):
    """Questions with their answers."""

    queries: Queries
    targets: Numbers
    """Product that was clicked next."""


def positions(clicks: Clicks) -> Asked:
    """Every click but a session's last asks for the one after; in the order of time.

    Moments are ranks among these clicks, and sessions their numbers: right where the clicks are
    those of the index, else to be replaced by `asked_now`.
    """
    order = np.argsort(clicks.sessions, kind="stable")
    sessions, products = clicks.sessions[order], clicks.products[order]
    starts = sessions.searchsorted(sessions)
    within = np.arange(len(order)) - starts
    steps = np.arange(len(order))[:, None] - np.arange(DEPTH)
    asking = np.flatnonzero(sessions[:-1] == sessions[1:])
    asking = asking[np.argsort(order[asking])]
    inside = (steps >= starts[:, None])[asking]
    looked_at = order[np.maximum(steps[asking], 0)]
    queries = Queries(
        recent=np.where(inside, clicks.products[looked_at], UNKNOWN),
        categories=np.where(inside, clicks.categories[looked_at], UNKNOWN),
        brands=np.where(inside, clicks.brands[looked_at], UNKNOWN),
        prices=np.where(inside, clicks.prices[looked_at], np.nan),
        lengths=within[asking] + 1,
        moments=order[asking],
        times=clicks.times[order[asking]],
        sessions=sessions[asking],
        users=clicks.users[order][asking],
    )
    return Asked(queries, products[asking + 1])


def asked_now(asked: Asked, now: int) -> Asked:
    """The same questions, asked of an index that none of these clicks is part of."""
    queries = asked.queries
    outside = replace(
        queries, moments=np.full(len(queries), now), sessions=np.full(len(queries), UNKNOWN)
    )
    return asked._replace(queries=outside)

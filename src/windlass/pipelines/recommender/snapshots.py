"""What the feature store is told: products and users as they were at some moments.

A row holds what happened before its moment and nothing later. Products and users of which nothing
new is known get no new row, so the store stays about as small as the clicks themselves.
"""

from collections.abc import Iterator

import numpy as np

from windlass.pipelines.recommender.clicks import UNKNOWN, Clicks, Flags, Floats, Numbers, Texts
from windlass.pipelines.recommender.features import (
    FEATURES_VERSION,
    PRODUCT_FEATURES,
    USER_FEATURES,
)
from windlass.ports.features import FeatureRow, FeatureSet

PRODUCTS = FeatureSet(name=f"recommender_products_v{FEATURES_VERSION}", features=PRODUCT_FEATURES)
USERS = FeatureSet(name=f"recommender_users_v{FEATURES_VERSION}", features=USER_FEATURES)

MOMENTS = 12
"""Moments at which rows are written, with about equally many clicks between them."""


def moments_of(clicks: Clicks) -> Numbers:
    """The moments, ascending and distinct; the last lies just after the last click."""
    if not len(clicks):
        return np.empty(0, dtype=np.int64)
    ranks = np.linspace(0, len(clicks), MOMENTS + 1).astype(np.int64)[1:-1]
    return np.unique(np.append(clicks.times[ranks], clicks.times[-1] + 1))


def product_rows(clicks: Clicks, names: Texts) -> list[FeatureRow]:
    """Rows of the products; `recent_clicks` are those since the moment before."""
    count = len(names)
    latest = np.full((count, 3), np.nan)
    fresh = _first_in_session(clicks, count)
    before, rows = np.zeros(count, dtype=np.int64), []
    for moment, start, end in _spans(clicks):
        span = clicks.where(slice(start, end))
        _remember(latest, span)
        seen = clicks.products[:end]
        recent = np.bincount(span.products, minlength=count)
        values = np.column_stack(
            [
                np.bincount(seen, minlength=count),
                np.bincount(seen[fresh[:end]], minlength=count),
                recent,
                np.bincount(seen[clicks.taken[:end]], minlength=count),
                latest,
            ]
        )
        changed = np.flatnonzero((recent > 0) | (before > 0))
        rows += _rows(names, changed, moment, values)
        before = recent
    return rows


def user_rows(clicks: Clicks, names: Texts) -> list[FeatureRow]:
    """Rows of the users; none where users are not known."""
    count, rows = len(names), []
    for moment, start, end in _spans(clicks) if count else ():
        seen = clicks.where(np.flatnonzero(clicks.users[:end] != UNKNOWN))
        priced = np.isfinite(seen.prices)
        with np.errstate(invalid="ignore", divide="ignore"):
            price = np.bincount(
                seen.users[priced], seen.prices[priced], minlength=count
            ) / np.bincount(seen.users[priced], minlength=count)
        values = np.column_stack(
            [
                np.bincount(seen.users, minlength=count),
                np.bincount(seen.users[seen.taken], minlength=count),
                price,
            ]
        )
        users = clicks.users[start:end]
        rows += _rows(names, np.unique(users[users != UNKNOWN]), moment, values)
    return rows


def _spans(clicks: Clicks) -> Iterator[tuple[int, int, int]]:
    """Each moment with the ranks of the first and past the last click since the one before."""
    start = 0
    for moment in moments_of(clicks):
        end = int(clicks.times.searchsorted(moment))
        yield int(moment), start, end
        start = end


def _remember(latest: Floats, span: Clicks) -> None:
    """Put the newest price, category and brand of each product into its row."""
    for column, values in enumerate((span.prices, span.categories, span.brands)):
        known = np.isfinite(values) & (values != UNKNOWN)
        latest[span.products[known], column] = values[known]


def _first_in_session(clicks: Clicks, count: int) -> Flags:
    found = np.zeros(len(clicks), dtype=np.bool_)
    found[np.unique(clicks.sessions * count + clicks.products, return_index=True)[1]] = True
    return found


def _rows(names: Texts, numbers: Numbers, moment: int, values: Floats) -> list[FeatureRow]:
    return [
        FeatureRow(name, moment, tuple(row))
        for name, row in zip(names[numbers].tolist(), values[numbers].tolist(), strict=True)
    ]

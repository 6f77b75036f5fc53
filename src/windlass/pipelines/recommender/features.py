"""Features of a candidate for a question: what the ranker looks at.

One function makes them for training and for serving. What it knows of a product and a user comes
as rows of the feature store, as they were at the question's moment; NaN says that nothing is known.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from windlass.pipelines.recommender.clicks import UNKNOWN, Floats, Numbers
from windlass.pipelines.recommender.pool import SOURCES, Pool, ranks_of
from windlass.pipelines.recommender.queries import DEPTH, Queries

Features = NDArray[np.float32]

FEATURES_VERSION = "1"
"""Goes up whenever a feature changes its name or meaning."""

PRODUCT_FEATURES = ("clicks", "sessions", "recent_clicks", "taken", "price", "category", "brand")
"""What the store tells of a product; category and brand are numbers without an order."""
USER_FEATURES = ("clicks", "taken", "price")
"""What the store tells of a user; price is the mean of what it clicked on."""

RANKED = ("neighbours", "followers", "kindred")
"""Sources whose order of the candidates is a feature."""

NAMES = (
    *(f"{source}_share" for source in SOURCES),
    *(f"{source}_rank" for source in RANKED),
    "mix",
    "mix_rank",
    "session_clicks",
    "session_products",
    "times_in_session",
    "clicks_since",
    "product_clicks",
    "product_sessions",
    "product_recent_share",
    "product_taken_share",
    "category_share",
    "brand_share",
    "price_to_session",
    "price_to_user",
    "user_clicks",
    "user_taken_share",
)
"""Features in the order of the columns."""


class Known(NamedTuple):
    """What the store tells, one row each for what a pool and its questions name."""

    candidates: Floats
    """Row per candidate of the pool, columns as PRODUCT_FEATURES."""
    users: Floats
    """Row per question, columns as USER_FEATURES."""


def features_of(pool: Pool, queries: Queries, known: Known, mix: Floats) -> Features:
    """One row per candidate, columns as NAMES; `mix` is the mixed share of each candidate."""
    questions = pool.questions
    columns = [
        *pool.shares.T,
        *(ranks_of(questions, pool.shares[:, SOURCES.index(source)]) for source in RANKED),
        mix,
        ranks_of(questions, mix),
        *_session_features(pool, queries),
        *_product_features(known),
        *_match_features(questions, queries, known),
        *_user_features(questions, known),
    ]
    # column by column in memory: CatBoost reads it in a third of the time
    return np.array(columns, dtype=np.float32).T


def _session_features(pool: Pool, queries: Queries) -> list[Floats]:
    questions, recent = pool.questions, queries.recent
    same = recent[questions] == pool.products[:, None]
    inside = same.any(axis=1)
    fresh = (recent[:, :, None] != recent[:, None, :]) | np.tri(DEPTH, dtype=np.bool_).T
    distinct = ((recent != UNKNOWN) & fresh.all(axis=2)).sum(axis=1)
    return [
        queries.lengths[questions].astype(np.float64),
        distinct[questions].astype(np.float64),
        same.sum(axis=1).astype(np.float64),
        np.where(inside, same.argmax(axis=1), np.nan),
    ]


def _product_features(known: Known) -> list[Floats]:
    clicks, sessions, recent, taken = known.candidates.T[:4]
    with np.errstate(invalid="ignore", divide="ignore"):
        return [clicks, sessions, recent / clicks, taken / clicks]


def _match_features(questions: Numbers, queries: Queries, known: Known) -> list[Floats]:
    """How well a candidate fits to what the session clicked: category, brand, price."""
    counts = np.maximum((queries.recent != UNKNOWN).sum(axis=1), 1)[questions]
    _, _, _, _, prices, categories, brands = known.candidates.T
    columns = []
    for clicked, wanted in ((queries.categories, categories), (queries.brands, brands)):
        same = (clicked[questions] == wanted[:, None]).sum(axis=1)
        columns.append(np.where(np.isnan(wanted), np.nan, same / counts))
    price, user_price = np.log(prices), np.log(known.users[questions, 2])
    return [*columns, price - _mean_log(queries.prices)[questions], price - user_price]


def _mean_log(prices: Floats) -> Floats:
    """Mean of the logarithms in each row, those that are known."""
    there = np.isfinite(prices)
    with np.errstate(invalid="ignore", divide="ignore"):
        sums = np.where(there, np.log(np.where(there, prices, 1.0)), 0.0).sum(axis=1)
        mean: Floats = sums / there.sum(axis=1)
    return mean


def _user_features(questions: Numbers, known: Known) -> list[Floats]:
    clicks, taken = known.users.T[:2]
    with np.errstate(invalid="ignore", divide="ignore"):
        return [clicks[questions], (taken / clicks)[questions]]

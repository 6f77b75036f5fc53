"""The two stages: candidates by the mix, then the ranker's order of the first of them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from windlass.pipelines.recommender.clicks import Floats
from windlass.pipelines.recommender.features import Features, features_of
from windlass.pipelines.recommender.index import ClickIndex
from windlass.pipelines.recommender.knowledge import Knowledge, known_of
from windlass.pipelines.recommender.mixing import Weights, mixed, shortlist
from windlass.pipelines.recommender.pool import Pool, Popular, gather
from windlass.pipelines.recommender.queries import Queries

if TYPE_CHECKING:
    from catboost import CatBoost


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """All that a trained recommender consists of."""

    index: ClickIndex
    popular: Popular
    weights: Weights
    products: Knowledge
    users: Knowledge
    ranker: "CatBoost | None"
    """None where the mix alone did better."""


def answer(stages: Stages, queries: Queries) -> tuple[Pool, Floats]:
    """Candidates of all questions with the probability that each is the next click."""
    pool = gather(stages.index, stages.popular, queries)
    mix = mixed(pool, stages.weights)
    if stages.ranker is None:
        return pool, mix / sum(stages.weights)
    near = shortlist(pool, mix)
    chosen = Pool(pool.pairs[near], pool.shares[near], pool.span)
    known = known_of(chosen, queries, stages.products, stages.users)
    features = features_of(chosen, queries, known, mix[near])
    # those that are not ranked follow, in the order of the mix
    scores = mix - (1.0 + sum(stages.weights))
    scores[near] = probabilities(stages.ranker, features)
    return pool, scores


def probabilities(ranker: "CatBoost", features: Features) -> Floats:
    """The ranker's estimates for ready feature rows."""
    if not len(features):
        return np.empty(0)
    raw: Floats = ranker.predict(features, prediction_type="RawFormulaVal", thread_count=1)
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-raw))

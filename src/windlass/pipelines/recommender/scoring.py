"""The two stages: candidates by the mix, then the ranker's order of the first of them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

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


class Shortlist(NamedTuple):
    """What the ranker sees of all candidates."""

    near: NDArray[np.bool_]
    """Whether the mix puts a candidate first."""
    features: Features
    """One row for each that it does."""


def answer(stages: Stages, queries: Queries) -> tuple[Pool, Floats]:
    """Candidates of all questions with the probability that each is the next click."""
    pool = gather(stages.index, stages.popular, queries)
    mix = mixed(pool, stages.weights)
    if stages.ranker is None:
        return pool, mix / sum(stages.weights)
    near, features = shortlisted(stages, queries, pool, mix)
    # those that are not ranked follow, in the order of the mix
    scores = mix - (1.0 + sum(stages.weights))
    scores[near] = probabilities(stages.ranker, features)
    return pool, scores


def shortlisted(stages: Stages, queries: Queries, pool: Pool, mix: Floats) -> Shortlist:
    """The first candidates of the mix with their features."""
    near = shortlist(pool, mix)
    chosen = Pool(pool.pairs[near], pool.shares[near], pool.span)
    known = known_of(chosen, queries, stages.products, stages.users)
    return Shortlist(near, features_of(chosen, queries, known, mix[near]))


def seen_and_said(stages: Stages, queries: Queries) -> tuple[Features, Floats]:
    """Features of the first candidates of all questions, and the best score of each question."""
    pool = gather(stages.index, stages.popular, queries)
    _, features = shortlisted(stages, queries, pool, mixed(pool, stages.weights))
    candidates, scores = answer(stages, queries)
    best = np.zeros(len(queries))
    np.maximum.at(best, candidates.questions, scores)
    return features, best


def probabilities(ranker: "CatBoost", features: Features) -> Floats:
    """The ranker's estimates for ready feature rows."""
    if not len(features):
        return np.empty(0)
    raw: Floats = ranker.predict(features, prediction_type="RawFormulaVal", thread_count=1)
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-raw))

"""A trained model of this pipeline: load, score, evaluate.

The hot path is numpy and CatBoost on one thread; pandas is only used to evaluate.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from windlass.domain.bundle import Bundle
from windlass.domain.errors import BundleError
from windlass.pipelines.contract import Answer, InvalidRequest, Scorer
from windlass.pipelines.feature_rows import feature_matrix
from windlass.pipelines.json_values import number
from windlass.pipelines.recommender.archive import FILE as MEMORY_FILE
from windlass.pipelines.recommender.archive import Memory, unpack
from windlass.pipelines.recommender.clicks import UNKNOWN, Floats, Numbers
from windlass.pipelines.recommender.features import FEATURES_VERSION, NAMES
from windlass.pipelines.recommender.index import make_index
from windlass.pipelines.recommender.knowledge import Latest
from windlass.pipelines.recommender.mixing import Weights
from windlass.pipelines.recommender.pool import SOURCES, popular_products
from windlass.pipelines.recommender.queries import DEPTH, Queries
from windlass.pipelines.recommender.request import Request, read_request
from windlass.pipelines.recommender.scoring import Stages, answer, probabilities

if TYPE_CHECKING:
    from catboost import CatBoost

MODEL_FILE = "model.cbm"


class NextClickScorer:
    """Candidates from the sessions of the past, in the order of the ranker."""

    def __init__(self, memory: Memory, weights: Weights, ranker: "CatBoost | None") -> None:
        self.memory = memory
        index = make_index(memory.products, memory.sessions, len(memory.product_names))
        self.stages = Stages(
            index=index,
            popular=popular_products(index, cuts=1),
            weights=weights,
            products=Latest(memory.product_features),
            users=Latest(memory.user_features),
            ranker=ranker,
        )
        self._names: list[str] = memory.product_names.tolist()
        self._products = {name: place for place, name in enumerate(self._names)}
        self._users = {name: place for place, name in enumerate(memory.user_names.tolist())}

    def predict(self, payload: Mapping[str, object]) -> Answer:
        """Answer a session, as `request` describes it."""
        request = read_request(payload)
        recent, unknown = self._numbers(request.clicks[-DEPTH:])
        best, scores = self._best(request, recent)
        names = [*self._names, *unknown]
        products = [
            {"product_id": names[product], "score": round(max(score, 0.0), 6)}
            for product, score in zip(best.tolist(), scores.tolist(), strict=True)
        ]
        return Answer(body={"products": products}, score=max(scores.tolist(), default=0.0))

    def predict_table(
        self, columns: Sequence[str], rows: Sequence[Sequence[object]]
    ) -> list[float]:
        """The ranker's estimate for each row of ready features, columns in any order."""
        if self.stages.ranker is None:
            raise InvalidRequest("columns", "this model has no ranker: ask it for sessions")
        matrix = feature_matrix(columns, rows, NAMES)
        return [float(score) for score in probabilities(self.stages.ranker, matrix)]

    def _best(self, request: Request, recent: list[int]) -> tuple[Numbers, Floats]:
        """The k best products by number, and their scores."""
        user = UNKNOWN if request.user is None else self._users.get(request.user, UNKNOWN)
        row = np.full((1, DEPTH), UNKNOWN)
        row[0, : len(recent)] = recent[::-1]
        queries = Queries(
            recent=row,
            lengths=np.array([len(request.clicks)]),
            moments=np.array([self.stages.index.now]),
            times=np.zeros(1, dtype=np.int64),
            sessions=np.array([UNKNOWN]),
            users=np.array([user]),
        )
        pool, scores = answer(self.stages, queries)
        if request.exclude_clicked:
            fresh = ~np.isin(pool.products, row[0])
            order = np.flatnonzero(fresh)[np.argsort(-scores[fresh], kind="stable")]
        else:
            order = np.argsort(-scores, kind="stable")
        best = order[: request.k]
        return pool.products[best], scores[best]

    def _numbers(self, clicks: Sequence[str]) -> tuple[list[int], list[str]]:
        """Numbers of the products, and the names of those that are not known, in their order."""
        unknown = [name for name in dict.fromkeys(clicks) if name not in self._products]
        places = {name: len(self._names) + place for place, name in enumerate(unknown)}
        known = self._products
        return [known[name] if name in known else places[name] for name in clicks], unknown


def load(bundle: Bundle) -> NextClickScorer:
    """Read the files of a bundle; BundleError when this code can't serve it."""
    manifest = bundle.manifest
    if manifest.features_version != FEATURES_VERSION or manifest.features != NAMES:
        raise BundleError(
            f"bundle {bundle.digest} has features of version {manifest.features_version}, this "
            f"server makes version {FEATURES_VERSION}: train the model again"
        )
    if MEMORY_FILE not in bundle.files:
        raise BundleError(f"bundle {bundle.digest} has no file {MEMORY_FILE}")
    return NextClickScorer(unpack(bundle.files[MEMORY_FILE]), _weights(bundle), _ranker(bundle))


def _weights(bundle: Bundle) -> Weights:
    given = bundle.manifest.parameters.get("weights")
    try:
        if not isinstance(given, list) or len(given) != len(SOURCES):
            raise InvalidRequest("weights", f"must be {len(SOURCES)} numbers")
        return tuple(number(weight, "weights") for weight in given)
    except InvalidRequest as error:
        raise BundleError(f"bundle {bundle.digest}: parameter {error} of its manifest") from error


def _ranker(bundle: Bundle) -> "CatBoost | None":
    from catboost import CatBoost, CatBoostError

    if MODEL_FILE not in bundle.files:
        return None
    ranker = CatBoost()
    try:
        ranker.load_model(blob=bundle.files[MODEL_FILE])
    except CatBoostError as error:
        raise BundleError(f"bundle {bundle.digest}: {MODEL_FILE} can't be read: {error}") from error
    if tuple(ranker.feature_names_) != NAMES:
        raise BundleError(f"bundle {bundle.digest}: {MODEL_FILE} was trained on other features")
    return ranker


def evaluate(scorer: Scorer, dataset: Mapping[str, bytes]) -> dict[str, float]:
    """Metrics on the sessions of a held-back part, or of a plain folder's events."""
    from windlass.pipelines.recommender.holdout import questions_of
    from windlass.pipelines.recommender.judging import judge

    if not isinstance(scorer, NextClickScorer):
        raise TypeError(f"{type(scorer).__name__} is no scorer of this pipeline")
    return judge(scorer.stages, questions_of(dataset, scorer))


def sample_request(dataset: Mapping[str, bytes]) -> Mapping[str, object]:
    """The longest session that is looked at as a whole, as far as before its last click."""
    from windlass.pipelines.recommender.holdout import longest_request

    return longest_request(dataset)

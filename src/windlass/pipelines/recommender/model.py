"""A trained model of this pipeline: load, score, evaluate.

The hot path is numpy and CatBoost on one thread; pandas is only used to evaluate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from windlass.domain.bundle import Bundle
from windlass.domain.errors import BundleError
from windlass.pipelines.catboost_file import catboost_of
from windlass.pipelines.contract import Answer, FeatureRows, InvalidRequest, Scorer, Span
from windlass.pipelines.feature_rows import feature_matrix
from windlass.pipelines.json_values import number
from windlass.pipelines.recommender.archive import FILE as MEMORY_FILE
from windlass.pipelines.recommender.archive import Memory, unpack
from windlass.pipelines.recommender.clicks import UNKNOWN, Floats, Numbers, Texts
from windlass.pipelines.recommender.features import FEATURES_VERSION, NAMES, PRODUCT_FEATURES
from windlass.pipelines.recommender.index import Past, make_index
from windlass.pipelines.recommender.knowledge import Latest
from windlass.pipelines.recommender.mixing import Weights
from windlass.pipelines.recommender.pool import SOURCES, popular_products
from windlass.pipelines.recommender.queries import DEPTH, Queries
from windlass.pipelines.recommender.request import Clicked, Request, read_request
from windlass.pipelines.recommender.scoring import Stages, answer, probabilities

if TYPE_CHECKING:
    from catboost import CatBoost

MODEL_FILE = "model.cbm"
LABELS = ()
"""No setting of a model changes what was clicked next."""

_QUESTIONS = 1000
"""Questions whose candidates tell what the ranker sees."""


class NextClickScorer:
    """Candidates from the sessions of the past, in the order of the ranker."""

    def __init__(self, memory: Memory, weights: Weights, ranker: "CatBoost | None") -> None:
        self.memory = memory
        past = Past(memory.products, memory.sessions, memory.categories, memory.brands)
        index = make_index(past, len(memory.product_names))
        self.stages = Stages(
            index=index,
            popular=popular_products(index, cuts=1),
            weights=weights,
            products=Latest(memory.product_features),
            users=Latest(memory.user_features),
            ranker=ranker,
        )
        self._names: list[str] = memory.product_names.tolist()
        self._products = _places(memory.product_names)
        self._users = _places(memory.user_names)
        self._categories = _places(memory.category_names)
        self._brands = _places(memory.brand_names)

    def predict(self, payload: Mapping[str, object]) -> Answer:
        """Answer a session, as `request` describes it."""
        request = read_request(payload)
        queries, unknown = self._asked(request)
        best, scores = self._best(request, queries)
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

    def completed(self, queries: Queries) -> Queries:
        """The same questions; what they don't tell of a product is what the model knows of it."""
        price, category, brand = (PRODUCT_FEATURES.index(n) for n in ("price", "category", "brand"))
        flat = queries.recent.ravel()
        known = self.stages.products.rows(flat, np.zeros_like(flat))
        known = known.reshape(*queries.recent.shape, known.shape[-1])
        numbers = np.where(np.isnan(known), UNKNOWN, known)
        return replace(
            queries,
            categories=_filled(queries.categories, numbers[..., category]),
            brands=_filled(queries.brands, numbers[..., brand]),
            prices=np.where(np.isnan(queries.prices), known[..., price], queries.prices),
        )

    def _best(self, request: Request, queries: Queries) -> tuple[Numbers, Floats]:
        """The k best products by number, and their scores."""
        pool, scores = answer(self.stages, queries)
        order = np.argsort(-scores, kind="stable")
        if request.exclude_clicked:
            order = order[~np.isin(pool.products[order], queries.recent[0])]
        best = order[: request.k]
        return pool.products[best], scores[best]

    def _asked(self, request: Request) -> tuple[Queries, list[str]]:
        """The request as a question, and the names of products that only it knows."""
        clicks = request.clicks[: -DEPTH - 1 : -1]
        unknown = dict.fromkeys(c.product for c in clicks if c.product not in self._products)
        places = {name: len(self._names) + place for place, name in enumerate(unknown)}
        rows = np.full((4, 1, DEPTH), float(UNKNOWN))
        for age, click in enumerate(clicks):
            rows[:, 0, age] = self._row(click, places)
        recent, categories, brands = rows[:3].astype(np.int64)
        user = UNKNOWN if request.user is None else self._users.get(request.user, UNKNOWN)
        queries = Queries(
            recent=recent,
            categories=categories,
            brands=brands,
            prices=np.where(rows[3] > 0, rows[3], np.nan),
            lengths=np.array([len(request.clicks)]),
            moments=np.array([self.stages.index.now]),
            times=np.zeros(1, dtype=np.int64),
            sessions=np.array([UNKNOWN]),
            users=np.array([user]),
        )
        return self.completed(queries), list(unknown)

    def _row(self, click: Clicked, others: Mapping[str, int]) -> tuple[float, ...]:
        """Product, category, brand and price of a click as numbers."""
        known = self._products.get(click.product)
        return (
            others[click.product] if known is None else known,
            _place(self._categories, click.category),
            _place(self._brands, click.brand),
            UNKNOWN if click.price is None else click.price,
        )


def _places(names: Texts) -> dict[str, int]:
    return {name: place for place, name in enumerate(names.tolist())}


def _place(places: Mapping[str, int], name: str | None) -> int:
    """Number of a name, one past them all for a name that is not among them."""
    return UNKNOWN if name is None else places.get(name, len(places))


def _filled(told: NDArray[np.int64], known: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.where(told == UNKNOWN, known, told).astype(np.int64)


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
    ranker = catboost_of(bundle, MODEL_FILE, NAMES) if MODEL_FILE in bundle.files else None
    return NextClickScorer(unpack(bundle.files[MEMORY_FILE]), _weights(bundle), ranker)


def _weights(bundle: Bundle) -> Weights:
    given = bundle.manifest.parameters.get("weights")
    try:
        if not isinstance(given, list) or len(given) != len(SOURCES):
            raise InvalidRequest("weights", f"must be {len(SOURCES)} numbers")
        return tuple(number(weight, "weights") for weight in given)
    except InvalidRequest as error:
        raise BundleError(f"bundle {bundle.digest}: parameter {error} of its manifest") from error


def evaluate(scorer: Scorer, dataset: Mapping[str, bytes]) -> dict[str, float]:
    """Metrics on the sessions of a held-back part, or of a plain folder's events."""
    from windlass.pipelines.recommender.holdout import questions_of
    from windlass.pipelines.recommender.judging import judge

    if not isinstance(scorer, NextClickScorer):
        raise TypeError(f"{type(scorer).__name__} is no scorer of this pipeline")
    return judge(scorer.stages, questions_of(dataset, scorer))


def time_span(dataset: Mapping[str, bytes]) -> Span:
    """First and last click in a plain folder."""
    from windlass.pipelines.recommender.holdout import click_span

    return click_span(dataset)


def feature_rows(scorer: Scorer, dataset: Mapping[str, bytes]) -> FeatureRows:
    """Features of the ranker's candidates, and the best score of each question."""
    from windlass.pipelines.recommender.holdout import questions_of
    from windlass.pipelines.recommender.queries import asked_now
    from windlass.pipelines.recommender.scoring import seen_and_said

    if not isinstance(scorer, NextClickScorer):
        raise TypeError(f"{type(scorer).__name__} is no scorer of this pipeline")
    queries = asked_now(questions_of(dataset, scorer), scorer.stages.index.now).queries
    some = queries.where(np.arange(0, len(queries), max(1, len(queries) // _QUESTIONS)))
    features, best = seen_and_said(scorer.stages, some)
    columns = features.astype(np.float64).T
    return FeatureRows(columns=dict(zip(NAMES, columns, strict=True)), scores=best)


def sample_request(dataset: Mapping[str, bytes]) -> Mapping[str, object]:
    """The longest session that is looked at as a whole, as far as before its last click."""
    from windlass.pipelines.recommender.holdout import longest_request

    return longest_request(dataset)

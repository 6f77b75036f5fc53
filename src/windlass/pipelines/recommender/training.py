"""From clicks to a finished model: the arithmetic of a training run, without its plumbing."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from windlass.domain.bundle import Golden, Manifest, TrainedOn
from windlass.pipelines.catboost_file import catboost_bytes
from windlass.pipelines.recommender import archive, snapshots
from windlass.pipelines.recommender.archive import Memory
from windlass.pipelines.recommender.clicks import UNKNOWN, Clicks, Flags, Floats, Texts
from windlass.pipelines.recommender.data import Dataset
from windlass.pipelines.recommender.features import FEATURES_VERSION, NAMES, features_of
from windlass.pipelines.recommender.holdout import PIPELINE, instant
from windlass.pipelines.recommender.index import ClickIndex, Past, make_index
from windlass.pipelines.recommender.knowledge import (
    AsOf,
    answers_of,
    asks_of,
    known_of,
    needed_products,
    needed_users,
)
from windlass.pipelines.recommender.mixing import (
    Weights,
    choose_weights,
    goodness,
    mixed,
    shortlist,
)
from windlass.pipelines.recommender.model import MODEL_FILE, NextClickScorer
from windlass.pipelines.recommender.params import Parameters
from windlass.pipelines.recommender.pool import Pool, gather, popular_products
from windlass.pipelines.recommender.queries import DEPTH, Asked, positions
from windlass.pipelines.recommender.ranking import Examples, fit_ranker, labels_of
from windlass.pipelines.recommender.splitting import split
from windlass.ports.features import Ask, FeatureSet, FeatureStore

if TYPE_CHECKING:
    from catboost import CatBoost

VALIDATED = 0.3
"""Last part of the ranker's questions, by which it has to prove itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A dataset cut up for training; training clicks have numbers of their own."""

    dataset: Dataset
    parameters: Parameters
    training: Clicks
    products: Texts
    """Names of the products in training, by number."""
    users: Texts
    test: Clicks
    """In the dataset's numbers."""
    index: ClickIndex
    trained_on: TrainedOn
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    """What the data looks like, by path in the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """What the feature store gave: examples for the ranker, and what serving will know."""

    examples: Examples
    pool: Pool
    """All candidates of the examples' questions."""
    mix: Floats
    """The mixed score of each of them."""
    asked: Asked
    weights: Weights
    product_features: Floats
    user_features: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The finished model."""

    ranker: "CatBoost | None"
    memory: Memory
    weights: Weights
    metrics: dict[str, float]
    """How mix and ranker did on the validation's questions."""


def prepare(dataset: Dataset, parameters: Parameters) -> Prepared:
    """Split the sessions and arrange those to learn from."""
    parts = split(dataset.clicks, dataset.test_sessions, parameters.test_fraction)
    clicks = parts.training.where(slice(-parameters.max_clicks, None))
    products, own_products = np.unique(clicks.products, return_inverse=True)
    known = clicks.users != UNKNOWN
    users = np.unique(clicks.users[known])
    training = replace(
        clicks,
        products=own_products,
        users=np.where(known, users.searchsorted(clicks.users), UNKNOWN),
    )
    return Prepared(
        dataset=dataset,
        parameters=parameters,
        training=training,
        products=dataset.names.products[products],
        users=dataset.names.users[users],
        test=parts.test,
        index=make_index(
            Past(own_products, clicks.sessions, clicks.categories, clicks.brands), len(products)
        ),
        trained_on=TrainedOn(
            digest=dataset.digest,
            start=instant(int(clicks.times[0])),
            until=instant(int(clicks.times[-1])),
        ),
    )


def store_features(prepared: Prepared, store: FeatureStore) -> int:
    """Write what is known of products and users at each moment; returns how many rows."""
    dataset = prepared.dataset.digest
    products = snapshots.product_rows(prepared.training, prepared.products)
    users = snapshots.user_rows(prepared.training, prepared.users)
    store.write(snapshots.PRODUCTS, dataset, products)
    store.write(snapshots.USERS, dataset, users)
    return len(products) + len(users)


def retrieve(prepared: Prepared, store: FeatureStore) -> Retrieved:
    """Make the ranker's examples, each from what the store knew at its moment."""
    index = prepared.index
    asked = positions(replace(prepared.training, sessions=index.sessions))
    recent = slice(-prepared.parameters.ranker_positions, None)
    asked = Asked(asked.queries.where(recent), asked.targets[recent])
    pool = gather(index, popular_products(index), asked.queries)
    weights = choose_weights(pool, asked.targets)
    mix = mixed(pool, weights)
    near = shortlist(pool, mix)
    chosen = Pool(pool.pairs[near], pool.shares[near], pool.span)
    moments = snapshots.moments_of(prepared.training)
    keys = (needed_products(chosen, asked.queries, moments), needed_users(asked.queries, moments))
    products, users = (
        AsOf(found, _ask(prepared, store, kind, asks_of(found, names, moments)), moments)
        for found, kind, names in zip(
            keys,
            (snapshots.PRODUCTS, snapshots.USERS),
            (prepared.products, prepared.users),
            strict=True,
        )
    )
    known = known_of(chosen, asked.queries, products, users)
    now = int(moments[-1])
    return Retrieved(
        examples=Examples(
            pool=chosen,
            features=features_of(chosen, asked.queries, known, mix[near]),
            labels=labels_of(chosen, asked.targets),
        ),
        pool=pool,
        mix=mix,
        asked=asked,
        weights=weights,
        product_features=_ask(prepared, store, snapshots.PRODUCTS, _at(prepared.products, now)),
        user_features=_ask(prepared, store, snapshots.USERS, _at(prepared.users, now)),
    )


def _at(names: Texts, moment: int) -> list[Ask]:
    return [Ask(name, moment) for name in names.tolist()]


def _ask(prepared: Prepared, store: FeatureStore, kind: FeatureSet, asks: list[Ask]) -> Floats:
    return answers_of(store.as_of(kind, prepared.dataset.digest, asks), len(kind.features))


def fit(prepared: Prepared, retrieved: Retrieved, threads: int) -> Fitted:
    """Fit the ranker on the earlier questions; it is kept if it does better on the later ones."""
    targets = retrieved.asked.targets
    later = np.arange(len(targets)) >= int(len(targets) * (1 - VALIDATED))
    ranker = fit_ranker(retrieved.examples.where(~later), prepared.parameters, threads)
    metrics = {"validation_mix": _validated(retrieved, retrieved.mix, later)}
    if ranker is not None:
        scores = retrieved.mix - 1.0 - sum(retrieved.weights)
        near = shortlist(retrieved.pool, retrieved.mix)
        raw = ranker.predict(retrieved.examples.features, prediction_type="Probability")
        scores[near] = raw[:, 1]
        metrics["validation_ranker"] = _validated(retrieved, scores, later)
        if metrics["validation_ranker"] < metrics["validation_mix"]:
            ranker = None
    return Fitted(
        ranker=ranker,
        memory=_memory(prepared, retrieved),
        weights=retrieved.weights,
        metrics=metrics,
    )


def _validated(retrieved: Retrieved, scores: Floats, later: Flags) -> float:
    """Goodness over the later questions alone."""
    pool = retrieved.pool
    first = int(np.argmax(later)) * pool.span
    chosen = pool.pairs >= first
    part = Pool(pool.pairs[chosen] - first, pool.shares[chosen], pool.span)
    return goodness(part, scores[chosen], retrieved.asked.targets[later])


def _memory(prepared: Prepared, retrieved: Retrieved) -> Memory:
    names = prepared.dataset.names
    return Memory(
        products=prepared.index.products,
        sessions=prepared.index.sessions,
        categories=prepared.training.categories,
        brands=prepared.training.brands,
        category_names=names.categories,
        brand_names=names.brands,
        product_names=prepared.products,
        user_names=prepared.users,
        product_features=retrieved.product_features,
        user_features=retrieved.user_features,
    )


def bundle_files(fitted: Fitted) -> dict[str, bytes]:
    """Files of the bundle, apart from its manifest."""
    files = {archive.FILE: archive.pack(fitted.memory)}
    if fitted.ranker is not None:
        files[MODEL_FILE] = catboost_bytes(fitted.ranker)
    return files


def manifest_of(prepared: Prepared, fitted: Fitted) -> Manifest:
    """Manifest of the bundle; its list of files is for whoever seals it."""
    scorer = NextClickScorer(fitted.memory, fitted.weights, fitted.ranker)
    request = _golden_request(prepared)
    return Manifest(
        pipeline=PIPELINE,
        features_version=FEATURES_VERSION,
        features=NAMES,
        dtypes=dict.fromkeys(NAMES, "float32"),
        files={},
        trained_on=prepared.trained_on,
        golden=Golden(request=request, score=scorer.predict(request).score or 0.0),
        parameters={"weights": list(fitted.weights)},
    )


def _golden_request(prepared: Prepared) -> dict[str, object]:
    """The session of the last click, by the user that clicked."""
    clicks = prepared.training
    last = clicks.products[clicks.sessions == clicks.sessions[-1]][-DEPTH:]
    request: dict[str, object] = {"clicks": prepared.products[last].tolist()}
    if clicks.users[-1] != UNKNOWN:
        request["user_id"] = str(prepared.users[clicks.users[-1]])
    return request

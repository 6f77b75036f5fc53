"""LightGBM, CatBoost and the plain baseline on the same rows, and what their search may try.

Failures are rare, so their rows weigh more: by the ratio of the classes to a power that the search
chooses. The search is kept to small, slow-growing forests: a handful of failures cannot tell
finer differences apart, and would only be learned by heart.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from windlass.pipelines.predictive_maintenance.features import Floats
from windlass.pipelines.predictive_maintenance.params import Parameters
from windlass.pipelines.predictive_maintenance.shift import INPUTS, Features, Normal
from windlass.pipelines.predictive_maintenance.splitting import Rows

if TYPE_CHECKING:
    from catboost import CatBoostClassifier

Algorithm = Literal["lightgbm", "catboost"]
ALGORITHMS: tuple[Algorithm, ...] = ("lightgbm", "catboost")

Point = Mapping[str, float]
Scoring = Callable[[Features], Floats]
"""Feature rows to probabilities of failure."""

TRIAL_ROWS = 20_000
"""Rows a trial is fitted on; from more, rows without a failure ahead are left out by chance and
the rest weighs accordingly more."""
FINAL_ROWS = 100_000
"""The same for the final model and the baseline."""

_BORDERS = 64
"""Cuts per feature; fine enough for sensors whose noise is larger."""
_ROW_SHARE = 0.8
"""Rows that each tree is grown on."""


def search_space(parameters: Parameters) -> dict[str, object]:
    """Hyperopt expressions, the same for both algorithms; parameters may fix two of them."""
    from hyperopt import hp

    space: dict[str, object] = {
        "learning_rate": hp.loguniform("learning_rate", np.log(0.05), np.log(0.2)),
        "l2": hp.loguniform("l2", np.log(1), np.log(10)),
        "feature_share": hp.uniform("feature_share", 0.4, 1.0),
        "imbalance_power": hp.uniform("imbalance_power", 0.4, 0.8),
    }
    if not parameters.iterations:
        space["iterations"] = hp.quniform("iterations", 60, 140, 20)
    if not parameters.max_depth:
        space["depth"] = hp.quniform("depth", 2, 5, 1)
    return space


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything that makes one forest."""

    iterations: int
    depth: int
    learning_rate: float
    l2: float
    feature_share: float
    imbalance_power: float


DEFAULT_POINT: Point = {
    "iterations": 120,
    "depth": 3,
    "learning_rate": 0.1,
    "l2": 3.0,
    "feature_share": 0.6,
    "imbalance_power": 0.6,
}
"""What training uses where failures are too few to validate anything."""


def recipe(point: Point, parameters: Parameters) -> Recipe:
    """Complete a point of the search with what the parameters fix."""
    values = {**DEFAULT_POINT, **point}
    return Recipe(
        iterations=parameters.iterations or int(values["iterations"]),
        depth=parameters.max_depth or int(values["depth"]),
        learning_rate=values["learning_rate"],
        l2=values["l2"],
        feature_share=values["feature_share"],
        imbalance_power=values["imbalance_power"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """What a fit may use."""

    seed: int
    threads: int
    rows: int = TRIAL_ROWS


def class_weights(labels: NDArray[np.bool_], power: float) -> Floats:
    """Weight of each row: failures weigh the ratio of the classes to a power, others one."""
    failures = max(int(labels.sum()), 1)
    return np.where(labels, ((len(labels) - failures) / failures) ** power, 1.0)


def fit(algorithm: Algorithm, rows: Rows, how: Recipe, effort: Effort) -> Scoring:
    """Fit one forest."""
    if algorithm == "lightgbm":
        return _fit_lightgbm(rows, how, effort)
    normal = Normal.of(rows.features)
    forest = fit_catboost(rows, normal, how, effort)

    def scoring(features: Features) -> Floats:
        inputs = normal.inputs(features)
        found: Floats = forest.predict_proba(inputs, thread_count=effort.threads)[:, 1]
        return found

    return scoring


def fit_catboost(rows: Rows, normal: Normal, how: Recipe, effort: Effort) -> "CatBoostClassifier":
    """Fit one CatBoost forest."""
    from catboost import CatBoostClassifier, Pool

    forest = CatBoostClassifier(
        iterations=how.iterations,
        depth=how.depth,
        learning_rate=how.learning_rate,
        l2_leaf_reg=how.l2,
        rsm=how.feature_share,
        boosting_type="Plain",
        bootstrap_type="Bernoulli",
        subsample=_ROW_SHARE,
        border_count=_BORDERS,
        leaf_estimation_iterations=1,
        random_seed=effort.seed,
        thread_count=effort.threads,
        allow_writing_files=False,
        verbose=False,
    )
    rows, weights = _thinned(rows, how.imbalance_power, effort)
    inputs = normal.inputs(rows.features)
    forest.fit(Pool(inputs, rows.labels, weight=weights, feature_names=list(INPUTS)))
    return forest


def _fit_lightgbm(rows: Rows, how: Recipe, effort: Effort) -> Scoring:
    import lightgbm

    options = {
        "objective": "binary",
        "max_depth": how.depth,
        "num_leaves": min(2**how.depth, 31),
        "learning_rate": how.learning_rate,
        "lambda_l2": how.l2,
        "feature_fraction": how.feature_share,
        "bagging_fraction": _ROW_SHARE,
        "bagging_freq": 1,
        "max_bin": _BORDERS,
        "seed": effort.seed,
        "num_threads": effort.threads,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    normal = Normal.of(rows.features)
    rows, weights = _thinned(rows, how.imbalance_power, effort)
    table = lightgbm.Dataset(normal.inputs(rows.features), rows.labels, weight=weights)
    forest = lightgbm.train(options, table, num_boost_round=how.iterations)

    def scoring(features: Features) -> Floats:
        inputs = normal.inputs(features)
        return np.asarray(forest.predict(inputs, num_threads=effort.threads), dtype=np.float64)

    return scoring


def fit_baseline(rows: Rows) -> Scoring:
    """Logistic regression on the same inputs: scaled, unknown values at their median."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        StandardScaler(),
        LogisticRegression(class_weight="balanced", max_iter=1000),
    )
    normal = Normal.of(rows.features)
    thin, _ = _thinned(rows, 1.0, Effort(seed=0, threads=1, rows=FINAL_ROWS))
    model.fit(normal.inputs(thin.features), thin.labels)

    def scoring(features: Features) -> Floats:
        found: Floats = model.predict_proba(normal.inputs(features))[:, 1]
        return found

    return scoring


def _thinned(rows: Rows, power: float, effort: Effort) -> tuple[Rows, Floats]:
    """About as many rows as wanted, every failure among them, and their weights."""
    weights = class_weights(rows.labels, power)
    if len(rows) <= effort.rows:
        return rows, weights
    share = effort.rows / len(rows)
    chance = np.random.default_rng(effort.seed).random(len(rows))
    kept = rows.labels | (chance < share)
    return rows.where(kept), np.where(rows.labels, weights, weights / share)[kept]

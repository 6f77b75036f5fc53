"""XGBoost, LightGBM and CatBoost on the same rows, each kept in its own inert file format.

All minimise the absolute error: a vehicle that was lost for an hour must not bend what is said of
all others. Validation says when to stop. LightGBM and XGBoost grow on one thread: where the cores
are shared with others, theirs wait for each other and take many times as long.
"""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from windlass.pipelines.catboost_file import catboost_bytes
from windlass.pipelines.transit_eta.ahead import Texts
from windlass.pipelines.transit_eta.features import NAMES, PATH, Features
from windlass.pipelines.transit_eta.geometry import Floats
from windlass.pipelines.transit_eta.kinds import Boosted

SUFFIXES: dict[Boosted, str] = {"xgboost": ".json", "lightgbm": ".txt", "catboost": ".cbm"}

_PATIENCE = 30
"""Trees without progress on validation after which no more are grown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a forest is grown."""

    iterations: int
    depth: int
    learning_rate: float
    seed: int
    threads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighted:
    """Rows to fit or to stop by."""

    features: Features
    labels: Floats
    weights: Floats


class Forest:
    """A fitted forest; beyond the farthest row it learned from it goes on in proportion."""

    def __init__(self, kind: Boosted, trees: Any, farthest: float) -> None:
        self.kind = kind
        self.trees = trees
        self.farthest = farthest
        """Metres along the stops."""

    def seconds(self, features: Features, routes: Texts) -> Floats:
        """Seconds until the arrival, one per row, never below zero."""
        if not len(features):
            return np.empty(0)
        path = features[:, PATH]
        beyond = np.maximum(path / np.float32(self.farthest), 1).astype(np.float64)
        if (beyond > 1).any():
            features = features.copy()
            features[:, PATH] = np.minimum(path, np.float32(self.farthest))
        found: Floats = np.maximum(_predict(self.kind, self.trees, features), 0) * beyond
        return found


def fit_forest(kind: Boosted, training: Weighted, validation: Weighted, how: Recipe) -> Forest:
    """Fit one forest."""
    fits = {"xgboost": _fit_xgboost, "lightgbm": _fit_lightgbm, "catboost": _fit_catboost}
    farthest = max(float(training.features[:, PATH].max()), 1.0)
    return Forest(kind, fits[kind](training, validation, how), farthest)


def forest_bytes(forest: Forest) -> bytes:
    """The model's file; the same training gives the same bytes."""
    if forest.kind == "xgboost":
        return bytes(forest.trees.save_raw("json"))
    if forest.kind == "lightgbm":
        text: str = forest.trees.model_to_string()
        return text.encode()
    return catboost_bytes(forest.trees)


def read_forest(kind: Boosted, data: bytes, farthest: float) -> Forest:
    """Read a model's file; ValueError where it is none, or was fitted on other features."""
    trees, names = _READERS[kind](data)
    if tuple(names) != NAMES:
        raise ValueError("it was trained on other features")
    return Forest(kind, trees, farthest)


def importances(forest: Forest) -> dict[str, float]:
    """Share of each feature in the forest's decisions, in percent."""
    if forest.kind == "catboost":
        values = forest.trees.get_feature_importance()
    elif forest.kind == "lightgbm":
        values = forest.trees.feature_importance("gain")
    else:
        gains = forest.trees.get_score(importance_type="total_gain")
        values = [gains.get(name, 0.0) for name in NAMES]
    total = float(np.sum(values)) or 1.0
    return {name: 100 * float(value) / total for name, value in zip(NAMES, values, strict=True)}


def _predict(kind: Boosted, trees: Any, features: Features) -> Floats:
    if kind == "catboost":
        return np.asarray(trees.predict(features, thread_count=1), dtype=np.float64)
    if kind == "lightgbm":
        return np.asarray(trees.predict(features, num_threads=1), dtype=np.float64)
    return np.asarray(trees.inplace_predict(features, validate_features=False), dtype=np.float64)


def _fit_catboost(training: Weighted, validation: Weighted, how: Recipe) -> Any:
    from catboost import CatBoostRegressor, Pool

    forest = CatBoostRegressor(
        loss_function="MAE",
        iterations=how.iterations,
        depth=how.depth,
        learning_rate=how.learning_rate,
        boosting_type="Plain",
        bootstrap_type="Bernoulli",
        subsample=0.8,
        border_count=128,
        random_seed=how.seed,
        thread_count=how.threads,
        od_type="Iter",
        od_wait=_PATIENCE,
        allow_writing_files=False,
        verbose=False,
    )
    pools = [
        Pool(rows.features, rows.labels, weight=rows.weights, feature_names=list(NAMES))
        for rows in (training, validation)
    ]
    forest.fit(pools[0], eval_set=pools[1])
    return forest


def _fit_lightgbm(training: Weighted, validation: Weighted, how: Recipe) -> Any:
    import lightgbm

    options = {
        "objective": "l1",
        "max_depth": how.depth + 2,
        "num_leaves": min(2**how.depth, 63),
        "min_data_in_leaf": 10,
        "learning_rate": how.learning_rate,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "seed": how.seed,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    names = list(NAMES)
    fitted = lightgbm.Dataset(
        training.features, training.labels, weight=training.weights, feature_name=names
    )
    stopping = lightgbm.Dataset(
        validation.features, validation.labels, weight=validation.weights, reference=fitted
    )
    return lightgbm.train(
        options,
        fitted,
        num_boost_round=how.iterations,
        valid_sets=[stopping],
        callbacks=[lightgbm.early_stopping(_PATIENCE, verbose=False)],
    )


def _fit_xgboost(training: Weighted, validation: Weighted, how: Recipe) -> Any:
    import xgboost

    options = {
        "objective": "reg:absoluteerror",
        "eval_metric": "mae",
        "max_depth": how.depth,
        "learning_rate": how.learning_rate,
        "subsample": 0.8,
        "max_bin": 128,
        "seed": how.seed,
        "nthread": 1,
        "tree_method": "hist",
    }
    tables = [
        xgboost.DMatrix(rows.features, rows.labels, weight=rows.weights, feature_names=list(NAMES))
        for rows in (training, validation)
    ]
    forest = xgboost.train(
        options,
        tables[0],
        num_boost_round=how.iterations,
        evals=[(tables[1], "validation")],
        early_stopping_rounds=_PATIENCE,
        verbose_eval=False,
    )
    return forest[: forest.best_iteration + 1]


def _read_catboost(data: bytes) -> tuple[Any, list[str]]:
    from catboost import CatBoost, CatBoostError

    forest = CatBoost()
    try:
        forest.load_model(blob=data)
    except CatBoostError as error:
        raise ValueError(str(error)) from error
    return forest, forest.feature_names_


def _read_lightgbm(data: bytes) -> tuple[Any, list[str]]:
    import lightgbm

    try:
        forest = lightgbm.Booster(model_str=data.decode())
    except lightgbm.basic.LightGBMError as error:
        raise ValueError(str(error)) from error
    return forest, forest.feature_name()


def _read_xgboost(data: bytes) -> tuple[Any, list[str]]:
    import xgboost

    json.loads(data)
    forest = xgboost.Booster({"nthread": 1})
    try:
        forest.load_model(bytearray(data))
    except xgboost.core.XGBoostError as error:
        raise ValueError(str(error)) from error
    return forest, list(forest.feature_names or [])


_READERS = {
    "catboost": _read_catboost,
    "lightgbm": _read_lightgbm,
    "xgboost": _read_xgboost,
}

"""A trained model of this pipeline: fit, load, score, evaluate."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from windlass.domain.bundle import Bundle
from windlass.domain.errors import BundleError
from windlass.pipelines.contract import Answer, FeatureRows, Scorer, Span
from windlass.pipelines.core import Fitted
from windlass.pipelines.feature_rows import feature_matrix
from windlass.pipelines.pictures import importance_plot

from .data import CALLS, read
from .features import (
    FEATURES_VERSION,
    NAMES,
    Features,
    Floats,
    Prepared,
    call_of,
    calls_of,
    features_of,
    span,
)
from .params import Parameters

if TYPE_CHECKING:
    from lightgbm import Booster

MODEL_FILE = "model.txt"
LABELS = ()
"""No setting of a model changes what hours a call took."""


class HoursScorer:
    """LightGBM over the features of one call."""

    def __init__(self, booster: "Booster", usual_hours: float) -> None:
        self.usual_hours = usual_hours
        """What the baseline says of every call."""
        self._booster = booster

    def predict(self, payload: Mapping[str, object]) -> Answer:
        """Answer the record of one call."""
        hours = float(self.hours(features_of(call_of(payload)))[0])
        return Answer(body={"hours": round(hours, 2)}, score=hours)

    def predict_table(
        self, columns: Sequence[str], rows: Sequence[Sequence[object]]
    ) -> list[float]:
        """Hours of each row of ready features, columns in any order."""
        return [float(hours) for hours in self.hours(feature_matrix(columns, rows, NAMES))]

    def hours(self, features: Features) -> Floats:
        """Hours of each feature row."""
        if not len(features):
            return np.empty(0)
        return np.asarray(self._booster.predict(features, num_threads=1))


def fit(prepared: Prepared, threads: int) -> Fitted:
    """Fit the trees."""
    import lightgbm

    settings = {
        "objective": "l1",
        "seed": prepared.parameters.seed,
        "num_threads": threads,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    rows = lightgbm.Dataset(prepared.features, prepared.hours, feature_name=list(NAMES))
    booster = lightgbm.train(settings, rows, prepared.parameters.rounds)
    shares = booster.feature_importance("gain")
    return Fitted(
        features=NAMES,
        features_version=FEATURES_VERSION,
        files={MODEL_FILE: booster.model_to_string().encode()},
        golden=sample_request(prepared.holdout()),
        settings={"usual_hours": float(np.median(prepared.hours))},
        artifacts={
            "plots/importances.png": importance_plot(
                dict(zip(NAMES, 100 * shares / shares.sum(), strict=True))
            )
        },
    )


def load(bundle: Bundle) -> HoursScorer:
    """Read the model; BundleError when this code can't serve it."""
    from lightgbm import Booster
    from lightgbm.basic import LightGBMError

    manifest = bundle.manifest
    if manifest.features_version != FEATURES_VERSION or manifest.features != NAMES:
        raise BundleError(f"bundle {bundle.digest} has other features: train the model again")
    try:
        booster = Booster(model_str=bundle.files[MODEL_FILE].decode())
        usual = float(str(manifest.parameters["usual_hours"]))
    except (KeyError, ValueError, LightGBMError) as error:
        raise BundleError(f"bundle {bundle.digest} can't be read: {error}") from error
    return HoursScorer(booster, usual)


def evaluate(scorer: Scorer, dataset: Mapping[str, bytes]) -> dict[str, float]:
    """Errors in hours, those of the baseline beside them."""
    if not isinstance(scorer, HoursScorer):
        raise TypeError(f"{type(scorer).__name__} is no scorer of this pipeline")
    rows = read(dataset, Parameters()).frames[CALLS.file]
    actual = rows["hours"].to_numpy(dtype=np.float64)
    errors = scorer.hours(features_of(calls_of(rows))) - actual
    return {
        "mae": float(np.abs(errors).mean()),
        "rmse": float(np.sqrt((errors**2).mean())),
        "baseline_mae": float(np.abs(scorer.usual_hours - actual).mean()),
    }


def time_span(dataset: Mapping[str, bytes]) -> Span:
    """When the calls of a folder arrived: those that a model has seen judge nothing."""
    return span(read(dataset, Parameters()).frames[CALLS.file].sort_values("arrived"))


def feature_rows(scorer: Scorer, dataset: Mapping[str, bytes]) -> FeatureRows:
    """Features and scores of a dataset: what a drift report compares."""
    if not isinstance(scorer, HoursScorer):
        raise TypeError(f"{type(scorer).__name__} is no scorer of this pipeline")
    features = features_of(calls_of(read(dataset, Parameters()).frames[CALLS.file]))
    columns = features.astype(np.float64).T
    return FeatureRows(
        columns=dict(zip(NAMES, columns, strict=True)), scores=scorer.hours(features)
    )


def sample_request(dataset: Mapping[str, bytes]) -> Mapping[str, object]:
    """The first call of a dataset as a request."""
    row = read(dataset, Parameters()).frames[CALLS.file].iloc[0]
    return {
        "arrived": row["arrived"].isoformat(),
        "berth": str(row["berth"]),
        "containers": int(row["containers"]),
        "wind": None if np.isnan(row["wind"]) else float(row["wind"]),
    }

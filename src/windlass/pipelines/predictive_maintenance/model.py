"""A trained model of this pipeline: load, score, evaluate.

The hot path is numpy and CatBoost on one thread; pandas is only used to evaluate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from windlass.domain.bundle import Bundle
from windlass.domain.errors import BundleError, InputError
from windlass.pipelines.catboost_file import catboost_of
from windlass.pipelines.contract import Answer, FeatureRows, InvalidRequest, Scorer, Span
from windlass.pipelines.feature_rows import feature_matrix
from windlass.pipelines.json_values import number
from windlass.pipelines.predictive_maintenance.features import (
    FEATURES_VERSION,
    NAMES,
    Floats,
    Window,
)
from windlass.pipelines.predictive_maintenance.request import features_of
from windlass.pipelines.predictive_maintenance.shift import INPUTS, Features, Normal

if TYPE_CHECKING:
    from catboost import CatBoost

MODEL_FILE = "model.cbm"
LABELS = ("gap_hours", "horizon_hours")
"""What a failure ahead is, where no `dataset.json` says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a scorer needs besides its forest."""

    threshold: float
    """Least probability at which maintenance is due."""
    window: Window
    """What the model was trained to foresee."""
    normal: Normal


class FailureScorer:
    """CatBoost over the features of one machine at one moment."""

    def __init__(self, forest: "CatBoost", settings: Settings) -> None:
        self.settings = settings
        self._forest = forest

    def predict(self, payload: Mapping[str, object]) -> Answer:
        """Answer a record or ready features, as `request` describes them."""
        row = features_of(payload).astype(np.float32)
        score = float(self.probabilities(row[None])[0])
        alarm = score >= self.settings.threshold
        body = {
            "failure_probability": round(score, 6),
            "decision": "schedule_maintenance" if alarm else "no_action",
        }
        return Answer(body=body, score=score)

    def predict_table(
        self, columns: Sequence[str], rows: Sequence[Sequence[object]]
    ) -> list[float]:
        """Failure probability of each row of ready features, columns in any order."""
        matrix = feature_matrix(columns, rows, NAMES)
        return [float(score) for score in self.probabilities(matrix)]

    def probabilities(self, features: Features) -> Floats:
        """Failure probability of each feature row."""
        if not len(features):
            return np.empty(0)
        raw: Floats = self._forest.predict(
            self.settings.normal.inputs(features),
            prediction_type="RawFormulaVal",
            thread_count=1,
        )
        with np.errstate(over="ignore"):
            return 1 / (1 + np.exp(-raw))


def load(bundle: Bundle) -> FailureScorer:
    """Read the CatBoost file of a bundle; BundleError when this code can't serve it."""
    manifest = bundle.manifest
    if manifest.features_version != FEATURES_VERSION:
        raise BundleError(
            f"bundle {bundle.digest} has features of version {manifest.features_version}, this "
            f"server makes version {FEATURES_VERSION}: train the model again"
        )
    if manifest.features != NAMES:
        raise BundleError(
            f"bundle {bundle.digest} has other features than this server makes, or another order "
            "of them: train the model again"
        )
    forest = catboost_of(bundle, MODEL_FILE, INPUTS)
    return FailureScorer(forest, _settings(bundle))


def _settings(bundle: Bundle) -> Settings:
    parameters = bundle.manifest.parameters
    try:
        threshold, gap, horizon = (
            number(parameters[name], name) for name in ("threshold", "gap_hours", "horizon_hours")
        )
        normal = Normal.from_json(parameters["sensors"])
    except (KeyError, TypeError, ValueError, InvalidRequest) as error:
        raise BundleError(f"bundle {bundle.digest}: parameter {error} of its manifest") from error
    window = Window(gap=int(gap), horizon=int(horizon))
    return Settings(threshold=threshold, window=window, normal=normal)


def evaluate(scorer: Scorer, dataset: Mapping[str, bytes]) -> dict[str, float]:
    """Metrics on a held-back part, or on all rows of a plain folder of the five files."""
    from windlass.pipelines.predictive_maintenance.holdout import rows_to_judge
    from windlass.pipelines.predictive_maintenance.metrics import scores_at

    if not isinstance(scorer, FailureScorer):
        raise TypeError(f"{type(scorer).__name__} is no scorer of this pipeline")
    settings = scorer.settings
    rows = rows_to_judge(dataset, settings.window)
    if not len(rows.labels):
        span = settings.window.gap + settings.window.horizon
        raise InputError(f"no row can be judged: the dataset needs more than {span} hours")
    return scores_at(rows.labels, scorer.probabilities(rows.features), settings.threshold)


def time_span(dataset: Mapping[str, bytes]) -> Span:
    """First and last hour of the readings in a plain folder."""
    from windlass.pipelines.predictive_maintenance.data import read_dataset
    from windlass.pipelines.predictive_maintenance.holdout import instant

    histories = read_dataset(dataset, events_required=False).histories
    return Span(
        instant(min(int(each.times[0]) for each in histories)),
        instant(max(int(each.times[-1]) for each in histories)),
    )


def feature_rows(scorer: Scorer, dataset: Mapping[str, bytes]) -> FeatureRows:
    """Features and scores of the rows that a dataset judges by."""
    from windlass.pipelines.predictive_maintenance.holdout import rows_to_judge

    if not isinstance(scorer, FailureScorer):
        raise TypeError(f"{type(scorer).__name__} is no scorer of this pipeline")
    features = rows_to_judge(dataset, scorer.settings.window).features
    columns = features.astype(np.float64).T
    return FeatureRows(
        columns=dict(zip(NAMES, columns, strict=True)), scores=scorer.probabilities(features)
    )


def sample_request(dataset: Mapping[str, bytes]) -> Mapping[str, object]:
    """The newest reading of the first machine, with its recent past."""
    from windlass.pipelines.predictive_maintenance.data import read_dataset
    from windlass.pipelines.predictive_maintenance.record import record_at

    history = read_dataset(dataset, events_required=False).histories[0]
    return record_at(history, int(history.times[-1]))

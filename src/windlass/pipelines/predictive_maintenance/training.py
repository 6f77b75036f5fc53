"""From a dataset to a finished model: the arithmetic of a training run, without its plumbing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from windlass.domain.bundle import Golden, Manifest, TrainedOn
from windlass.pipelines.catboost_file import catboost_bytes
from windlass.pipelines.predictive_maintenance.boosting import (
    FINAL_ROWS,
    Algorithm,
    Effort,
    Recipe,
    fit,
    fit_baseline,
    fit_catboost,
)
from windlass.pipelines.predictive_maintenance.data import Dataset
from windlass.pipelines.predictive_maintenance.features import (
    FEATURES_VERSION,
    NAMES,
    Floats,
    History,
)
from windlass.pipelines.predictive_maintenance.holdout import PIPELINE, holdout_files, instant
from windlass.pipelines.predictive_maintenance.metrics import (
    DEFAULT_THRESHOLD,
    average_precision,
    best_threshold,
)
from windlass.pipelines.predictive_maintenance.model import MODEL_FILE, FailureScorer, Settings
from windlass.pipelines.predictive_maintenance.params import Parameters
from windlass.pipelines.predictive_maintenance.record import record_at
from windlass.pipelines.predictive_maintenance.shift import INPUTS, Normal
from windlass.pipelines.predictive_maintenance.splitting import (
    Fold,
    Rows,
    folds,
    held_back_rows,
    test_starts,
    training_rows,
)

if TYPE_CHECKING:
    from catboost import CatBoost

MEMBERS = 3
"""Forests, each from a seed of its own, that the final model averages: with few failures a single
one depends too much on chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A dataset cut up for training."""

    dataset: Dataset
    parameters: Parameters
    training: Rows
    held_back: Rows
    folds: tuple[Fold, ...]
    starts: dict[int, int]
    """First held-back moment of each machine."""
    trained_on: TrainedOn

    def holdout(self) -> dict[str, bytes]:
        """Files of the held-back part."""
        return holdout_files(self.dataset, self.starts, self.parameters.window, self.trained_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """What a recipe scored on rows that its forests had not seen."""

    average_precision: float | None
    """Mean over the folds; None where nothing could be validated."""
    labels: NDArray[np.bool_]
    scores: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Final:
    """The finished model."""

    forest: "CatBoost"
    normal: Normal
    recipe: Recipe
    threshold: float


def prepare(dataset: Dataset, parameters: Parameters) -> Prepared:
    """Make features and labels and split them in time."""
    window = parameters.window
    starts = test_starts(dataset.histories, parameters.test_fraction)
    training = training_rows(dataset.histories, starts, window)
    return Prepared(
        dataset=dataset,
        parameters=parameters,
        training=training,
        held_back=held_back_rows(dataset.histories, starts, window),
        folds=folds(training, parameters.folds, window),
        starts=starts,
        trained_on=TrainedOn(
            digest=dataset.digest,
            start=instant(int(training.times.min())),
            until=instant(int(training.times.max())),
        ),
    )


def validate(algorithm: Algorithm, prepared: Prepared, how: Recipe, effort: Effort) -> Validation:
    """Fit once per fold, each time without the rows of its validation span."""
    rows = prepared.training
    found: list[tuple[NDArray[np.bool_], Floats]] = []
    for fold in prepared.folds:
        scoring = fit(algorithm, rows.where(fold.training), how, effort)
        validation = rows.where(fold.validation)
        found.append((validation.labels, scoring(validation.features)))
    precisions = [average_precision(labels, scores) for labels, scores in found]
    known = [precision for precision in precisions if precision is not None]
    return Validation(
        average_precision=float(np.mean(known)) if known else None,
        labels=np.concatenate([np.empty(0, dtype=np.bool_), *(labels for labels, _ in found)]),
        scores=np.concatenate([np.empty(0), *(scores for _, scores in found)]),
    )


def refit(prepared: Prepared, how: Recipe, effort: Effort) -> Final:
    """Fit the final CatBoost on all training rows, and choose its threshold on validation rows."""
    from catboost import sum_models

    validation = validate("catboost", prepared, how, effort)
    rows = prepared.training
    normal = Normal.of(rows.features)
    efforts = [
        replace(effort, seed=effort.seed + member, rows=FINAL_ROWS) for member in range(MEMBERS)
    ]
    members = [fit_catboost(rows, normal, how, member) for member in efforts]
    return Final(
        forest=sum_models(members, weights=[1 / MEMBERS] * MEMBERS),
        normal=normal,
        recipe=how,
        threshold=_threshold(validation),
    )


def _threshold(validation: Validation) -> float:
    if not validation.labels.any():
        return DEFAULT_THRESHOLD
    return best_threshold(validation.labels, validation.scores)


def manifest_of(prepared: Prepared, final: Final) -> Manifest:
    """Manifest of the bundle; its list of files is for whoever seals it."""
    window = prepared.parameters.window
    scorer = FailureScorer(
        final.forest, Settings(threshold=final.threshold, window=window, normal=final.normal)
    )
    request = _golden_request(prepared.dataset.histories)
    score = scorer.predict(request).score
    return Manifest(
        pipeline=PIPELINE,
        features_version=FEATURES_VERSION,
        features=NAMES,
        dtypes=dict.fromkeys(NAMES, "float32"),
        files={},
        trained_on=prepared.trained_on,
        golden=Golden(request=request, score=score or 0.0),
        parameters={
            "threshold": final.threshold,
            "gap_hours": window.gap,
            "horizon_hours": window.horizon,
            "sensors": final.normal.as_json(),
        },
    )


def _golden_request(histories: Sequence[History]) -> dict[str, object]:
    """The reading before the last failure: a request with something in each part of its history."""
    failed = [
        (int(times[-1]), history)
        for history in histories
        for times in history.failures.values()
        if len(times) and times[-1] > history.times[0]
    ]
    moment, history = max(failed, key=lambda found: (found[0], -found[1].machine))
    before = int(history.times.searchsorted(moment)) - 1
    return record_at(history, int(history.times[before]))


def baseline_scores(prepared: Prepared) -> Floats:
    """What the plain baseline gives the held-back rows."""
    return fit_baseline(prepared.training)(prepared.held_back.features)


def importances(final: Final) -> dict[str, float]:
    """Share of each input in the model's decisions, in percent."""
    values = final.forest.get_feature_importance()
    return {name: float(value) for name, value in zip(INPUTS, values, strict=True)}


def bundle_files(final: Final) -> dict[str, bytes]:
    """Files of the bundle, apart from its manifest."""
    return {MODEL_FILE: catboost_bytes(final.forest)}

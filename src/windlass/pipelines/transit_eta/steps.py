"""A training run, stage by stage, over ports."""

import json
from collections.abc import Mapping

from windlass.domain.names import ModelName
from windlass.pipelines.parameters import parameter_texts
from windlass.pipelines.pictures import importance_plot
from windlass.pipelines.transit_eta import model, plots, training
from windlass.pipelines.transit_eta.boosting import Forest, importances
from windlass.pipelines.transit_eta.data import Dataset, read_dataset
from windlass.pipelines.transit_eta.holdout import PIPELINE, rows_to_judge
from windlass.pipelines.transit_eta.kinds import BASELINES, Kind
from windlass.pipelines.transit_eta.metrics import errors
from windlass.pipelines.transit_eta.params import Parameters
from windlass.pipelines.transit_eta.training import Fitted, Prepared
from windlass.services.bundles import make_bundle
from windlass.services.training import (
    Crew,
    Registered,
    TrainedModel,
    TrainingPorts,
    finish,
    only_recorded,
)

Files = Mapping[str, bytes]
Models = Mapping[Kind, Fitted]

MODEL = ModelName(PIPELINE)


def train(files: Files, parameters: Parameters, ports: TrainingPorts, crew: Crew) -> Registered:
    """Train all kinds, keep the best on validation, judge and register it."""
    progress, call = ports.progress, crew.call
    progress.stage("validate the data")
    dataset = call(validate_data, files, parameters)
    for line in dataset.report.lines():
        progress.stage(line)
    progress.stage("build features and splits")
    prepared = call(build_features, dataset, parameters)
    kinds = to_train(parameters)
    models: dict[Kind, Fitted] = {}
    for done, kind in enumerate(kinds, start=1):
        models[kind] = call(fit_kind, kind, prepared, crew.threads)
        progress.step("train the kinds of model", done, len(kinds))
    progress.stage("judge them on the held-back part")
    trained = call(judge, prepared, models)
    if not parameters.save_models:
        return only_recorded(trained, ports, crew)
    return finish(trained, prepared, ports, crew, publish=parameters.publish_holdout)


def to_train(parameters: Parameters) -> tuple[Kind, ...]:
    """The wanted kinds, and the baselines that stand beside them."""
    wanted = parameters.kinds()
    return tuple(kind for kind in BASELINES if kind not in wanted) + wanted


def validate_data(files: Files, parameters: Parameters) -> Dataset:
    """Read the file and set bad rows aside."""
    return read_dataset(files, parameters)


def build_features(dataset: Dataset, parameters: Parameters) -> Prepared:
    """Make rows, splits and features."""
    return training.prepare(dataset, parameters)


def fit_kind(kind: Kind, prepared: Prepared, threads: int) -> Fitted:
    """Fit one kind of model on both splits."""
    return training.fit(kind, prepared, threads)


def best_of(parameters: Parameters, models: Models) -> Kind:
    """The wanted kind with the least error on validation rows."""
    return min(parameters.kinds(), key=lambda kind: models[kind].validation_error)


def judge(prepared: Prepared, models: Models) -> TrainedModel:
    """Seal the best as a bundle, read it back as serving will, and score all of them."""
    chosen = best_of(prepared.parameters, models)
    fitted = models[chosen]
    bundle = make_bundle(
        training.manifest_of(fitted, prepared), training.bundle_files(fitted, prepared)
    )
    scorer = model.load(bundle)
    rows = rows_to_judge(prepared.holdout)
    judged, labels = rows.judged, rows.labels[rows.judged]
    scores = {
        kind: training.scorer_of(found, prepared).seconds(rows.vehicles, rows.ahead)[judged]
        for kind, found in models.items()
    }
    metrics = model.evaluate(scorer, prepared.holdout) | _trip_metrics(chosen, prepared, models)
    for kind, found in scores.items():
        metrics[f"{kind}_test_mae_seconds"] = errors(labels, found)["mae_seconds"]
        metrics[f"{kind}_validation_mae_seconds"] = models[kind].validation_error
    metrics["baseline_test_mae_seconds"] = min(
        metrics[f"{kind}_test_mae_seconds"] for kind in BASELINES
    )
    report = json.dumps(prepared.dataset.report.as_json(), indent=1)
    pictures = {
        "plots/errors.png": plots.error_plot(labels, scores),
        "plots/residuals.png": plots.residual_plot(labels, scores[chosen]),
    }
    if isinstance(forest := fitted.time.models[""], Forest):
        pictures["plots/importances.png"] = importance_plot(importances(forest))
    return TrainedModel(
        model=MODEL,
        bundle=bundle,
        parameters={**parameter_texts(prepared.parameters), "kind": chosen},
        metrics=metrics,
        holdout=prepared.holdout,
        artifacts={"validation_report.json": report.encode(), **pictures},
    )


def _trip_metrics(chosen: Kind, prepared: Prepared, models: Models) -> dict[str, float]:
    """What is known of trips that no training row came from."""
    part = prepared.trip
    if part is None:
        return {}
    found = {kind: training.trip_errors(fitted, part) for kind, fitted in models.items()}
    metrics = {f"trip_disjoint_{name}": value for name, value in found[chosen].items()}
    for kind, scores in found.items():
        metrics[f"{kind}_trip_disjoint_mae_seconds"] = scores["mae_seconds"]
    metrics["baseline_trip_disjoint_mae_seconds"] = min(
        found[kind]["mae_seconds"] for kind in BASELINES
    )
    return metrics

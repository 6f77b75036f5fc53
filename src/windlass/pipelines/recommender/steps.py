"""A training run, stage by stage, over ports: the eight tasks of the flow.

Who runs a stage is the caller's business: `windlass train` without a platform calls the functions
as they are, the flow makes each a Prefect task. A stage that fails ends the run: nothing that
follows is begun.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

from windlass.domain.errors import InputError
from windlass.domain.names import ModelName
from windlass.pipelines.parameters import parameter_texts
from windlass.pipelines.pictures import importance_plot
from windlass.pipelines.recommender import model, plots, training
from windlass.pipelines.recommender.baselines import baseline_metrics
from windlass.pipelines.recommender.clicks import translated
from windlass.pipelines.recommender.data import (
    Clickstream,
    Dataset,
    Files,
    make_dataset,
    read_clickstream,
    read_products,
)
from windlass.pipelines.recommender.holdout import PIPELINE, holdout_files
from windlass.pipelines.recommender.params import Parameters
from windlass.pipelines.recommender.pool import SOURCES
from windlass.pipelines.recommender.queries import asked_now, positions
from windlass.pipelines.recommender.ranking import importances
from windlass.pipelines.recommender.tables import EVENTS, PRODUCTS
from windlass.pipelines.recommender.training import Fitted, Prepared, Retrieved
from windlass.pipelines.tables import Table
from windlass.ports.features import FeatureStore
from windlass.services.bundles import make_bundle
from windlass.services.training import (
    Crew,
    Registered,
    TrainedModel,
    TrainingPorts,
    call_directly,
    finish,
)

MODEL = ModelName(PIPELINE)

Fetch = Callable[[Sequence[str]], Files]
"""Gives those of the named files that are there."""

Catalogue = tuple[Table | None, Files]
"""The list of products, where there is one, and its file."""


def train(files: Files, parameters: Parameters, ports: TrainingPorts, crew: Crew) -> Registered:
    """Train, judge and register one version."""
    return train_fetched(lambda names: files, parameters, ports, crew)


def train_fetched(
    fetch: Fetch, parameters: Parameters, ports: TrainingPorts, crew: Crew
) -> Registered:
    """The same, with files that its first two stages fetch."""
    progress, call, store = ports.progress, crew.call, _store(ports)
    progress.stage("read the events")
    stream = call(ingest_clickstream, fetch, parameters)
    progress.stage("read the products")
    catalogue = call(ingest_products, fetch)
    progress.stage("validate the data")
    dataset = call(validate_data, stream, catalogue, parameters)
    for line in dataset.report.lines():
        progress.stage(line)
    progress.stage("split the sessions, and draw what they look like")
    prepared = call(prepare_data, dataset, parameters)
    progress.stage("make features and store them")
    call(engineer_features, prepared, store)
    progress.stage("fetch the features of each moment")
    retrieved = call(retrieve_features, prepared, store)
    progress.stage("fit the ranker")
    fitted = call(train_model, prepared, retrieved, crew.threads)
    progress.stage("judge it on the held-back sessions, and register it")
    return call(evaluate_model, prepared, retrieved, fitted, ports, crew)


def _store(ports: TrainingPorts) -> FeatureStore:
    if ports.features is None:
        raise InputError("the recommender needs a feature store, and here is none")
    return ports.features


def ingest_clickstream(fetch: Fetch, parameters: Parameters) -> Clickstream:
    """Fetch and read the events."""
    files = fetch((EVENTS.file, *parameters.named_files))
    return read_clickstream(files, parameters.test_events)


def ingest_products(fetch: Fetch) -> Catalogue:
    """Fetch and read the list of products; without one, the events tell of them."""
    files = fetch((PRODUCTS.file,))
    return read_products(files), files


def validate_data(stream: Clickstream, catalogue: Catalogue, parameters: Parameters) -> Dataset:
    """Set bad rows aside and number what is left."""
    products, files = catalogue
    return make_dataset(stream, products, files, parameters.max_bad_fraction)


def prepare_data(dataset: Dataset, parameters: Parameters) -> Prepared:
    """Split the sessions, and draw what they look like."""
    prepared = training.prepare(dataset, parameters)
    return replace(prepared, pictures=plots.data_plots(dataset.clicks))


def engineer_features(prepared: Prepared, store: FeatureStore) -> int:
    """Write the features of products and users to the feature store."""
    return training.store_features(prepared, store)


def retrieve_features(prepared: Prepared, store: FeatureStore) -> Retrieved:
    """Ask the feature store for what was known at each moment, and for the newest."""
    return training.retrieve(prepared, store)


def train_model(prepared: Prepared, retrieved: Retrieved, threads: int) -> Fitted:
    """Fit the ranker."""
    return training.fit(prepared, retrieved, threads)


def evaluate_model(
    prepared: Prepared, retrieved: Retrieved, fitted: Fitted, ports: TrainingPorts, crew: Crew
) -> Registered:
    """Judge the model, then store, log and register it; each of that may be repeated."""
    trained = judge(prepared, fitted)
    alone, publish = replace(crew, call=call_directly), prepared.parameters.publish_holdout
    return finish(trained, retrieved, ports, alone, publish=publish)


def judge(prepared: Prepared, fitted: Fitted) -> TrainedModel:
    """Seal the bundle, read it back as serving will, and score it on the held-back sessions."""
    bundle = make_bundle(training.manifest_of(prepared, fitted), training.bundle_files(fitted))
    scorer = model.load(bundle)
    holdout = holdout_files(prepared.test, prepared.dataset.names, prepared.trained_on)
    metrics = {
        **model.evaluate(scorer, holdout),
        **_baselines(prepared),
        **fitted.metrics,
    }
    report = json.dumps(prepared.dataset.report.as_json(), indent=1)
    artifacts = {
        "validation_report.json": report.encode(),
        "plots/metrics.png": plots.metrics_plot(metrics),
        **prepared.pictures,
    }
    if fitted.ranker is not None:
        artifacts["plots/importances.png"] = importance_plot(importances(fitted.ranker))
    weights = {
        f"weight_{source}": f"{weight:g}"
        for source, weight in zip(SOURCES, fitted.weights, strict=True)
    }
    return TrainedModel(
        model=MODEL,
        bundle=bundle,
        parameters={**parameter_texts(prepared.parameters), **weights},
        metrics=metrics,
        holdout=holdout,
        artifacts=artifacts,
    )


def _baselines(prepared: Prepared) -> dict[str, float]:
    names = prepared.dataset.names
    products = translated(prepared.test.products, names.products, prepared.products)
    asked = positions(replace(prepared.test, products=products))
    return baseline_metrics(prepared.index, asked_now(asked, prepared.index.now))

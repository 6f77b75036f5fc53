"""A small made-up shop and a model trained on it, made once per test process."""

from dataclasses import replace
from functools import cache

from tests.support.plant import crew, memory_ports
from windlass.adapters.memory.features import MemoryFeatures
from windlass.pipelines.recommender import model, steps, training
from windlass.pipelines.recommender.data import Dataset
from windlass.pipelines.recommender.model import NextClickScorer
from windlass.pipelines.recommender.params import Parameters
from windlass.pipelines.recommender.synthetic import Shop, synthetic_files
from windlass.pipelines.recommender.training import Fitted, Prepared, Retrieved
from windlass.services.training import Registered, TrainedModel, TrainingPorts

SHOP = Shop(sessions=900, themes=12, products=12)
QUICK = Parameters(iterations=40, ranker_positions=1_200)
TASKS = (
    "ingest_clickstream",
    "ingest_products",
    "validate_data",
    "prepare_data",
    "engineer_features",
    "retrieve_features",
    "train_model",
    "evaluate_model",
)
"""Of the flow, in order."""


def shop_ports() -> TrainingPorts:
    """Ports of a training run, all of them twins, a feature store among them."""
    return replace(memory_ports(), features=MemoryFeatures())


def train(files: dict[str, bytes], parameters: Parameters = QUICK) -> Registered:
    """Train on twins, in one thread."""
    return steps.train(files, parameters, shop_ports(), crew())


@cache
def files() -> dict[str, bytes]:
    """The shop's file."""
    return synthetic_files(SHOP)


@cache
def dataset() -> Dataset:
    """The shop's clicks."""
    stream = steps.ingest_clickstream(lambda names: files(), QUICK)
    return steps.validate_data(stream, (None, {}), QUICK)


@cache
def prepared() -> Prepared:
    """Its sessions, split."""
    return training.prepare(dataset(), QUICK)


@cache
def retrieved() -> Retrieved:
    """The ranker's examples."""
    store = MemoryFeatures()
    steps.engineer_features(prepared(), store)
    return steps.retrieve_features(prepared(), store)


@cache
def fitted() -> Fitted:
    """The model, not yet sealed."""
    return steps.train_model(prepared(), retrieved(), 1)


@cache
def trained() -> TrainedModel:
    """The finished model."""
    return steps.judge(prepared(), fitted())


@cache
def scorer() -> NextClickScorer:
    """The finished model, as serving reads it."""
    return model.load(trained().bundle)

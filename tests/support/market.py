"""A small made-up market and a model trained on it, made once per test process."""

from functools import cache

from windlass.pipelines.milk_price import model, steps, training
from windlass.pipelines.milk_price.data import Dataset, read_dataset
from windlass.pipelines.milk_price.model import PriceScorer
from windlass.pipelines.milk_price.params import Parameters
from windlass.pipelines.milk_price.synthetic import Market, synthetic_files
from windlass.pipelines.milk_price.training import Prepared
from windlass.services.training import TrainedModel

MARKET = Market(cities=8, months=8)
QUICK = Parameters(iterations=30, depth=4, test_months=3)


@cache
def files() -> dict[str, bytes]:
    """One file per month."""
    return synthetic_files(MARKET)


@cache
def dataset() -> Dataset:
    """The same as series."""
    return read_dataset(files())


@cache
def prepared() -> Prepared:
    """Its rows."""
    return training.prepare(dataset(), QUICK)


@cache
def trained() -> TrainedModel:
    """A model of the months before the held-back ones."""
    forecaster = training.fit_forecaster(prepared(), 1)
    return steps.judge(prepared(), forecaster, current=True)


@cache
def scorer() -> PriceScorer:
    """The model as serving loads it."""
    return model.load(trained().bundle)

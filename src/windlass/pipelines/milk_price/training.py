"""From a dataset to a finished model: the arithmetic of a training run, without its plumbing."""

from dataclasses import dataclass

from windlass.domain.bundle import Golden, Manifest, TrainedOn
from windlass.pipelines.catboost_file import catboost_bytes
from windlass.pipelines.milk_price.data import Dataset
from windlass.pipelines.milk_price.features import FEATURES_VERSION, NAMES, Series
from windlass.pipelines.milk_price.forecasting import Forecaster
from windlass.pipelines.milk_price.judging import PIPELINE, holdout_files, instant
from windlass.pipelines.milk_price.known import SERIES_FILE, KnownSeries, series_file
from windlass.pipelines.milk_price.learning import learn
from windlass.pipelines.milk_price.model import (
    MODEL_FILE,
    PriceScorer,
    Settings,
    parameters_of,
)
from windlass.pipelines.milk_price.params import Parameters
from windlass.pipelines.milk_price.rows import Rows, rolling_rows
from windlass.pipelines.milk_price.splitting import Split, split


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A dataset cut up for training."""

    dataset: Dataset
    parameters: Parameters
    split: Split
    training: Rows
    trained_on: TrainedOn

    def holdout(self) -> dict[str, bytes]:
        """Files of the held-back part."""
        return holdout_files(
            self.dataset, self.split.periods, self.parameters.horizon_months, self.trained_on
        )


def prepare(dataset: Dataset, parameters: Parameters) -> Prepared:
    """Hold back the last months, and make rows of the part before them."""
    first = min(int(series.days[0]) for series in dataset.series)
    cut = split(dataset.months, (first, dataset.last_day), parameters.test_months)
    return Prepared(
        dataset=dataset,
        parameters=parameters,
        split=cut,
        training=rolling_rows(dataset.series, cut.start - 1, cut.span),
        trained_on=TrainedOn(
            digest=dataset.digest, start=instant(first), until=instant(cut.start - 1)
        ),
    )


def fit_forecaster(prepared: Prepared, threads: int) -> Forecaster:
    """Fit on the part before the held-back months."""
    return learn(prepared.dataset.series, prepared.training, prepared.parameters, threads)


def manifest_of(prepared: Prepared, forecaster: Forecaster) -> Manifest:
    """Manifest of the bundle; its list of files is for whoever seals it."""
    series = prepared.dataset.series
    settings = Settings(
        horizon=prepared.parameters.horizon_months,
        coverage=prepared.parameters.coverage,
        as_of=prepared.dataset.last_day,
    )
    scorer = PriceScorer(forecaster, KnownSeries.of(series), settings)
    request = golden_request(series, forecaster)
    return Manifest(
        pipeline=PIPELINE,
        features_version=FEATURES_VERSION,
        features=NAMES,
        dtypes=dict.fromkeys(NAMES, "float64"),
        files={},
        trained_on=prepared.trained_on,
        golden=Golden(request=request, score=scorer.predict(request).score or 0.0),
        parameters=parameters_of(forecaster, settings),
    )


def golden_request(series: tuple[Series, ...], forecaster: Forecaster) -> dict[str, object]:
    """The first series that the model itself forecasts, or else the first of all."""
    by_model = [each for each in series if forecaster.method(each.key) == "model"]
    chosen = (by_model or series)[0]
    return {
        "city": chosen.city,
        "type": chosen.type,
        "channel": chosen.channel,
        "horizon_months": 1,
    }


def bundle_files(prepared: Prepared, forecaster: Forecaster) -> dict[str, bytes]:
    """Files of the bundle, apart from its manifest."""
    files = {SERIES_FILE: series_file(prepared.dataset.series, forecaster.fallbacks)}
    if forecaster.trees is not None:
        files[MODEL_FILE] = catboost_bytes(forecaster.trees)
    return files


def importances(forecaster: Forecaster) -> dict[str, float]:
    """Share of each feature in the trees' decisions, in percent; empty without trees."""
    if forecaster.trees is None:
        return {}
    values = forecaster.trees.get_feature_importance()
    return {name: float(value) for name, value in zip(NAMES, values, strict=True)}

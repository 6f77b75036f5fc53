"""A trained model of this pipeline: load, score, evaluate.

The hot path is numpy and CatBoost on one thread; pandas is only used to evaluate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from windlass.domain.bundle import Bundle
from windlass.domain.errors import BundleError
from windlass.domain.months import month_of
from windlass.pipelines.catboost_file import catboost_of
from windlass.pipelines.contract import Answer, FeatureRows, InvalidRequest, Scorer, Span
from windlass.pipelines.milk_price.features import FEATURES_VERSION, MAX_HORIZON, NAMES, Floats
from windlass.pipelines.milk_price.forecasting import Bands, Blend, Forecaster
from windlass.pipelines.milk_price.known import SERIES_FILE, KnownSeries, read_series
from windlass.pipelines.milk_price.request import FIELDS, Question, read_question
from windlass.pipelines.milk_price.rows import row_on

MODEL_FILE = "model.cbm"
LABELS = ("horizon_months",)
"""How far ahead prices are judged, where no `dataset.json` says it."""

_DECIMALS = 4
_EPOCH_DAYS = "datetime64[D]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a scorer needs besides its forecaster and its series."""

    horizon: int
    """Months ahead that the model is judged at."""
    coverage: float
    """Share of prices that an interval shall hold."""
    as_of: int
    """Day of the newest price that the bundle has."""


class PriceScorer:
    """Forecasts the series it knows, and others by the history that comes with the request."""

    def __init__(self, forecaster: Forecaster, known: KnownSeries, settings: Settings) -> None:
        self.forecaster = forecaster
        self.known = known
        self.settings = settings

    def predict(self, payload: Mapping[str, object]) -> Answer:
        """Answer a request as `request` describes it."""
        body = self._answer(read_question(payload, self.known))
        return Answer(body=body, score=float(str(body["price"])))

    def predict_table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> list[Any]:
        """Price of each row of city, type, channel and horizon_months; or, where the columns are
        the model's features, by how much the price will move, over the price.
        """
        if set(columns) <= set(FIELDS) and columns:
            if len(set(columns)) != len(columns):
                raise InvalidRequest("columns", "names a column twice")
            asked = [dict(zip(columns, row, strict=True)) for row in rows]
            return [self.predict(payload).score for payload in asked]
        matrix = _matrix(columns, rows)
        horizons = matrix[:, NAMES.index("horizon")]
        wrong = ~np.isin(horizons, range(1, MAX_HORIZON + 1))
        if wrong.any():
            row = int(wrong.argmax())
            raise InvalidRequest(f"horizon in row {row}", f"must be 1 to {MAX_HORIZON}")
        moves = self.forecaster.moves(matrix, horizons.astype(np.int64))
        return [float(move) for move in moves]

    def _answer(self, question: Question) -> dict[str, object]:
        series, forecaster = question.series, self.forecaster
        day = self.settings.as_of if question.day is None else question.day
        row = row_on(series, day, question.horizon)
        method = forecaster.method(series.key)
        found = forecaster.forecast(row, [method])
        return {
            "city": series.city,
            "type": series.type,
            "channel": series.channel,
            "month": str(month_of(day).plus(question.horizon)),
            "price": round(float(found.price[0]), _DECIMALS),
            "lower": round(float(found.lower[0]), _DECIMALS),
            "upper": round(float(found.upper[0]), _DECIMALS),
            "coverage": self.settings.coverage,
            "method": method,
            "fallback": method != "model",
            "known_series": question.known,
            "last_price": float(row.last[0]),
            "last_price_on": str(np.datetime64(int(series.until(day).days[-1]), "D")),
            "as_of": str(np.datetime64(day, "D")),
        }


def load(bundle: Bundle) -> PriceScorer:
    """Read the files of a bundle; BundleError when this code can't serve it."""
    manifest = bundle.manifest
    if manifest.features_version != FEATURES_VERSION or manifest.features != NAMES:
        raise BundleError(
            f"bundle {bundle.digest} has features of version {manifest.features_version}, this "
            f"server makes version {FEATURES_VERSION}: train the model again"
        )
    if SERIES_FILE not in bundle.files:
        raise BundleError(f"bundle {bundle.digest} has no file {SERIES_FILE}")
    try:
        series, fallbacks = read_series(bundle.files[SERIES_FILE])
        settings, blend, bands = _settings(manifest.parameters)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BundleError(f"bundle {bundle.digest} can't be read: {error!r}") from error
    trees = catboost_of(bundle, MODEL_FILE, NAMES) if MODEL_FILE in bundle.files else None
    forecaster = Forecaster(trees=trees, blend=blend, bands=bands, fallbacks=fallbacks)
    return PriceScorer(forecaster, KnownSeries.of(series), settings)


def parameters_of(forecaster: Forecaster, settings: Settings) -> dict[str, object]:
    """What the manifest of a bundle says of them."""
    return {
        "horizon_months": settings.horizon,
        "coverage": settings.coverage,
        "as_of": settings.as_of,
        "share": forecaster.blend.share,
        "drift": forecaster.blend.drift,
        "band_edges": list(forecaster.bands.edges),
        "band_widths": [list(row) for row in forecaster.bands.widths],
    }


def _settings(parameters: Mapping[str, Any]) -> tuple[Settings, Blend, Bands]:
    settings = Settings(
        horizon=int(parameters["horizon_months"]),
        coverage=float(parameters["coverage"]),
        as_of=int(parameters["as_of"]),
    )
    blend = Blend(share=float(parameters["share"]), drift=float(parameters["drift"]))
    bands = Bands(
        edges=tuple(float(edge) for edge in parameters["band_edges"]),
        widths=tuple(tuple(float(width) for width in row) for row in parameters["band_widths"]),
    )
    if len(bands.widths) != MAX_HORIZON or {len(row) for row in bands.widths} != {
        len(bands.edges) + 1
    }:
        raise ValueError("band_widths needs one row per horizon and one width per group")
    return settings, blend, bands


def evaluate(scorer: Scorer, dataset: Mapping[str, bytes]) -> dict[str, float]:
    """Metrics on a held-back part, or on all months but the first of a plain folder."""
    from windlass.pipelines.milk_price.judging import judge

    if not isinstance(scorer, PriceScorer):
        raise TypeError(f"{type(scorer).__name__} is no scorer of this pipeline")
    return judge(scorer.forecaster, dataset, scorer.settings.horizon)


def time_span(dataset: Mapping[str, bytes]) -> Span:
    """First and last day that a plain folder judges by."""
    from windlass.pipelines.milk_price.judging import instant, read_judged

    periods = read_judged(dataset, 1).periods
    return Span(instant(periods[0][0]), instant(periods[-1][1]))


def feature_rows(scorer: Scorer, dataset: Mapping[str, bytes]) -> FeatureRows:
    """Features of the rows that a dataset judges by, and the prices forecast for them."""
    from windlass.pipelines.milk_price.judging import forecast_rows, read_judged
    from windlass.pipelines.milk_price.rows import judged_rows

    if not isinstance(scorer, PriceScorer):
        raise TypeError(f"{type(scorer).__name__} is no scorer of this pipeline")
    judged = read_judged(dataset, scorer.settings.horizon)
    rows = judged_rows(judged.series, judged.periods, judged.horizon)
    prices = forecast_rows(scorer.forecaster, judged.series, rows).price
    return FeatureRows(columns=dict(zip(NAMES, rows.features.T, strict=True)), scores=prices)


def sample_request(dataset: Mapping[str, bytes]) -> Mapping[str, object]:
    """The first series with its recent prices: a request that any model can answer."""
    from windlass.pipelines.milk_price.judging import read_judged
    from windlass.pipelines.milk_price.record import request_of

    return request_of(read_judged(dataset, 1).series[0])


def _matrix(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Floats:
    """Ready features in the order of NAMES."""
    places = {name: place for place, name in enumerate(columns)}
    unknown = [name for name in columns if name not in NAMES]
    missing = [name for name in NAMES if name not in places]
    if unknown or len(places) != len(columns):
        name = str(unknown[0]) if unknown else "columns"
        raise InvalidRequest(name, "is no feature of this model" if unknown else "repeats a name")
    if missing:
        raise InvalidRequest(missing[0], "is missing from the columns")
    matrix = np.empty((len(rows), len(NAMES)))
    for index, row in enumerate(rows):
        for place, name in enumerate(NAMES):
            cell = row[places[name]]
            if isinstance(cell, bool) or not isinstance(cell, int | float) or not _finite(cell):
                raise InvalidRequest(
                    f"{name} in row {index}", f"must be a number, not {cell!r:.40}"
                )
            matrix[index, place] = cell
    return matrix


def _finite(cell: float) -> bool:
    return abs(cell) < float("inf")

"""The held-back part as files of its own, on which every later promotion is judged, and how well
forecasts do on it beside the naive ones.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd

from windlass.domain.bundle import TrainedOn
from windlass.domain.datasets import CARD, DatasetCard, read_card, sealed
from windlass.domain.errors import InputError
from windlass.pipelines.milk_price.data import Dataset, read_dataset
from windlass.pipelines.milk_price.features import MAX_HORIZON, Floats, Series
from windlass.pipelines.milk_price.forecasting import Forecast, Forecaster
from windlass.pipelines.milk_price.known import RECENT
from windlass.pipelines.milk_price.rows import Period, Rows, judged_rows

PIPELINE = "milk-price"
PRICES = "prices.parquet"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTH = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a dataset judges a model by."""

    series: tuple[Series, ...]
    periods: tuple[Period, ...]
    horizon: int
    """Months ahead of `rmse` and `skill`."""


def holdout_files(
    dataset: Dataset, periods: Sequence[Period], horizon: int, trained_on: TrainedOn
) -> dict[str, bytes]:
    """Files of the held-back periods, with what forecasts of them look back at."""
    since = periods[0][0] - RECENT - _MONTH * MAX_HORIZON
    card = DatasetCard(
        pipeline=PIPELINE,
        start=instant(periods[0][0]),
        until=instant(dataset.last_day),
        held_out_of=trained_on,
        settings={
            "horizon_months": horizon,
            "periods": [[_date(start), _date(end)] for start, end in periods],
        },
    )
    return sealed(card, {PRICES: _price_file(dataset.series, since)})


def read_judged(dataset: Mapping[str, bytes], horizon: int) -> Judged:
    """Read a dataset; `horizon` is for folders without `dataset.json`."""
    card = read_card(dataset)
    read = read_dataset({name: data for name, data in dataset.items() if name != CARD})
    if card is None:
        months = read.months[1:]
        if not months:
            raise InputError(
                "the prices are of one month: there is none before it to forecast from"
            )
        periods = tuple((month.first_day, month.last_day) for month in months)
        return Judged(series=read.series, periods=periods, horizon=horizon)
    if card.pipeline != PIPELINE:
        raise InputError(f"the dataset belongs to {card.pipeline}, not to {PIPELINE}")
    try:
        return Judged(
            series=read.series,
            periods=_periods(card.settings["periods"]),
            horizon=int(str(card.settings["horizon_months"])),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(f"{CARD} of the dataset: {error!r}") from error


def judge(forecaster: Forecaster, dataset: Mapping[str, bytes], horizon: int) -> dict[str, float]:
    """Metrics by their public names, those of the naive forecasts among them."""
    judged = read_judged(dataset, horizon)
    rows = judged_rows(judged.series, judged.periods, judged.horizon)
    if not len(rows):
        raise InputError("no series has a price both before and within the judged months")
    metrics = metrics_of(rows, forecast_rows(forecaster, judged.series, rows))
    for other in range(1, MAX_HORIZON + 1):
        rows = judged_rows(judged.series, judged.periods, other)
        if other == judged.horizon or not len(rows):
            continue
        found = metrics_of(rows, forecast_rows(forecaster, judged.series, rows))
        for name in ("rmse", "skill", "interval_coverage"):
            if name in found:
                metrics[f"{name}_at_{other}_months"] = found[name]
    naive = [forecaster.method(series.key) != "model" for series in judged.series]
    return {**metrics, "series": float(len(naive)), "fallback_share": float(np.mean(naive))}


def forecast_rows(forecaster: Forecaster, series: Sequence[Series], rows: Rows) -> Forecast:
    """What the forecaster says, each series by its method."""
    methods = [forecaster.method(each.key) for each in series]
    return forecaster.forecast(rows, [methods[place] for place in rows.series])


def metrics_of(rows: Rows, forecast: Forecast) -> dict[str, float]:
    """Errors in units of the price; `skill` is missing where a naive forecast is perfect."""
    missed = rows.target - forecast.price
    naive = {"last": _rmse(rows.target - rows.last), "mean": _rmse(rows.target - rows.mean)}
    held = (rows.target >= forecast.lower) & (rows.target <= forecast.upper)
    metrics = {
        "rmse": _rmse(missed),
        "mae": float(np.abs(missed).mean()),
        "rmse_naive_last": naive["last"],
        "rmse_naive_mean": naive["mean"],
        "mae_naive_last": float(np.abs(rows.target - rows.last).mean()),
        "mae_naive_mean": float(np.abs(rows.target - rows.mean).mean()),
        "interval_coverage": float(held.mean()),
        "interval_width": float((forecast.upper - forecast.lower).mean()),
    }
    if best := min(naive.values()):
        metrics["skill"] = 1 - metrics["rmse"] / best
    return metrics


def instant(day: int) -> datetime:
    """The first moment of a day (UTC)."""
    return _EPOCH + timedelta(days=day)


def _rmse(errors: Floats) -> float:
    return float(np.sqrt((errors**2).mean()))


def _date(day: int) -> str:
    return instant(day).date().isoformat()


def _periods(texts: object) -> tuple[Period, ...]:
    if not isinstance(texts, list) or not texts:
        raise ValueError("periods must be a list of first and last days")
    return tuple((_day(start), _day(end)) for start, end in texts)


def _day(text: object) -> int:
    return (date.fromisoformat(str(text)) - _EPOCH.date()).days


def _price_file(series: Sequence[Series], since: int) -> bytes:
    """Prices from a day on, in the columns of the files they came from."""
    kept = [each.days >= since for each in series]
    counts = [int(mask.sum()) for mask in kept]
    days = np.concatenate([each.days[mask] for each, mask in zip(series, kept, strict=True)])
    prices = np.concatenate([each.prices[mask] for each, mask in zip(series, kept, strict=True)])
    frame = pd.DataFrame({"Fecha": days.astype("datetime64[D]").astype("datetime64[ms]")})
    for place, name in enumerate(("Ciudad", "Tipo", "Canal")):
        frame[name] = np.repeat([each.key[place] for each in series], counts)
    frame["Precio"] = prices
    file = io.BytesIO()
    frame.to_parquet(file, index=False)
    return file.getvalue()

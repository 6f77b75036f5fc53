"""Prices of milk that nobody sold, in the layout of the real files.

What a model can learn is real: most prices stand for weeks, all drift up slowly, and a price that
was cut for a while comes back to what it was. What it can't is real too: when a shop raises its
price for good, nobody knows before. Some prices are missing, and some are 0.
"""

import io
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from windlass.domain.months import Month
from windlass.pipelines.milk_price.features import CHANNELS, TYPES, Days, Floats

_CITIES = (
    *("Aguascalientes", "Campeche", "Celaya", "Chetumal", "Colima", "Durango", "Guadalajara"),
    *("León", "Mérida", "Monterrey", "Oaxaca", "Puebla", "Tampico", "Tijuana", "Toluca"),
    *("Torreón", "Veracruz", "Xalapa", "Zacatecas", "La Paz"),
)
_WEEKDAYS = (0, 2, 4)
"""Prices are asked for on Mondays, Wednesdays and Fridays."""


_FIRST = Month(2023, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """How much to make up."""

    cities: int = 10
    months: int = 12
    first: Month = _FIRST
    seed: int = 0
    null_share: float = 0.12
    zero_share: float = 0.02
    yearly_inflation: float = 0.05


def sample_files() -> dict[str, bytes]:
    """Files to try the pipeline with: what `source=synthetic` trains on."""
    return synthetic_files(Market())


def synthetic_files(market: Market) -> dict[str, bytes]:
    """One file per month; the same market gives the same bytes."""
    prices = synthetic_prices(market)
    months = prices["Fecha"].dt.to_period("M")
    return {
        f"monthly/{month:%Y/%m/%Y-%m}-data.parquet": parquet(rows)
        for month, rows in prices.groupby(months)
    }


def parquet(rows: pd.DataFrame) -> bytes:
    """A table as a Parquet file."""
    file = io.BytesIO()
    rows.to_parquet(file, index=False)
    return file.getvalue()


def synthetic_prices(market: Market) -> pd.DataFrame:
    """All rows, days in order."""
    random = np.random.default_rng(market.seed)
    days = _asked_days(market)
    tables = []
    for number, kind, channel in product(range(market.cities), TYPES, CHANNELS):
        prices = _series(days, 22 + 5 * (kind == TYPES[1]), market, random)
        table = {
            "Fecha": days.astype("datetime64[D]").astype("datetime64[ns]"),
            "Estado": f"Estado {number % len(_CITIES)}",
            "Ciudad": _city(number),
            "Tipo": kind,
            "Canal": channel,
            "Precio": _spoiled(prices, market, random),
        }
        tables.append(pd.DataFrame(table))
    return pd.concat(tables, ignore_index=True).sort_values("Fecha", kind="stable")


def _asked_days(market: Market) -> Days:
    days = np.arange(market.first.first_day, market.first.plus(market.months).first_day)
    # day 0 was a Thursday
    return days[np.isin((days + 3) % 7, _WEEKDAYS)]


def _city(number: int) -> str:
    name, again = _CITIES[number % len(_CITIES)], number // len(_CITIES)
    return f"{name} {again + 1}" if again else name


def _series(days: Days, level: float, market: Market, random: np.random.Generator) -> Floats:
    """Prices that stand, are raised now and then, and are cut for a while and come back."""
    base = level * random.uniform(0.9, 1.15)
    first, last = int(days[0]), int(days[-1])
    prices = np.full(len(days), base)
    for day in _moments(first, last, 1 / 90, random):
        prices[days >= day] *= 1 + random.normal(market.yearly_inflation / 4, 0.015)
    for day in _moments(first, last, random.choice([0, 1 / 60, 1 / 20]), random):
        inside = (days >= day) & (days < day + random.integers(3, 12))
        prices[inside] *= 1 - random.uniform(0.02, 0.08)
    rounded: Floats = prices.round(2)
    return rounded


def _moments(first: int, last: int, per_day: float, random: np.random.Generator) -> Days:
    count = random.poisson(per_day * (last - first))
    return np.sort(random.integers(first, last + 1, count))


def _spoiled(prices: Floats, market: Market, random: np.random.Generator) -> Floats:
    """What nobody asked for is missing, and what nobody sold is 0."""
    luck = random.random(len(prices))
    zero = luck > 1 - market.zero_share
    return np.where(luck < market.null_share, np.nan, np.where(zero, 0.0, prices))

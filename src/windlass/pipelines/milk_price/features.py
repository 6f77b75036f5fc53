"""Features of a price series on a day, and what became of the price after it.

One function makes the features for training (many days of a series) and for serving (the last day
of one), so the two cannot drift apart. All of them are relative to the last price: the model says
by how much a price will move, whatever its level and currency. Nothing later than the day is looked
at.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Days = NDArray[np.int64]
"""Days since 1970-01-01."""

FEATURES_VERSION = "1"
"""Goes up whenever a feature changes its name or meaning."""

TYPES = ("Pasteurizada", "Ultrapasteurizada")
CHANNELS = ("Tiendas", "Autoservicios")

MONTH = 30
"""Days of the span that stands for a month, wherever in a month it begins."""
MAX_HORIZON = 3
"""Months ahead that can be asked for."""

WINDOWS = (7, 15, MONTH, 91)
"""Days over which prices are summed up."""
_LONGEST = max(WINDOWS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Known prices of one city, type and channel; days ascend and are unique, prices are > 0."""

    city: str = ""
    type: str = ""
    channel: str = ""
    days: Days
    prices: Floats

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it this series."""
        return (self.city, self.type, self.channel)

    def until(self, day: int) -> "Series":
        """The same as it was known on a day."""
        count = int(self.days.searchsorted(day, side="right"))
        return Series(
            city=self.city,
            type=self.type,
            channel=self.channel,
            days=self.days[:count],
            prices=self.prices[:count],
        )


def _names() -> tuple[str, ...]:
    windows = [f"{what}_{days}d" for days in WINDOWS for what in ("mean", "low", "high")]
    spread = [f"{what}_{days}d" for days in WINDOWS[2:] for what in ("deviation", "changes")]
    rest = ("usual_30d", "move_30d", "days_since_change", "days_since_price", "horizon")
    return (*windows, *spread, *rest, *TYPES, *CHANNELS)


NAMES = _names()
"""Features in the order of the columns."""


def features_at(series: Series, moments: Days, horizon: int) -> Floats:
    """One row per day, columns as in NAMES; NaN where the series has no price by that day."""
    ages, prices = _recent(series, moments)
    last = prices[:, 0]
    ratios = prices / last[:, None] - 1
    moved = np.abs(np.diff(prices, axis=1)) > _SAME * last[:, None]
    columns: list[Floats] = []
    for days in WINDOWS:
        inside = np.where(ages < days, ratios, np.nan)
        # the last price stands for a window without any
        inside[:, 0] = np.where(np.isfinite(last), 0.0, np.nan)
        columns += [_mean(inside), np.fmin.reduce(inside, axis=1), np.fmax.reduce(inside, axis=1)]
    for days in WINDOWS[2:]:
        inside = np.where(ages < days, ratios, np.nan)
        columns += [_deviation(inside), _share(moved, ages[:, 1:] < days)]
    columns += [
        _usual(np.where(ages < MONTH, prices, np.nan)) / last - 1,
        1 / (1 + _price_before(ages, ratios, MONTH)) - 1,
        _days_since_change(ages, moved),
        np.minimum(ages[:, 0], _LONGEST),
    ]
    constants = [horizon, *(series.type == known for known in TYPES)]
    constants += [series.channel == known for known in CHANNELS]
    columns += [np.full(len(moments), float(constant)) for constant in constants]
    rows = np.column_stack(columns)
    return np.where(np.isfinite(last)[:, None], rows, np.nan)


_SAME = 1e-6
"""Relative difference below which two prices are one."""


def _recent(series: Series, moments: Days) -> tuple[Floats, Floats]:
    """Ages in days and prices before each day, newest first; infinite and NaN where none is."""
    if not series.days.size:
        shape = (len(moments), 2)
        return np.full(shape, np.inf), np.full(shape, np.nan)
    newest = series.days.searchsorted(moments, side="right") - 1
    rows = newest[:, None] - np.arange(_LONGEST + 1)
    there = np.maximum(rows, 0)
    ages = np.where(rows >= 0, moments[:, None] - series.days[there], np.inf)
    prices = np.where(rows >= 0, series.prices[there], np.nan)
    return ages, prices


def _mean(values: Floats) -> Floats:
    """Of each row's known values, summed in a fixed order: one day or many give equal bits."""
    known = np.isfinite(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        total: Floats = np.where(known, values, 0.0).sum(axis=1) / known.sum(axis=1)
    return total


def _deviation(values: Floats) -> Floats:
    centred = values - _mean(values)[:, None]
    deviation: Floats = np.sqrt(np.nan_to_num(_mean(centred**2)))
    return deviation


def _share(moved: NDArray[np.bool_], inside: NDArray[np.bool_]) -> Floats:
    """Share of the readings within a window that were followed by another price."""
    share: Floats = (moved & inside).sum(axis=1) / np.maximum(inside.sum(axis=1), 1)
    return share


def _usual(prices: Floats) -> Floats:
    """Median of each row's known prices, or the newest price where a window has none."""
    known = np.isfinite(prices)
    ordered = np.sort(prices, axis=1)
    count = np.maximum(known.sum(axis=1), 1)
    rows = np.arange(len(prices))
    median: Floats = (ordered[rows, (count - 1) // 2] + ordered[rows, count // 2]) / 2
    return median


def _price_before(ages: Floats, ratios: Floats, days: int) -> Floats:
    """The newest price at least so old, or the oldest there is, over the last one less 1."""
    known = np.isfinite(ratios)
    old_enough = known & (ages >= days)
    first = np.where(old_enough.any(axis=1), old_enough.argmax(axis=1), known.sum(axis=1) - 1)
    found: Floats = ratios[np.arange(len(ratios)), np.maximum(first, 0)]
    return found


def _days_since_change(ages: Floats, moved: NDArray[np.bool_]) -> Floats:
    """Age of the price that stands, as far back as anything is known or the longest window."""
    known = np.isfinite(ages).sum(axis=1)
    steps = np.where(moved.any(axis=1), moved.argmax(axis=1), np.maximum(known - 1, 0))
    since = ages[np.arange(len(ages)), steps]
    return np.minimum(np.where(np.isfinite(since), since, _LONGEST), _LONGEST)

"""Forecasts to learn from and to be judged by: a day of a series, and the mean price of a span
after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from windlass.domain.months import month_of
from windlass.pipelines.milk_price.features import (
    MAX_HORIZON,
    MONTH,
    NAMES,
    Days,
    Floats,
    Series,
    features_at,
)

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]
Period = tuple[int, int]
"""First and last day of a span that forecasts are judged by: a month, or a part of one."""

MOST_ROWS = 60_000
"""Training rows; of a long history fewer days are taken, evenly spread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """One row per series, day and horizon; all arrays are equally long."""

    features: Floats
    last: Floats
    """Price that stands on the day."""
    mean: Floats
    """Mean of the month that the price is of, up to the day."""
    target: Floats
    """Mean price of the span that is forecast."""
    series: Ints
    """Place of the series in the list they were made from."""
    moments: Days
    ends: Days
    """Last day of the span."""
    horizons: Ints

    def where(self, mask: Mask) -> "Rows":
        """Those rows only."""
        return Rows(**{each.name: getattr(self, each.name)[mask] for each in fields(self)})

    def __len__(self) -> int:
        """How many there are."""
        return len(self.target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """Days to forecast from, and the span that each one is to forecast, both ends included."""

    moments: Days
    starts: Days
    ends: Days
    horizon: int


def rolling_rows(series: Sequence[Series], until: int, span: int = MONTH) -> Rows:
    """Rows of all days and horizons whose span ends by `until`; a span has `span` days."""
    days = _common_days(series, until - span)
    step = max(1, -(-len(days) * len(series) * MAX_HORIZON // MOST_ROWS))
    moments = days[::-1][::step][::-1]
    made = []
    for horizon in range(1, MAX_HORIZON + 1):
        known = moments[moments + span * horizon <= until]
        starts = known + span * (horizon - 1) + 1
        made.append(
            Spans(moments=known, starts=starts, ends=known + span * horizon, horizon=horizon)
        )
    return rows_of(series, made)


def judged_rows(series: Sequence[Series], periods: Sequence[Period], horizon: int) -> Rows:
    """Rows that forecast each period, from the end of the month `horizon` months before its own.

    A period within a month can only be forecast from the day before it.
    """
    whole = [period for period in periods if horizon == 1 or _begins_month(period)]
    moments = [_moment(period, horizon) for period in whole]
    spans = Spans(
        moments=np.array(moments, dtype=np.int64),
        starts=np.array([start for start, _ in whole], dtype=np.int64),
        ends=np.array([end for _, end in whole], dtype=np.int64),
        horizon=horizon,
    )
    return rows_of(series, [spans])


def row_on(series: Series, day: int, horizon: int) -> Rows:
    """The one row of a forecast from a day on, whose target is not known."""
    moments, unknown = np.array([day], dtype=np.int64), np.array([np.nan])
    last, mean = last_and_mean(series, moments)
    return Rows(
        features=features_at(series, moments, horizon),
        last=last,
        mean=mean,
        target=unknown,
        series=np.zeros(1, dtype=np.int64),
        moments=moments,
        ends=moments,
        horizons=np.array([horizon], dtype=np.int64),
    )


def _begins_month(period: Period) -> bool:
    return month_of(period[0]).first_day == period[0]


def _moment(period: Period, horizon: int) -> int:
    if not _begins_month(period):
        return period[0] - 1
    return month_of(period[0]).plus(1 - horizon).first_day - 1


def rows_of(series: Sequence[Series], wanted: Sequence[Spans]) -> Rows:
    """Rows where a price is known on the day and within the span."""
    parts = [
        _rows(place, each, spans)
        for spans in wanted
        if spans.moments.size
        for place, each in enumerate(series)
    ]
    return _joined([part for part in parts if len(part)])


def last_and_mean(series: Series, moments: Days) -> tuple[Floats, Floats]:
    """The naive forecasts on each day: last price, mean of its month so far; NaN without any."""
    newest = series.days.searchsorted(moments, side="right") - 1
    if not series.days.size:
        return np.full(len(moments), np.nan), np.full(len(moments), np.nan)
    months = series.days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    oldest = months.searchsorted(months, side="left")
    there = np.maximum(newest, 0)
    sums = np.concatenate([[0.0], np.cumsum(series.prices)])
    mean = (sums[there + 1] - sums[oldest[there]]) / (there + 1 - oldest[there])
    known = newest >= 0
    return np.where(known, series.prices[there], np.nan), np.where(known, mean, np.nan)


def _rows(place: int, series: Series, spans: Spans) -> Rows:
    sums = np.concatenate([[0.0], np.cumsum(series.prices)])
    first = series.days.searchsorted(spans.starts, side="left")
    after = series.days.searchsorted(spans.ends, side="right")
    count = after - first
    last, mean = last_and_mean(series, spans.moments)
    known = (count > 0) & np.isfinite(last)
    moments = spans.moments[known]
    return Rows(
        features=features_at(series, moments, spans.horizon),
        last=last[known],
        mean=mean[known],
        target=(sums[after] - sums[first])[known] / count[known],
        series=np.full(len(moments), place),
        moments=moments,
        ends=spans.ends[known],
        horizons=np.full(len(moments), spans.horizon),
    )


def _joined(parts: Sequence[Rows]) -> Rows:
    if not parts:
        return _empty()
    names = [each.name for each in fields(Rows)]
    return Rows(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in names})


def _empty() -> Rows:
    floats, ints = np.empty(0), np.empty(0, dtype=np.int64)
    return Rows(
        features=np.empty((0, len(NAMES))),
        last=floats,
        mean=floats,
        target=floats,
        series=ints,
        moments=ints,
        ends=ints,
        horizons=ints,
    )


def _common_days(series: Sequence[Series], until: int) -> Days:
    """Days by `until` on which any price is known."""
    days = np.unique(np.concatenate([each.days for each in series]))
    return days[days <= until]

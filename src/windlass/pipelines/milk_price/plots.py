"""Pictures of a training run as PNG files."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from windlass.pipelines.milk_price.features import Days, Floats, Series
from windlass.pipelines.milk_price.forecasting import Forecast
from windlass.pipelines.milk_price.rows import Rows
from windlass.pipelines.pictures import MODEL_COLOUR, OTHER_COLOUR, figure_of, png_of

PANELS = 6
"""Series in the picture of forecasts."""


def forecast_plot(series: Sequence[Series], rows: Rows, forecast: Forecast) -> bytes:
    """The held-back months of the series that moved most: prices, forecasts, intervals."""
    shown = _restless(rows)
    figure, first = figure_of(height=2.2 * len(shown))
    first.remove()
    for panel, place in enumerate(shown, start=1):
        axes = figure.add_subplot(len(shown), 1, panel)
        axes.spines[["top", "right"]].set_visible(False)
        own = rows.series == place
        known = series[place]
        axes.plot(_dates(known.days), known.prices, color="grey", lw=0.9, ds="steps-post")
        moments, ends = _dates(rows.moments[own] + 1), _dates(rows.ends[own])
        axes.hlines(rows.target[own], moments, ends, color=OTHER_COLOUR, label="mean of the month")
        axes.hlines(forecast.price[own], moments, ends, color=MODEL_COLOUR, label="forecast")
        for start, end, low, high in zip(
            moments, ends, forecast.lower[own], forecast.upper[own], strict=True
        ):
            axes.fill_between([start, end], low, high, color=MODEL_COLOUR, alpha=0.15, lw=0)
        axes.set_title(", ".join(part for part in known.key if part) or "price", fontsize=9)
        axes.tick_params(labelsize=7)
        if panel == 1:
            axes.legend(fontsize=7, loc="best")
    return png_of(figure)


def error_plot(errors: Mapping[str, Floats]) -> bytes:
    """How far each kind of forecast was off, from the best to the worst."""
    figure, axes = figure_of()
    for (name, missed), colour in zip(
        errors.items(), (MODEL_COLOUR, OTHER_COLOUR, "grey"), strict=True
    ):
        ordered = np.sort(np.abs(missed))
        share = np.arange(1, len(ordered) + 1) / len(ordered)
        axes.plot(ordered, share, color=colour, label=f"{name} (mean {ordered.mean():.3f})")
    axes.set(xlabel="off by, in units of the price", ylabel="share of forecasts")
    axes.set_title("Held-back months by the error of their forecast")
    axes.legend(loc="lower right")
    return png_of(figure)


def _restless(rows: Rows) -> list[int]:
    """Places of the series whose price moved most within the held-back part."""
    places = np.unique(rows.series)
    moved = [np.abs(rows.target / rows.last - 1)[rows.series == place].max() for place in places]
    order = np.argsort(-np.array(moved), kind="stable")
    return [int(place) for place in places[order][:PANELS]]


def _dates(days: Days) -> Any:
    """Days as the axis of a plot takes them."""
    return days.astype("datetime64[D]")

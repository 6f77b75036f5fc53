"""A series as a `/predict` request."""

import numpy as np

from windlass.pipelines.milk_price.features import Series
from windlass.pipelines.milk_price.known import RECENT


def request_of(series: Series, horizon: int = 1, day: int | None = None) -> dict[str, object]:
    """The request that asks for a forecast from a day on, or from the last price of a series."""
    recent = series.days > series.days[-1] - RECENT
    days, prices = series.days[recent].tolist(), series.prices[recent].tolist()
    if day is not None and day != days[-1]:
        days, prices = [*days, day], [*prices, None]
    return {
        "city": series.city,
        "type": series.type,
        "channel": series.channel,
        "horizon_months": horizon,
        "history": [
            {"date": str(np.datetime64(day, "D")), "price": price}
            for day, price in zip(days, prices, strict=True)
        ],
    }

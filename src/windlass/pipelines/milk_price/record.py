"""A series as a `/predict` request."""

import numpy as np

from windlass.pipelines.milk_price.features import Series
from windlass.pipelines.milk_price.known import RECENT


def request_of(series: Series, horizon: int = 1) -> dict[str, object]:
    """The request that asks for a forecast from the last price of a series on."""
    recent = series.days > series.days[-1] - RECENT
    rows = zip(series.days[recent].tolist(), series.prices[recent].tolist(), strict=True)
    return {
        "city": series.city,
        "type": series.type,
        "channel": series.channel,
        "horizon_months": horizon,
        "history": [{"date": str(np.datetime64(day, "D")), "price": price} for day, price in rows],
    }

"""`/predict` requests of this pipeline.

::

    {"city": "Puebla", "type": "Pasteurizada", "channel": "Tiendas",
     "horizon_months": 1,                                    1 to 3, 1 if not given
     "history": [{"date": "2024-06-28", "price": 24.5}]}     newer prices than the model's, if any

The forecast starts at the newest day of the history, whose price may be null: then the last price
before it still stood on that day. A series that training did not have can be forecast when its
history is given; without one the answer is 422, with what is known. Parts of the name that the data
lacks may be left out: where there is a single series, all of them.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from windlass.pipelines.contract import InvalidRequest
from windlass.pipelines.milk_price.features import MAX_HORIZON, Series
from windlass.pipelines.milk_price.forecasting import Key
from windlass.pipelines.milk_price.known import KnownSeries, plain_text

Fields = Mapping[str, object]

FIELDS = ("city", "type", "channel", "horizon_months", "history")
MAX_ROWS = 5_000
"""Prices a history may have; a quarter of a year has about forty."""

_EPOCH = date(1970, 1, 1).toordinal()
_SHOWN = 8
_DEAREST = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A request that was understood."""

    series: Series
    """With the history of the request, where it has one."""
    horizon: int
    known: bool
    """Whether training had the series."""
    day: int | None
    """Newest day of the request's history; None without one."""


def read_question(payload: Fields, known: KnownSeries) -> Question:
    """Read a request; InvalidRequest names the field that is missing or wrong."""
    _only(payload, FIELDS, "")
    horizon = _horizon(payload.get("horizon_months"))
    history = _history(payload.get("history"))
    key = _key(payload, known)
    found = known.find(key)
    if not history:
        if found is None:
            raise _unknown(key, known)
        return Question(series=found, horizon=horizon, known=True, day=None)
    city, kind, channel = found.key if found else key
    priced = {day: price for day, price in history.items() if price is not None}
    days = np.array(sorted(priced), dtype=np.int64)
    prices = np.array([priced[int(day)] for day in days])
    # what the request says of its days counts, what the model knows of the days before stays
    before = found.until(int(days[0]) - 1) if found else None
    return Question(
        series=Series(
            city=city,
            type=kind,
            channel=channel,
            days=np.concatenate([before.days, days]) if before else days,
            prices=np.concatenate([before.prices, prices]) if before else prices,
        ),
        horizon=horizon,
        known=found is not None,
        day=max(history),
    )


def _key(payload: Fields, known: KnownSeries) -> Key:
    """City, type and channel, with what can only be meant filled in."""
    given = []
    for place, name in enumerate(FIELDS[:3]):
        value = payload.get(name)
        if value is None:
            choices = known.values(place)
            if len(choices) != 1:
                raise InvalidRequest(name, f"is missing; known are {_listed(choices)}")
            value = choices[0]
        if not isinstance(value, str):
            raise InvalidRequest(name, f"must be a text, not {value!r:.40}")
        given.append(value)
    city, kind, channel = given
    return city, kind, channel


def _unknown(key: Key, known: KnownSeries) -> InvalidRequest:
    """Say which part of the name is not known, and what is."""
    city, kind, channel = key
    advice = "; give its history to forecast it all the same"
    there = known.within(city)
    if not there:
        cities = {plain_text(name): name for name in known.values(0)}
        close = difflib.get_close_matches(plain_text(city), cities, n=1)
        guess = f"; did you mean {cities[close[0]]}?" if close else ""
        some = "" if close else f"; known are {_listed(known.values(0))}"
        return InvalidRequest("city", f"{city[:60]!r} is not known{guess or some}{advice}")
    wanted = plain_text(kind)
    channels = [each.channel for each in there if plain_text(each.type) == wanted]
    if channels:
        message = f"{channel[:60]!r} is not known of {city}, {kind}; known: {_listed(channels)}"
        return InvalidRequest("channel", message + advice)
    kinds = sorted({each.type for each in there})
    message = f"{kind[:60]!r} is not known of {city}; known: {_listed(kinds)}"
    return InvalidRequest("type", message + advice)


def _horizon(value: object) -> int:
    if value is None:
        return 1
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_HORIZON:
        raise InvalidRequest("horizon_months", f"must be a whole number from 1 to {MAX_HORIZON}")
    return value


def _history(value: object) -> dict[int, float | None]:
    """Prices by day, one of them known at least; or nothing."""
    if value is None:
        return {}
    if not isinstance(value, list | tuple):
        raise InvalidRequest("history", "must be a list of prices")
    if len(value) > MAX_ROWS:
        raise InvalidRequest("history", f"has {len(value)} rows; at most {MAX_ROWS} are read")
    found: dict[int, float | None] = {}
    for index, row in enumerate(value):
        place = f"history[{index}]"
        if not isinstance(row, dict):
            raise InvalidRequest(place, "must be an object with date and price")
        _only(row, ("date", "price"), place + ".")
        price = row.get("price")
        found[_day(row.get("date"), place)] = None if price is None else _price(price, place)
    if value and all(price is None for price in found.values()):
        raise InvalidRequest("history", "has no price")
    return found


def _day(value: object, place: str) -> int:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    # the months that are forecast must be in the calendar, too
    if moment is None or not 1 < moment.year < 9999:
        raise InvalidRequest(f"{place}.date", "must be a day like 2024-06-28")
    return moment.toordinal() - _EPOCH


def _price(value: object, place: str) -> float:
    if isinstance(value, int | float) and value is not True and 0 < value <= _DEAREST:
        return float(value)
    raise InvalidRequest(f"{place}.price", f"must be a number above 0, not {value!r:.40}")


def _only(given: Fields, known: Sequence[str], place: str) -> None:
    for name in given:
        if name not in known:
            close = difflib.get_close_matches(str(name), known, n=1)
            guess = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
            raise InvalidRequest(f"{place}{name}", f"is not known; {guess}")


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"

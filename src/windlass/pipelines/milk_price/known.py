"""The series that a bundle brings along: their recent prices, and how each is forecast."""

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from windlass.pipelines.milk_price.features import Series
from windlass.pipelines.milk_price.forecasting import METHODS, Key, Method

SERIES_FILE = "series.json"

RECENT = 130
"""Days of each series that a bundle keeps: the longest window, and the month before its end."""


@dataclass(frozen=True, slots=True)
class KnownSeries:
    """Series by their key, whose capitals, accents and outer spaces make no difference."""

    by_key: Mapping[Key, Series]

    @classmethod
    def of(cls, series: Iterable[Series]) -> "KnownSeries":
        """Make them ready for look-ups."""
        return cls({plain_key(each.key): each for each in series})

    def find(self, key: Key) -> Series | None:
        """The series that somebody means."""
        return self.by_key.get(plain_key(key))

    def values(self, place: int) -> tuple[str, ...]:
        """What there is of one part of the keys, as it was written first."""
        return tuple(sorted({each.key[place] for each in self.by_key.values()}))

    def within(self, city: str) -> tuple[Series, ...]:
        """All series of a city."""
        plain = plain_text(city)
        return tuple(each for key, each in self.by_key.items() if key[0] == plain)


def plain_key(key: Key) -> Key:
    """A key as look-ups compare it."""
    city, kind, channel = key
    return plain_text(city), plain_text(kind), plain_text(channel)


def plain_text(text: str) -> str:
    """Without accents, capitals and outer spaces."""
    apart = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def series_file(series: Sequence[Series], fallbacks: Mapping[Key, Method]) -> bytes:
    """The bundle's file."""
    entries = [_entry(each, fallbacks.get(each.key)) for each in series]
    text = json.dumps(entries, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("},{", "},\n{").encode() + b"\n"


def read_series(data: bytes) -> tuple[tuple[Series, ...], dict[Key, Method]]:
    """Series and fallbacks of a bundle's file; ValueError, KeyError or TypeError for another."""
    series, fallbacks = [], dict[Key, Method]()
    known = {str(method): method for method in METHODS}
    for entry in json.loads(data):
        found = Series(
            city=str(entry["city"]),
            type=str(entry["type"]),
            channel=str(entry["channel"]),
            days=np.array(entry["days"], dtype=np.int64),
            prices=np.array(entry["prices"], dtype=np.float64),
        )
        _check(found)
        series.append(found)
        if entry["fallback"] is not None:
            fallbacks[found.key] = known[entry["fallback"]]
    return tuple(series), fallbacks


def _entry(series: Series, fallback: Method | None) -> dict[str, object]:
    kept = series.days > series.days[-1] - RECENT
    return {
        "city": series.city,
        "type": series.type,
        "channel": series.channel,
        "fallback": fallback,
        "days": series.days[kept].tolist(),
        "prices": series.prices[kept].tolist(),
    }


def _check(series: Series) -> None:
    days, prices = series.days, series.prices
    if days.ndim != 1 or days.shape != prices.shape or not days.size:
        raise ValueError(f"series {series.key} needs as many days as prices, and one at least")
    if not (np.isfinite(prices).all() and (prices > 0).all() and (np.diff(days) > 0).all()):
        raise ValueError(f"series {series.key} must have ascending days and prices above 0")

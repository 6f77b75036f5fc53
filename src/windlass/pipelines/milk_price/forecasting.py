"""How a forecast comes about: trees say by how much a price will move, shrunk, since most stay; a
series that they did no good falls back to the naive forecast that was better.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from windlass.pipelines.milk_price.features import MAX_HORIZON, NAMES, Floats
from windlass.pipelines.milk_price.rows import Ints, Mask, Rows

if TYPE_CHECKING:
    from catboost import CatBoost

Method = Literal["model", "last_price", "monthly_mean"]
Key = tuple[str, str, str]
"""City, type and channel of a series."""

METHODS: tuple[Method, ...] = get_args(Method)

_DEVIATION = NAMES.index("deviation_91d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """What becomes of the trees' answer."""

    share: float
    """How much of the trees' move is believed, 0 to 1."""
    drift: float
    """Relative move of all prices within half a month, such as inflation brings."""

    def drifts(self, horizons: Ints) -> Floats:
        """Relative move of all prices up to the middle of each horizon's span."""
        return self.drift * (2 * horizons.astype(np.float64) - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """How far prices were off their forecast: half the width of an interval, over the last price.

    By how restless a series was in the last 91 days, and by horizon.
    """

    edges: tuple[float, ...]
    """Greatest deviation of each group but the last, ascending."""
    widths: tuple[tuple[float, ...], ...]
    """One row per horizon, one width per group."""

    def widths_of(self, features: Floats, horizons: Ints) -> Floats:
        """Width for each row."""
        groups = np.array(self.edges).searchsorted(features[:, _DEVIATION], side="left")
        found: Floats = np.array(self.widths)[horizons - 1, groups]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Prices, one per row."""

    price: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecaster:
    """A finished model."""

    trees: "CatBoost | None"
    """None where there was too little to learn from: every forecast is a naive one then."""
    blend: Blend
    bands: Bands
    fallbacks: Mapping[Key, Method]
    """Series that are forecast naively, and how."""

    def method(self, key: Key) -> Method:
        """How a series is forecast; one that was never seen is forecast by the model."""
        return self.fallbacks.get(key, "last_price" if self.trees is None else "model")

    def forecast(self, rows: Rows, methods: Sequence[Method]) -> Forecast:
        """Forecast each row by its method; targets are not looked at."""
        chosen = np.array([METHODS.index(method) for method in methods], dtype=np.int64)
        price = np.select([chosen == 1, chosen == 2], [rows.last, rows.mean], rows.last)
        by_model: Mask = chosen == 0
        if by_model.any():
            asked = rows.where(by_model)
            price[by_model] = asked.last * (1 + self.moves(asked.features, asked.horizons))
        width = rows.last * self.bands.widths_of(rows.features, rows.horizons)
        return Forecast(price=price, lower=np.maximum(price - width, 0), upper=price + width)

    def moves(self, features: Floats, horizons: Ints) -> Floats:
        """By how much each price will move, over the price."""
        if self.trees is None or not len(features):
            return np.zeros(len(features))
        raw: Floats = self.trees.predict(features, thread_count=1)
        moved: Floats = self.blend.share * raw + self.blend.drifts(horizons)
        return moved


def flat_bands(width: float) -> Bands:
    """One width for everything, growing with the horizon as a random walk would."""
    return Bands(edges=(), widths=tuple((width * h**0.5,) for h in range(1, MAX_HORIZON + 1)))


def deviations(features: Floats) -> Floats:
    """How restless each row's price was."""
    return features[:, _DEVIATION]

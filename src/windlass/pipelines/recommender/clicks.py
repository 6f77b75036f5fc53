"""Clicks as arrays, in the order of time: what a shop saw.

Products, sessions, users, categories and brands are numbers; -1 says that one is not known.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Texts = NDArray[np.str_]

UNKNOWN = -1

KINDS = ("view", "cart", "purchase")
"""What a click can be; anything else counts as a view."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clicks:
    """One entry per click, times ascending."""

    times: Numbers
    """Microseconds since 1970 UTC."""
    products: Numbers
    sessions: Numbers
    users: Numbers
    kinds: Numbers
    """Places in KINDS."""
    categories: Numbers
    brands: Numbers
    prices: Floats
    """NaN where it is not known."""

    def __len__(self) -> int:
        """How many clicks there are."""
        return len(self.times)

    @property
    def taken(self) -> Flags:
        """Whether the product went into the cart or was bought."""
        return self.kinds > 0

    def where(self, chosen: "Flags | Numbers | slice") -> "Clicks":
        """Some of the clicks, in the same order."""
        return Clicks(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the numbers of clicks stand for: sorted texts, number i being the i-th."""

    products: Texts
    sessions: Texts
    users: Texts
    categories: Texts
    brands: Texts


def numbers_of(names: Texts, texts: Texts) -> Numbers:
    """Number of each text, UNKNOWN for one that is not among the names."""
    if not len(names):
        return np.full(len(texts), UNKNOWN, dtype=np.int64)
    places = np.minimum(names.searchsorted(texts), len(names) - 1)
    return np.where(names[places] == texts, places, UNKNOWN).astype(np.int64)


def as_texts(values: Any) -> Texts:
    """Values as fixed-width texts, as bundles store them."""
    found = np.asarray(values, dtype=np.str_)
    return found if found.size else np.empty(0, dtype="<U1")


def translated(numbers: Numbers, own: Texts, others: Texts) -> Numbers:
    """Numbers among `own` names as numbers among `others`, which goes on with those it lacks."""
    known = numbers_of(others, own)
    lacking = known == UNKNOWN
    known[lacking] = len(others) + np.arange(lacking.sum())
    return np.where(numbers == UNKNOWN, UNKNOWN, np.append(known, UNKNOWN)[numbers])

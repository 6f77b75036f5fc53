"""Clicks in a shop that never was, in the layout of the real files.

What a model can learn is real: a session has a theme, a product of it leads on to the next one of
the same chain, and people come back to what they looked at. What it can't is real too: people
wander off, sessions of one click, new products, and prices nobody wrote down.
"""

from dataclasses import dataclass

import numpy as np

from windlass.pipelines.recommender.clicks import Clicks, Names, Texts, as_texts
from windlass.pipelines.recommender.tables import EVENTS
from windlass.pipelines.recommender.writing import events_csv

START = 1_704_067_200
"""First moment: 2024-01-01 00:00 UTC."""

_STOP, _BACK, _ON, _THEME = 0.25, 0.2, 0.45, 0.25
"""Chance that a session ends after a click; else that the next one goes back to an earlier product,
on to the chain's next, or to any of the theme. What is left goes anywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """How much to make up."""

    sessions: int = 2_000
    themes: int = 25
    products: int = 16
    """Of each theme."""
    days: int = 5
    seed: int = 0


def sample_files() -> dict[str, bytes]:
    """Files to try the pipeline with: what `source=synthetic` trains on."""
    return synthetic_files(Shop())


def synthetic_files(shop: Shop) -> dict[str, bytes]:
    """The file of events; the same shop gives the same bytes."""
    clicks, names = synthetic_clicks(shop)
    return {EVENTS.file: events_csv(clicks, names)}


def synthetic_clicks(shop: Shop) -> tuple[Clicks, Names]:
    """The same as clicks."""
    random = np.random.default_rng(shop.seed)
    begins = np.sort(random.integers(0, shop.days * 86_400, shop.sessions))
    rows = [
        (begin + place * int(random.integers(20, 60)), session, product)
        for session, begin in enumerate(begins.tolist())
        for place, product in enumerate(_walk(shop, random))
    ]
    times, sessions, products = np.array(sorted(rows), dtype=np.int64).T
    every = shop.themes * shop.products
    prices = random.lognormal(4, 0.4, every) * (1 + np.arange(every) // shop.products)
    users = random.integers(0, shop.sessions * 2 // 3 + 1, shop.sessions)
    clicks = Clicks(
        times=(START + times) * 1_000_000,
        products=products,
        sessions=sessions,
        users=users[sessions],
        kinds=random.choice(3, len(times), p=[0.95, 0.03, 0.02]),
        categories=products // shop.products,
        brands=products % 7,
        prices=np.where(products % 13 == 0, np.nan, prices.round(2)[products]),
    )
    return clicks, Names(
        products=_names("product", every),
        sessions=_names("session", shop.sessions),
        users=_names("user", int(users.max()) + 1),
        categories=_names("theme", shop.themes),
        brands=_names("brand", 7),
    )


def _walk(shop: Shop, random: np.random.Generator) -> list[int]:
    """Products of one session."""
    theme = int(random.integers(shop.themes)) * shop.products
    # some products draw more than others, as everywhere
    clicked = [theme + int(shop.products * random.random() ** 2)]
    while random.random() > _STOP:
        clicked.append(_next(shop, theme, clicked, random))
    return clicked


def _next(shop: Shop, theme: int, clicked: list[int], random: np.random.Generator) -> int:
    chance = random.random()
    if chance < _BACK:
        return clicked[int(random.integers(len(clicked)))]
    if chance < _BACK + _ON:
        return theme + (clicked[-1] - theme + 3) % shop.products
    if chance < _BACK + _ON + _THEME:
        return theme + int(random.integers(shop.products))
    return int(random.integers(shop.themes * shop.products))


def _names(kind: str, count: int) -> Texts:
    return as_texts([f"{kind}-{number:05d}" for number in range(count)])

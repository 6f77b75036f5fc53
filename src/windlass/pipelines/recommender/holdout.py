"""The held-back sessions as files of their own, on which every later promotion is judged."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from windlass.domain.bundle import TrainedOn
from windlass.domain.datasets import CARD, DatasetCard, read_card, sealed
from windlass.domain.errors import InputError
from windlass.pipelines.contract import Span
from windlass.pipelines.recommender.clicks import UNKNOWN, Clicks, Names, translated
from windlass.pipelines.recommender.data import (
    Dataset,
    make_dataset,
    read_clickstream,
    read_products,
)
from windlass.pipelines.recommender.queries import DEPTH, Asked, positions
from windlass.pipelines.recommender.tables import EVENTS
from windlass.pipelines.recommender.writing import events_csv

if TYPE_CHECKING:
    from windlass.pipelines.recommender.model import NextClickScorer

PIPELINE = "recommender"


def holdout_files(clicks: Clicks, names: Names, trained_on: TrainedOn) -> dict[str, bytes]:
    """Files of the test sessions."""
    card = DatasetCard(
        pipeline=PIPELINE,
        start=instant(int(clicks.times[0])),
        until=instant(int(clicks.times[-1])),
        held_out_of=trained_on,
    )
    return sealed(card, {EVENTS.file: events_csv(clicks, names)})


def questions_of(dataset: Mapping[str, bytes], scorer: "NextClickScorer") -> Asked:
    """Every click but the last of each session, in the numbers of a scorer."""
    found = _read(dataset)
    memory, clicks, names = scorer.memory, found.clicks, found.names
    users = translated(clicks.users, names.users, memory.user_names)
    asked = positions(
        replace(
            clicks,
            products=translated(clicks.products, names.products, memory.product_names),
            categories=translated(clicks.categories, names.categories, memory.category_names),
            brands=translated(clicks.brands, names.brands, memory.brand_names),
            users=np.where(users < len(memory.user_names), users, UNKNOWN),
        )
    )
    return asked._replace(queries=scorer.completed(asked.queries))


def click_span(dataset: Mapping[str, bytes]) -> Span:
    """First and last click."""
    times = _read(dataset).clicks.times
    return Span(instant(int(times.min())), instant(int(times.max())))


def longest_request(dataset: Mapping[str, bytes]) -> Mapping[str, object]:
    """The clicks of the longest session that a model looks at as a whole, but for its last."""
    found = _read(dataset)
    counts = np.bincount(found.clicks.sessions)
    chosen = int(np.argmax(np.where(counts <= DEPTH + 1, counts, 0)))
    products = found.clicks.products[found.clicks.sessions == chosen]
    shown = products[:-1] if len(products) > 1 else products
    return {"clicks": found.names.products[shown[-DEPTH:]].tolist()}


def _read(dataset: Mapping[str, bytes]) -> Dataset:
    card = read_card(dataset)
    if card is not None and card.pipeline != PIPELINE:
        raise InputError(f"the dataset belongs to {card.pipeline}, not to {PIPELINE}")
    files = {name: data for name, data in dataset.items() if name != CARD}
    return make_dataset(read_clickstream(files), read_products(files), files, 1.0)


def instant(microseconds: int) -> datetime:
    """A moment as a time in UTC."""
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)

"""Rows of the feature store beside the candidates they are about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from windlass.pipelines.recommender.clicks import UNKNOWN, Floats, Numbers, Texts
from windlass.pipelines.recommender.features import Known
from windlass.pipelines.recommender.pool import Pool
from windlass.pipelines.recommender.queries import Queries
from windlass.ports.features import Ask, Values


class Knowledge(Protocol):
    """Features of numbered entities."""

    def rows(self, numbers: Numbers, times: Numbers) -> Floats:
        """One row for each number at its time; NaN where nothing is known."""


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest row of each entity: what serving knows."""

    values: Floats
    """One row per number."""

    def rows(self, numbers: Numbers, times: Numbers) -> Floats:
        """The newest rows, whatever the time."""
        known = (numbers != UNKNOWN) & (numbers < len(self.values))
        if not len(self.values):
            return np.full((len(numbers), self.values.shape[1]), np.nan)
        found = self.values[np.where(known, numbers, 0)]
        return np.where(known[:, None], found, np.nan)


@dataclass(frozen=True, slots=True)
class AsOf:
    """The rows that were known at each moment: what training may use."""

    keys: Numbers
    """Entity and moment as one number each, ascending."""
    values: Floats
    moments: Numbers

    def rows(self, numbers: Numbers, times: Numbers) -> Floats:
        """The rows that were the newest at each time."""
        if not len(self.keys):
            return np.full((len(numbers), self.values.shape[1]), np.nan)
        wanted = _keys(numbers, times, self.moments)
        places = np.minimum(self.keys.searchsorted(wanted), len(self.keys) - 1)
        known = self.keys[places] == wanted
        return np.where(known[:, None], self.values[places], np.nan)


def known_of(pool: Pool, queries: Queries, products: Knowledge, users: Knowledge) -> Known:
    """What is known of candidates and users."""
    return Known(
        candidates=products.rows(pool.products, queries.times[pool.questions]),
        users=users.rows(queries.users, queries.times),
    )


def needed_products(pool: Pool, queries: Queries, moments: Numbers) -> Numbers:
    """Keys of the products that `known_of` will look up; see `asks_of`."""
    return np.unique(_keys(pool.products, queries.times[pool.questions], moments))


def needed_users(queries: Queries, moments: Numbers) -> Numbers:
    """Keys of the users that `known_of` will look up."""
    there = queries.users != UNKNOWN
    return np.unique(_keys(queries.users, queries.times, moments)[there])


def asks_of(keys: Numbers, names: Texts, moments: Numbers) -> list[Ask]:
    """The feature store's questions for keys; no moment is later than any of the times it is for.

    A time before the first moment is asked for as it is: as moment 0, when nothing was known.
    """
    numbers, places = np.divmod(keys, len(moments) + 1)
    asked = np.concatenate([[0], moments])[places]
    pairs = zip(names[numbers].tolist(), asked.tolist(), strict=True)
    return [Ask(entity, moment) for entity, moment in pairs]


def answers_of(answers: Sequence[Values | None], width: int) -> Floats:
    """Answers of the store as rows, NaN for what it does not know."""
    rows = [answer or (None,) * width for answer in answers]
    return np.array(rows, dtype=np.float64).reshape(len(rows), width)


def _keys(numbers: Numbers, times: Numbers, moments: Numbers) -> Numbers:
    """Entity and the last moment at or before the time, as one number."""
    places = moments.searchsorted(times, side="right")
    return numbers * (len(moments) + 1) + places

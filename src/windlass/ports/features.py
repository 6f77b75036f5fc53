"""The feature store: what is known of an entity, and since when.

It answers for a moment of the past with what was known then, so that a model is trained on just
what it would have been given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

Values = tuple[float | None, ...]
"""One value per feature of the set; None where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSet:
    """Features that are known together, of entities of one kind."""

    name: str
    """In small letters, digits and underscores; it goes up with the meaning of its features."""
    features: tuple[str, ...]


class FeatureRow(NamedTuple):
    """The features of one entity from a moment on, until its next row."""

    entity: str
    moment: int
    """Microseconds since 1970 UTC; nothing that happened then or later is in the values."""
    values: Values


class Ask(NamedTuple):
    """A question for an entity's features at a moment."""

    entity: str
    moment: int


class FeatureStore(Protocol):
    """Feature rows by set and dataset: trainings on different data keep out of each other's way."""

    def write(self, kind: FeatureSet, dataset: str, rows: Sequence[FeatureRow]) -> None:
        """Make these the only rows of the set's dataset, all at once; old datasets may go."""

    def as_of(self, kind: FeatureSet, dataset: str, asks: Sequence[Ask]) -> list[Values | None]:
        """Each entity's newest values from its moment or before; None where there are none."""

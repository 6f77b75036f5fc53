"""The object itself: who it is, what it asks for, where it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from windlass.domain.promotion.spec import PromotionSpec
from windlass.domain.promotion.status import PromotionStatus


class PromotionKey(NamedTuple):
    """Name of a promotion."""

    namespace: str
    name: str

    def __str__(self) -> str:
        """Return `namespace/name`."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """A stored ModelPromotion."""

    key: PromotionKey
    uid: str
    generation: int
    """Raised by the store whenever the spec changes."""
    resource_version: str
    """Changes with every write; a write that names an old one is refused."""
    created_at: datetime
    annotations: Mapping[str, str] = field(default_factory=dict)
    finalized: bool = False
    """Whether it carries our finalizer, so that deleting it waits for the way back."""
    foreign_finalizers: tuple[str, ...] = ()
    """Those of others, who wait for something of their own."""
    deleted: bool = False
    """Somebody asked for its deletion."""
    spec: PromotionSpec
    status: PromotionStatus = field(default_factory=PromotionStatus)

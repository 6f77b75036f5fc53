"""A promotion store that tells of each status it wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from windlass.domain.names import ModelName
from windlass.domain.promotion.promotion import Promotion, PromotionKey
from windlass.domain.promotion.spec import PromotionSpec
from windlass.domain.promotion.status import PromotionStatus
from windlass.ports.announcements import Announcements
from windlass.ports.promotions import Promotions


@dataclass(frozen=True, slots=True)
class AnnouncedPromotions:
    """The Promotions port, with listeners."""

    store: Promotions
    listeners: Sequence[Announcements]

    def get(self, key: PromotionKey) -> Promotion | None:
        """Read one."""
        return self.store.get(key)

    def list(self, model: ModelName | None = None) -> tuple[Promotion, ...]:
        """Read all, or all of one model, oldest first."""
        return self.store.list(model)

    def apply(
        self, key: PromotionKey, spec: PromotionSpec, annotations: Mapping[str, str]
    ) -> Promotion:
        """Create it, or change its spec and add annotations."""
        return self.store.apply(key, spec, annotations)

    def write_status(self, promotion: Promotion, status: PromotionStatus) -> Promotion:
        """Replace the status, then tell of it."""
        written = self.store.write_status(promotion, status)
        for listener in self.listeners:
            listener.changed(promotion.status, written)
        return written

    def annotate(self, promotion: Promotion, changes: Mapping[str, str | None]) -> Promotion:
        """Set annotations; None removes one."""
        return self.store.annotate(promotion, changes)

    def finalize(self, promotion: Promotion, finalized: bool) -> Promotion:
        """Set or remove our finalizer."""
        return self.store.finalize(promotion, finalized)

    def delete(self, key: PromotionKey) -> None:
        """Ask for its deletion."""
        self.store.delete(key)

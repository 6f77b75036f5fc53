"""Who is told when a promotion's status changes."""

from typing import Protocol

from windlass.domain.promotion.promotion import Promotion
from windlass.domain.promotion.status import PromotionStatus


class Announcements(Protocol):
    """Told after a status was written. Must not fail: what it tells is no part of the promotion."""

    def changed(self, before: PromotionStatus, after: Promotion) -> None:
        """A status was written in place of another."""

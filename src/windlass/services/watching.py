"""Waiting for a promotion, and telling what happens as it happens."""

import time
from collections.abc import Callable

from windlass.domain.errors import SystemUnavailable
from windlass.domain.promotion.promotion import Promotion, PromotionKey
from windlass.domain.promotion.status import Phase
from windlass.ports.promotions import Promotions
from windlass.services.proposing import required


def watch_to_the_end(
    promotions: Promotions,
    key: PromotionKey,
    tell: Callable[[str], None],
    *,
    may_come: Callable[[], bool] = lambda: True,
    pause: float = 0.2,
) -> Promotion:
    """Wait for a terminal phase and return the promotion, telling of each change in one line.

    Raises SystemUnavailable once `may_come` says that nobody works on promotions any more.
    """
    told: str | None = None
    while True:
        possible = may_come()
        promotion = required(promotions, key)
        line = progress_line(promotion)
        if line != told:
            tell(line)
            told = line
        if promotion.status.phase.terminal:
            return promotion
        if not possible:
            raise SystemUnavailable(
                "windlass", f"the platform stopped; {key.name} goes on with the next `windlass up`"
            )
        time.sleep(pause)


def progress_line(promotion: Promotion) -> str:
    """Where a promotion stands, in one line."""
    status = promotion.status
    parts = [status.phase.value]
    if status.phase is Phase.AWAITING_APPROVAL and promotion.spec.approval.required:
        parts.append(f"`windlass promotions approve {promotion.key.name}` by somebody else")
    if status.message:
        parts.append(status.message)
    return "  ".join(parts)

"""Waiting for a promotion: what happens is told as it happens."""

import time
from collections.abc import Callable
from datetime import datetime

from windlass.cli.console import note
from windlass.domain.errors import SystemUnavailable
from windlass.domain.promotion.promotion import Promotion, PromotionKey
from windlass.domain.promotion.status import Phase
from windlass.ports.promotions import Promotions
from windlass.services.proposing import required

_LOOK_SECONDS = 0.2


def watch_to_the_end(
    promotions: Promotions, key: PromotionKey, is_running: Callable[[], bool]
) -> Promotion:
    """Wait for a terminal phase and return the promotion; without a platform it never comes."""
    told: str | None = None
    while True:
        running = is_running()
        promotion = required(promotions, key)
        line = progress_line(promotion)
        if line != told:
            note(f"{datetime.now():%H:%M:%S}  {line}")
            told = line
        if promotion.status.phase.terminal:
            return promotion
        if not running:
            raise SystemUnavailable(
                "windlass", f"the platform stopped; {key.name} goes on with the next `windlass up`"
            )
        time.sleep(_LOOK_SECONDS)


def progress_line(promotion: Promotion) -> str:
    """Where a promotion stands, in one line."""
    status = promotion.status
    parts = [status.phase.value]
    if status.phase is Phase.AWAITING_APPROVAL and promotion.spec.approval.required:
        parts.append(f"`windlass promotions approve {promotion.key.name}` by somebody else")
    if status.message:
        parts.append(status.message)
    return "  ".join(parts)


def step_text(promotion: Promotion) -> str:
    """Which step of the rollout it is at."""
    rollout = promotion.status.rollout
    steps = promotion.spec.rollout.steps
    if rollout is None or rollout.step < 0:
        return "the candidate is loaded and probed"
    if rollout.step >= len(steps):
        return f"all steps done, {rollout.weight} %"
    what = "shadow" if rollout.shadow else f"{rollout.weight} %"
    return f"step {rollout.step + 1} of {len(steps)}, {what}"

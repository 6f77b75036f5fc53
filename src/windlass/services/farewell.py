"""The end of a release: open promotions go back, and none keeps the namespace from ending."""

import time
from collections.abc import Callable

from windlass.domain.errors import Conflict
from windlass.domain.promotion.controls import Verb
from windlass.domain.promotion.promotion import Promotion
from windlass.ports.promotions import Promotions
from windlass.services.proposing import send

_PAUSE = 0.5


def abort_all(promotions: Promotions, actor: str, seconds: float) -> tuple[Promotion, ...]:
    """Abort what is open and wait for its way back; returns what was not back in time."""
    for promotion in _open(promotions):
        send(promotions, promotion.key, Verb.ABORT, actor)
    deadline = time.monotonic() + seconds
    while (left := _open(promotions)) and time.monotonic() < deadline:
        time.sleep(_PAUSE)
    return left


def let_go(promotions: Promotions, tell: Callable[[str], None]) -> None:
    """Take our finalizer off every promotion: nobody will be there to do it later."""
    for promotion in promotions.list():
        if not promotion.finalized:
            continue
        try:
            promotions.finalize(promotion, False)
        except Conflict:
            current = promotions.get(promotion.key)
            if current is not None and current.finalized:
                promotions.finalize(current, False)
        tell(f"{promotion.key}: let go in phase {promotion.status.phase}")


def _open(promotions: Promotions) -> tuple[Promotion, ...]:
    return tuple(p for p in promotions.list() if not p.status.phase.terminal)

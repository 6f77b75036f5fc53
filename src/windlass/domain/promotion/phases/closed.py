"""Closed promotions: the latest that succeeded keeps watch over what it put into production."""

from dataclasses import replace

from windlass.domain.promotion.phases.drift import drift, owner
from windlass.domain.promotion.status import Phase
from windlass.domain.promotion.view import Decision, View


def closed(view: View) -> Decision:
    """Change nothing of an ended promotion; repair drift where it answers for production."""
    if view.status.phase is Phase.SUCCEEDED and owner(view):
        repair = drift(view)
        if repair is not None:
            return repair
    if view.status.stalled is None:
        return Decision(status=view.status)
    status = replace(view.status, stalled=None, faulted_at=None, message="in production")
    return Decision(status=status)

"""Closed promotions: the latest that succeeded keeps watch over what it put into production."""

from dataclasses import replace

from windlass.domain.promotion.evidence import Fault
from windlass.domain.promotion.phases.drift import drift, owner
from windlass.domain.promotion.status import Phase
from windlass.domain.promotion.view import Decision, View


def closed(view: View) -> Decision:
    """Change nothing of an ended promotion; repair drift where it answers for production."""
    unknown = isinstance(view.evidence.champion, Fault) or isinstance(view.evidence.rivals, Fault)
    if view.status.phase is not Phase.SUCCEEDED or unknown:
        return Decision(status=view.status)
    if owner(view):
        view, repair = drift(view)
        if repair is not None:
            return repair
    if view.status.stalled is None:
        return Decision(status=view.status)
    settled = replace(
        view.status, stalled=None, faulted_at=None, reason="Settled", message="nothing to repair"
    )
    return Decision(status=settled)

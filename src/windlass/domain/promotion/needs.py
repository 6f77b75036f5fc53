"""Which parts of the outside a decision needs to see, so that no system is asked in vain."""

from enum import Enum, auto

from windlass.domain.promotion.controls import Control
from windlass.domain.promotion.status import Phase, PromotionStatus


class Need(Enum):
    """One part of the evidence."""

    RIVALS = auto()
    CANDIDATE = auto()
    CHAMPION = auto()
    HELD = auto()
    SERVING = auto()
    """Whether it is served, the routing document, and every server's report."""
    EVALUATION = auto()
    CONSUMERS = auto()


_NEEDS = {
    Phase.PENDING: {Need.RIVALS, Need.CANDIDATE, Need.CHAMPION, Need.HELD, Need.SERVING},
    Phase.VALIDATING: {Need.RIVALS, Need.CANDIDATE, Need.CHAMPION},
    Phase.EVALUATING: {Need.RIVALS, Need.EVALUATION},
    Phase.AWAITING_APPROVAL: {Need.RIVALS},
    Phase.PROGRESSING: {Need.RIVALS, Need.SERVING},
    Phase.PROMOTING: {Need.RIVALS, Need.SERVING, Need.CHAMPION, Need.CONSUMERS},
    Phase.SOAKING: {Need.SERVING, Need.CHAMPION},
    Phase.SUCCEEDED: {Need.RIVALS, Need.SERVING, Need.CHAMPION},
}


def needs(
    status: PromotionStatus, controls: tuple[Control, ...], *, deleted: bool
) -> frozenset[Need]:
    """Name what the next decision looks at."""
    found = set(_NEEDS.get(status.phase, set()))
    if status.phase is Phase.PROGRESSING and (status.rollout is None or status.rollout.step < 0):
        found |= {Need.CHAMPION, Need.HELD}
    leaving = bool(controls) or deleted or status.phase is Phase.ROLLING_BACK
    if leaving and not (status.phase.terminal and status.phase is not Phase.SUCCEEDED):
        found |= _ways_back(status)
    if status.mark is not None or (controls and status.phase.terminal):
        found |= {Need.HELD}
    return frozenset(found)


def _ways_back(status: PromotionStatus) -> set[Need]:
    found = {Need.HELD}
    if status.routed:
        found |= {Need.SERVING}
    if status.alias_moved:
        found |= {Need.CHAMPION}
    if status.told:
        found |= {Need.CONSUMERS}
    if status.evaluation is not None and status.evaluation.finished_at is None:
        found |= {Need.EVALUATION}
    return found
